import type { Clock } from "../runtime/clock.ts";

/**
 * Who may go first when requests are scarce. rollback: never waits. begun: belongs to a raise whose turn has come (the
 * look before its write and the read-back after it); it has waited already and must not lose its few seconds in line.
 * raise: what moves weights, and the reads that tell them. capacity: health of targets. drift: what only guards.
 * search: for a name that AWS does not know, among those that were asked for together.
 */
export type Priority = "rollback" | "begun" | "raise" | "capacity" | "drift" | "search";

/** The smaller the earlier. */
export const ranks: Readonly<Record<Priority, number>> = {
  rollback: 0,
  begun: 1,
  raise: 2,
  capacity: 3,
  drift: 4,
  search: 5,
};

/** Size of a bucket, in requests. */
export interface BudgetSize {
  /** Requests that may be made at once after a quiet time. */
  readonly burst: number;
  /** Requests a second in the long run. */
  readonly perSecond: number;
}

/** Requests to one service in one account and region. */
export interface RequestBudget {
  /**
   * Takes one request; resolves when it may be sent. A rollback, and what has begun, never waits (its request is still
   * counted, so that others wait the longer). Rejects with the signal's reason when it aborts first.
   */
  take(priority: Priority, signal?: AbortSignal): Promise<void>;
  /** The service throttled a call: everything but rollbacks starts again from an empty bucket. */
  throttled(): void;
  /** Requests waiting, without those that search: others need not hurry for them. */
  readonly waiting: number;
  /** Requests that go before one of this priority that would come now. */
  ahead(priority: Priority): number;
}

/** Those that wait. */
type Patient = Exclude<Priority, "rollback" | "begun">;

/** How full the bucket must be, as a part of its size, before a request of this priority is let through. */
const reserve: Readonly<Record<Patient, number>> = {
  raise: 0,
  capacity: 0.2,
  drift: 0.5,
  search: 0.5,
};

interface Waiter {
  readonly priority: Patient;
  /** Monotonic, in milliseconds. */
  readonly since: number;
  readonly go: () => void;
}

const order: readonly Patient[] = ["raise", "capacity", "drift", "search"];

/** Of so many requests that had to wait, one goes to whoever has waited longest, whatever its priority ... */
const TURN = 4;
/** ... if that is longer than this. */
const AGED_MS = 5_000;

/**
 * A token bucket with priorities. Higher priorities are served first, equal ones in order; lower ones leave a
 * reserve in the bucket, so that a burst of drift checks never makes a raise wait.
 *
 * Nobody waits for ever: every fourth request is that of whoever has waited longest, reserve or not. So with `n` others
 * in line when it came, a request goes after at most `TURN * n / perSecond` seconds, however many more urgent ones
 * follow it, and a raise is held up by at most one request in four.
 */
class TokenBucket implements RequestBudget {
  readonly #clock: Clock;
  readonly #size: BudgetSize;
  readonly #waiters = new Set<Waiter>();
  #tokens: number;
  #filledAt: number;
  #searching = 0;
  /** Requests let through from the line since the last one that went by age. */
  #served = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, size: BudgetSize) {
    this.#clock = clock;
    this.#size = size;
    this.#tokens = size.burst;
    this.#filledAt = clock.monotonic();
  }

  get waiting(): number {
    return this.#waiters.size - this.#searching;
  }

  ahead(priority: Priority): number {
    let count = 0;
    for (const waiter of this.#waiters) if (ranks[waiter.priority] <= ranks[priority]) count += 1;
    return count;
  }

  take(priority: Priority, signal?: AbortSignal): Promise<void> {
    if (priority === "rollback" || priority === "begun") {
      this.#refill();
      this.#tokens -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const abort = (): void => {
        this.#leave(waiter);
        reject(signal?.reason as Error);
        this.#serve();
      };
      const go = (): void => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const waiter: Waiter = { priority, since: this.#clock.monotonic(), go };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.add(waiter);
      if (priority === "search") this.#searching += 1;
      this.#serve();
    });
  }

  throttled(): void {
    this.#refill();
    this.#tokens = Math.min(this.#tokens, 0);
  }

  #leave(waiter: Waiter): void {
    if (this.#waiters.delete(waiter) && waiter.priority === "search") this.#searching -= 1;
  }

  #refill(): void {
    const now = this.#clock.monotonic();
    const gained = ((now - this.#filledAt) / 1000) * this.#size.perSecond;
    this.#tokens = Math.min(this.#size.burst, this.#tokens + gained);
    this.#filledAt = now;
  }

  /** Who goes next, and how many tokens must stay behind in the bucket. */
  #next(): { readonly waiter: Waiter; readonly reserved: number; readonly byAge: boolean } | undefined {
    const [longest] = this.#waiters;
    if (longest === undefined) return undefined;
    const aged = this.#clock.monotonic() - longest.since >= AGED_MS;
    if (aged && this.#served >= TURN - 1) return { waiter: longest, reserved: 0, byAge: true };
    for (const priority of order) {
      const reserved = reserve[priority] * this.#size.burst;
      for (const waiter of this.#waiters) {
        if (waiter.priority === priority) return { waiter, reserved, byAge: false };
      }
    }
    return undefined;
  }

  #serve(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#refill();
    for (let next = this.#next(); next; next = this.#next()) {
      const { waiter, reserved, byAge } = next;
      // A hair less, so that a timer that fires a rounding error early does not wait once more.
      const missing = reserved + 1 - this.#tokens - 1e-6;
      if (missing > 0) {
        const waitMs = Math.ceil((missing / this.#size.perSecond) * 1000);
        this.#cancelTimer = this.#clock.setTimer(() => this.#serve(), waitMs);
        return;
      }
      this.#tokens -= 1;
      this.#served = byAge ? 0 : this.#served + 1;
      this.#leave(waiter);
      waiter.go();
    }
  }
}

/** A full bucket of this size. */
export function createBudget(clock: Clock, size: BudgetSize): RequestBudget {
  return new TokenBucket(clock, size);
}
