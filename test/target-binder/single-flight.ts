const firstRetryMs = 100;
const lastRetryMs = 2_000;

/**
 * Runs one piece of work for each key, never twice at once for the same one. Asked for while it runs, it runs once
 * more afterwards; failed, it runs again after a pause that doubles up to 2 s.
 */
export class SingleFlight {
  readonly #work: (key: string) => Promise<void>;
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #retries = new Map<string, NodeJS.Timeout>();
  readonly #failures = new Map<string, number>();
  #stopped = false;

  constructor(work: (key: string) => Promise<void>) {
    this.#work = work;
  }

  /** Asks for a run; now, or after the one that is under way. */
  ask(key: string): void {
    if (this.#stopped) return;
    clearTimeout(this.#retries.get(key));
    this.#retries.delete(key);
    if (this.#running.has(key)) this.#again.add(key);
    else this.#running.set(key, this.#run(key));
  }

  /** Runs nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#retries.values()) clearTimeout(timer);
    await Promise.all(this.#running.values());
  }

  async #run(key: string): Promise<void> {
    try {
      await this.#work(key);
      this.#failures.delete(key);
    } catch {
      this.#retryLater(key);
    } finally {
      this.#running.delete(key);
    }
    if (this.#again.delete(key)) this.ask(key);
  }

  #retryLater(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const pauseMs = Math.min(firstRetryMs * 2 ** failures, lastRetryMs);
    if (!this.#stopped)
      this.#retries.set(
        key,
        setTimeout(() => this.ask(key), pauseMs),
      );
  }
}
