/**
 * Time, as the runtime sees it.
 *
 * Nothing in this folder calls `Date.now`, `performance.now` or `setTimeout` itself: all of it comes through a
 * `Clock`, so that every waiting, back-off and expiry is tested in virtual time and no test sleeps.
 *
 * Two readings, because they answer different questions. `now()` is the wall clock: it goes into objects that
 * people and other processes read, and it may jump. `monotonic()` only ever goes forward: durations, deadlines
 * and leases are measured with it. Both are milliseconds; only differences of `monotonic()` mean anything.
 */
export interface Clock {
  /** Wall time, milliseconds since 1970. */
  now(): number;
  /** Milliseconds since an arbitrary origin; never goes back. */
  monotonic(): number;
  /**
   * Calls `fn` once, not before `ms` milliseconds have passed. Returns its cancellation, which may be called at
   * any time and any number of times. A wait above 2^31-1 ms (24.8 days) ends early, at that limit.
   */
  setTimer(fn: () => void, ms: number): () => void;
}

/** A source of numbers in [0, 1), `Math.random` outside tests. */
export type Random = () => number;

/** Longest delay `setTimeout` can hold; above it, Node fires after 1 ms. */
const longestTimerMs = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: (fn, ms) => {
    const timer = setTimeout(fn, Math.min(Math.max(0, ms), longestTimerMs));
    return () => clearTimeout(timer);
  },
};

/** Waits `ms`, or less when the signal aborts. Resolves either way: the caller looks at its signal. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = (): void => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.setTimer(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}
