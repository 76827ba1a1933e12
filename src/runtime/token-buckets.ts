import type { Clock } from "./clock.ts";

/** A rate limit per key: `burst` at once, then one every `refillMs`. */
export class TokenBuckets {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #refillMs: number;
  /** When the key's bucket will be full again, in monotonic ms: all that a token bucket has to remember. */
  readonly #fullAt = new Map<string, number>();

  constructor(clock: Clock, limit: { readonly burst: number; readonly refillMs: number }) {
    this.#clock = clock;
    this.#burst = limit.burst;
    this.#refillMs = limit.refillMs;
  }

  /** Takes one token; false when there is none. */
  take(key: string): boolean {
    const now = this.#clock.monotonic();
    const fullAt = Math.max(now, this.#fullAt.get(key) ?? now) + this.#refillMs;
    if (fullAt - now > this.#burst * this.#refillMs) return false;
    // Put at the end; buckets that have filled up are dropped from the front as time goes by.
    this.#fullAt.delete(key);
    this.#fullAt.set(key, fullAt);
    this.#dropFull(now);
    return true;
  }

  #dropFull(now: number): void {
    for (const [key, fullAt] of this.#fullAt) {
      if (fullAt > now) return;
      this.#fullAt.delete(key);
    }
  }
}
