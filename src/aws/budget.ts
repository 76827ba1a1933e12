import type { Clock } from "../runtime/clock.ts";

/** Who may go first when requests are scarce. */
export type Priority = "rollback" | "raise" | "capacity" | "drift";

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
   * Takes one request; resolves when it may be sent. A rollback never waits (its request is still counted, so
   * that others wait the longer). Rejects with the signal's reason when it aborts first.
   */
  take(priority: Priority, signal?: AbortSignal): Promise<void>;
  /** The service throttled a call: everything but rollbacks starts again from an empty bucket. */
  throttled(): void;
  /** Requests waiting, for metrics and tests. */
  readonly waiting: number;
}

/** How full the bucket must be, as a part of its size, before a request of this priority is let through. */
const reserve: Readonly<Record<Exclude<Priority, "rollback">, number>> = {
  raise: 0,
  capacity: 0.2,
  drift: 0.5,
};

interface Waiter {
  readonly priority: Exclude<Priority, "rollback">;
  readonly go: () => void;
}

const order: readonly Waiter["priority"][] = ["raise", "capacity", "drift"];

/**
 * A token bucket with priorities. Higher priorities are served first, equal ones in order; lower ones leave a
 * reserve in the bucket, so that a burst of drift checks never makes a raise wait.
 */
class TokenBucket implements RequestBudget {
  readonly #clock: Clock;
  readonly #size: BudgetSize;
  readonly #waiters = new Set<Waiter>();
  #tokens: number;
  #filledAt: number;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, size: BudgetSize) {
    this.#clock = clock;
    this.#size = size;
    this.#tokens = size.burst;
    this.#filledAt = clock.monotonic();
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  take(priority: Priority, signal?: AbortSignal): Promise<void> {
    if (priority === "rollback") {
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
        this.#waiters.delete(waiter);
        reject(signal?.reason as Error);
        this.#serve();
      };
      const go = (): void => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const waiter: Waiter = { priority, go };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.add(waiter);
      this.#serve();
    });
  }

  throttled(): void {
    this.#refill();
    this.#tokens = Math.min(this.#tokens, 0);
  }

  #refill(): void {
    const now = this.#clock.monotonic();
    const gained = ((now - this.#filledAt) / 1000) * this.#size.perSecond;
    this.#tokens = Math.min(this.#size.burst, this.#tokens + gained);
    this.#filledAt = now;
  }

  /** Tokens that are missing before a request of this priority may go. */
  #missing(priority: Waiter["priority"]): number {
    // A hair less, so that a timer that fires a rounding error early does not wait once more.
    return reserve[priority] * this.#size.burst + 1 - this.#tokens - 1e-6;
  }

  #first(): Waiter | undefined {
    for (const priority of order) {
      for (const waiter of this.#waiters) if (waiter.priority === priority) return waiter;
    }
    return undefined;
  }

  #serve(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#refill();
    for (let waiter = this.#first(); waiter; waiter = this.#first()) {
      const missing = this.#missing(waiter.priority);
      if (missing > 0) {
        const waitMs = Math.ceil((missing / this.#size.perSecond) * 1000);
        this.#cancelTimer = this.#clock.setTimer(() => this.#serve(), waitMs);
        return;
      }
      this.#tokens -= 1;
      this.#waiters.delete(waiter);
      waiter.go();
    }
  }
}

/** A full bucket of this size. */
export function createBudget(clock: Clock, size: BudgetSize): RequestBudget {
  return new TokenBucket(clock, size);
}
