import type { Clock } from "../../src/runtime/clock.ts";

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

/**
 * A clock that moves only when told to. `advance` fires the timers that fall due, in order, and lets all promise
 * reactions run between two of them, so code made of promises and timers behaves as in real time, only at once.
 * Not for code that waits for sockets: those need real time.
 */
export class VirtualClock implements Clock {
  #wall: number;
  #mono = 1_000;
  readonly #timers = new Set<Timer>();

  constructor(startWallMs = Date.UTC(2026, 0, 1)) {
    this.#wall = startWallMs;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#mono;
  }

  setTimer(fn: () => void, ms: number): () => void {
    const timer: Timer = { at: this.#mono + Math.max(0, ms), fn };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Timers not yet fired or cancelled: 0 after a clean stop. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Moves time on by `ms`, timer by timer. */
  async advance(ms: number): Promise<void> {
    const end = this.#mono + ms;
    await settle();
    for (let timer = this.#nextDue(end); timer !== undefined; timer = this.#nextDue(end)) {
      this.#timers.delete(timer);
      this.#moveTo(Math.max(this.#mono, timer.at));
      timer.fn();
      await settle();
    }
    this.#moveTo(end);
    await settle();
  }

  /** Time passes while the process does not run: no timer fires until the next `advance`. */
  freeze(ms: number): void {
    this.#moveTo(this.#mono + ms);
  }

  /** The wall clock is set by `ms`, forwards or back; the monotonic one stays. */
  stepWall(ms: number): void {
    this.#wall += ms;
  }

  #nextDue(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer;
    }
    return first;
  }

  #moveTo(mono: number): void {
    this.#wall += mono - this.#mono;
    this.#mono = mono;
  }
}

/** Lets all promise reactions that are ready run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
