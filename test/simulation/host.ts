import type { Clock } from "../../src/runtime/clock.ts";
import type { Timeline } from "./timeline.ts";

/**
 * A process on a machine, as the world sees it: it has clocks, it can be frozen (SIGSTOP) and it can die. Whatever
 * reaches it, a timer or an answer, goes through `deliver`; a dead process hears nothing any more, so nothing that it
 * was about to do is done.
 */
export class Host {
  readonly name: string;
  readonly clock: Clock;
  readonly #timeline: Timeline;
  readonly #bootedAt: number;
  #state: "running" | "frozen" | "dead" = "running";
  #pending: (() => void)[] = [];
  readonly #mourners = new Set<() => void>();
  /** How far its wall clock is ahead of the true time. */
  #skew = 0;
  #thawedAt = -Infinity;

  constructor(name: string, timeline: Timeline) {
    this.name = name;
    this.#timeline = timeline;
    this.#bootedAt = timeline.now;
    this.clock = {
      now: () => Math.floor(timeline.wall + this.#skew),
      monotonic: () => timeline.now - this.#bootedAt,
      setTimer: (fn, ms) => timeline.in(ms, () => this.deliver(fn)),
    };
  }

  get state(): "running" | "frozen" | "dead" {
    return this.#state;
  }

  /** Sets the wall clock, as NTP or a person does; timers and the monotonic clock do not notice. */
  setSkew(ms: number): void {
    this.#skew = ms;
  }

  get skew(): number {
    return this.#skew;
  }

  /** When it was last woken from being frozen; -Infinity for never. */
  get thawedAt(): number {
    return this.#thawedAt;
  }

  deliver(fn: () => void): void {
    if (this.#state === "running") fn();
    else if (this.#state === "frozen") this.#pending.push(fn);
  }

  freeze(): void {
    if (this.#state === "running") this.#state = "frozen";
  }

  /** Everything that came meanwhile arrives at once, each for itself. */
  thaw(): void {
    if (this.#state !== "frozen") return;
    this.#state = "running";
    this.#thawedAt = this.#timeline.now;
    const pending = this.#pending;
    this.#pending = [];
    for (const fn of pending) this.#timeline.in(0, () => this.deliver(fn));
  }

  /** Calls `listener` at the end. Returns the way out. */
  onKill(listener: () => void): () => void {
    this.#mourners.add(listener);
    return () => void this.#mourners.delete(listener);
  }

  kill(): void {
    if (this.#state === "dead") return;
    this.#state = "dead";
    this.#pending = [];
    for (const listener of this.#mourners) listener();
    this.#mourners.clear();
  }
}
