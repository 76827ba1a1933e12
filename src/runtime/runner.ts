import { type Backoff, backoffDelay } from "./backoff.ts";
import type { Clock, Random } from "./clock.ts";
import { Scheduler } from "./scheduler.ts";

/**
 * The second half of the work queue: it runs keys, and never the same key twice at once.
 *
 * Who may run is the scheduler's decision (scheduler.ts); here are the workers. Up to `workers` keys run at the
 * same time, plus up to `urgentWorkers` more that only urgent keys may use, so that a rollback starts at once
 * even when every worker hangs in a slow call. A key that is enqueued while it runs is noted and runs once more
 * afterwards: no event is lost, and none causes an overlap.
 *
 * What a reconciliation returns is data. `{requeueAfterMs}` looks again then; nothing at all waits for the next
 * event. A thrown error comes back with jittered exponential back-off per key, forgotten at the first success,
 * and not before the error's own `retryAfterMs` (a number, if it has one: KubeError does). A `TerminalError` is
 * reported and counted, and not retried: trying again cannot help until the object changes.
 *
 * An event overrides the back-off, as in controller-runtime, yet not entirely: a failed key does not start again
 * before half the back-off's base has passed since the failure, so a reconciliation that fails *and* causes its own
 * event cannot spin. Urgent keys are exempt.
 *
 * `drain` ends it: nothing new starts, running reconciliations may finish, after the deadline their signal
 * aborts. Handlers and reporters that throw never end the runner.
 */

/** Return value of a reconciliation; the empty object waits for the next event. */
export interface ReconcileResult {
  /** Run the key again after so many milliseconds, unless something enqueues it sooner. */
  readonly requeueAfterMs?: number;
}

/** What a reconciliation is told besides its key. */
export interface ReconcileContext {
  /** Aborts when a drain runs out of time; the reconciliation should then return or throw soon. */
  readonly signal: AbortSignal;
  /** True when the key came through the urgent lane. */
  readonly urgent: boolean;
  /** Failures in a row before this run. */
  readonly failures: number;
}

export type Reconcile = (key: string, context: ReconcileContext) => Promise<ReconcileResult>;

/** controller-runtime's values of the label `result` of `controller_runtime_reconcile_total`, and `terminal`. */
export type ReconcileOutcome = "success" | "requeue_after" | "error" | "terminal";

/** An error that retrying cannot cure: reported, counted, and the key waits for its next event. */
export class TerminalError extends Error {
  override readonly name: string = "TerminalError";
}

/** Where the numbers go; each method is the source of the controller-runtime metric it names. */
export interface QueueListener {
  /** `workqueue_adds_total`: a key was enqueued from outside. */
  added?(key: string): void;
  /** `workqueue_queue_duration_seconds`: how long the key stood ready before it ran. */
  started?(key: string, waitedMs: number): void;
  /** `workqueue_work_duration_seconds`, `controller_runtime_reconcile_total`, `..._time_seconds`. */
  finished?(key: string, outcome: ReconcileOutcome, workMs: number): void;
  /** `workqueue_retries_total`: a key comes back after a failure. */
  retried?(key: string, delayMs: number): void;
  /** `controller_runtime_reconcile_errors_total` and `..._terminal_reconcile_errors_total`, and the log. */
  failed?(key: string, error: unknown, terminal: boolean): void;
}

export interface RunnerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly reconcile: Reconcile;
  /** Keys that may run at once. */
  readonly workers: number;
  /**
   * Of these, so many at most for the ordinary keys of one group: when every call of one namespace hangs, another still
   * finds a place at once. Default: all.
   */
  readonly groupWorkers?: number;
  /** Additional places for urgent keys alone. Default 0. */
  readonly urgentWorkers?: number;
  /** Default: the part of the key before the slash. */
  readonly groupOf?: (key: string) => string;
  /** Default 1 s to 5 min. */
  readonly backoff?: Backoff;
  readonly listener?: QueueListener;
}

export interface EnqueueOptions {
  /** Not before so many milliseconds from now. Default 0. */
  readonly delayMs?: number;
  /** Through the urgent lane. Default false. */
  readonly urgent?: boolean;
}

/** The namespace of a `namespace/name` key; the empty string for a cluster-scoped name. */
export function namespaceOfKey(key: string): string {
  const slash = key.indexOf("/");
  return slash < 0 ? "" : key.slice(0, slash);
}

interface Running {
  readonly startedAt: number;
  /** The earliest wish that came in while the key ran. */
  again?: { dueAt: number; urgent: boolean };
}

interface Failed {
  readonly count: number;
  readonly at: number;
}

const defaultBackoff: Backoff = { baseMs: 1_000, maxMs: 300_000 };

export class Runner {
  readonly #options: RunnerOptions;
  readonly #backoff: Backoff;
  readonly #scheduler: Scheduler;
  readonly #groupOf: (key: string) => string;
  readonly #running = new Map<string, Running>();
  /** Ordinary keys that run, by group. */
  readonly #places = new Map<string, number>();
  readonly #failed = new Map<string, Failed>();
  readonly #abort = new AbortController();
  #cancelTimer: (() => void) | undefined;
  #state: "idle" | "running" | "draining" = "idle";
  #onIdle: (() => void) | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? defaultBackoff;
    this.#groupOf = options.groupOf ?? namespaceOfKey;
    this.#scheduler = new Scheduler(this.#groupOf);
  }

  /** Begins to run keys; what was enqueued before is kept until now. */
  start(): void {
    if (this.#state !== "idle") return;
    this.#state = "running";
    this.#pump();
  }

  /** Asks for a run of the key. Duplicates merge, the earliest time wins. Ignored once draining. */
  enqueue(key: string, options: EnqueueOptions = {}): void {
    if (this.#state === "draining") return;
    this.#tell((listener) => listener.added?.(key));
    this.#schedule(key, this.#now() + (options.delayMs ?? 0), options.urgent ?? false);
    this.#pump();
  }

  /** Drops what is known of a key that no longer exists: its wait and its failures. A run at hand goes on. */
  forget(key: string): void {
    this.#scheduler.remove(key);
    this.#failed.delete(key);
    const running = this.#running.get(key);
    if (running !== undefined) delete running.again;
  }

  /** Keys ready to run: `workqueue_depth`. */
  get depth(): number {
    return this.#scheduler.depth(this.#now());
  }

  /** Keys running: `controller_runtime_active_workers`. */
  get active(): number {
    return this.#running.size;
  }

  /** How long each running key has been at it, in ms: the sum is `workqueue_unfinished_work_seconds`, the
   * greatest `workqueue_longest_running_processor_seconds`. */
  runningForMs(): number[] {
    const now = this.#now();
    return [...this.#running.values()].map((running) => now - running.startedAt);
  }

  /**
   * Starts nothing more and waits for what runs; after `timeoutMs` the context's signal aborts, and the promise
   * resolves without waiting further. True when all runs had ended by themselves.
   */
  async drain(timeoutMs: number): Promise<boolean> {
    this.#state = "draining";
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#running.size === 0) return true;
    return await new Promise<boolean>((resolve) => {
      const cancel = this.#options.clock.setTimer(() => {
        this.#onIdle = undefined;
        this.#abort.abort();
        resolve(false);
      }, timeoutMs);
      this.#onIdle = () => {
        cancel();
        resolve(true);
      };
    });
  }

  #schedule(key: string, dueAt: number, urgent: boolean): void {
    const failed = this.#failed.get(key);
    const floor =
      failed === undefined || urgent ? dueAt : Math.max(dueAt, failed.at + this.#backoff.baseMs / 2);
    const running = this.#running.get(key);
    if (running === undefined) {
      this.#scheduler.schedule(key, floor, this.#now(), urgent);
      return;
    }
    const again = running.again;
    running.again = {
      dueAt: Math.min(dueAt, again?.dueAt ?? Infinity),
      urgent: urgent || again?.urgent === true,
    };
  }

  #pump(): void {
    if (this.#state !== "running") return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const now = this.#now();
    const { workers, urgentWorkers = 0, groupWorkers = workers } = this.#options;
    const mayRun = (group: string): boolean => (this.#places.get(group) ?? 0) < groupWorkers;
    while (this.#running.size < workers + urgentWorkers) {
      const taken = this.#scheduler.take(now, this.#running.size >= workers, mayRun);
      if (taken === undefined) break;
      void this.#run(taken.key, taken.urgent, taken.waitedMs);
    }
    const earliest = this.#scheduler.earliest;
    if (earliest === undefined) return;
    this.#cancelTimer = this.#options.clock.setTimer(() => this.#pump(), Math.max(0, earliest - now));
  }

  async #run(key: string, urgent: boolean, waitedMs: number): Promise<void> {
    const running: Running = { startedAt: this.#now() };
    this.#running.set(key, running);
    if (!urgent) this.#occupy(key, 1);
    this.#tell((listener) => listener.started?.(key, waitedMs));
    const failures = this.#failed.get(key)?.count ?? 0;
    let outcome: ReconcileOutcome;
    try {
      // Never on the stack of whoever enqueued the key.
      await Promise.resolve();
      const result = await this.#options.reconcile(key, { signal: this.#abort.signal, urgent, failures });
      this.#failed.delete(key);
      outcome = this.#succeeded(running, result);
    } catch (error) {
      outcome = this.#errored(key, running, error, failures + 1);
    }
    this.#running.delete(key);
    if (!urgent) this.#occupy(key, -1);
    this.#tell((listener) => listener.finished?.(key, outcome, this.#now() - running.startedAt));
    if (this.#state !== "draining" && running.again !== undefined) {
      this.#schedule(key, running.again.dueAt, running.again.urgent);
    }
    if (this.#running.size === 0) this.#onIdle?.();
    this.#pump();
  }

  #occupy(key: string, more: 1 | -1): void {
    const group = this.#groupOf(key);
    const places = (this.#places.get(group) ?? 0) + more;
    if (places === 0) this.#places.delete(group);
    else this.#places.set(group, places);
  }

  #succeeded(running: Running, result: ReconcileResult): ReconcileOutcome {
    if (result.requeueAfterMs === undefined) return "success";
    this.#againAt(running, this.#now() + result.requeueAfterMs);
    return "requeue_after";
  }

  #errored(key: string, running: Running, error: unknown, failures: number): ReconcileOutcome {
    const terminal = error instanceof TerminalError;
    this.#tell((listener) => listener.failed?.(key, error, terminal));
    if (terminal) {
      this.#failed.delete(key);
      return "terminal";
    }
    this.#failed.set(key, { count: failures, at: this.#now() });
    const delayMs = Math.max(
      backoffDelay(this.#backoff, failures, this.#options.random),
      retryAfterOf(error) ?? 0,
    );
    this.#againAt(running, this.#now() + delayMs);
    this.#tell((listener) => listener.retried?.(key, delayMs));
    return "error";
  }

  #againAt(running: Running, dueAt: number): void {
    const again = running.again;
    running.again = { dueAt: Math.min(dueAt, again?.dueAt ?? Infinity), urgent: again?.urgent === true };
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  #tell(say: (listener: QueueListener) => void): void {
    const listener = this.#options.listener;
    if (listener === undefined) return;
    try {
      say(listener);
    } catch {
      // Numbers are best effort: a reporter that throws must not stop the work it reports on.
    }
  }
}

/** The `retryAfterMs` an error carries, if it is a finite number. */
function retryAfterOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("retryAfterMs" in error)) return undefined;
  const value = error.retryAfterMs;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
