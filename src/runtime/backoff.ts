import type { Random } from "./clock.ts";

/**
 * How long to wait before trying again, as data. The delay doubles from `baseMs` to `maxMs`; the upper half of
 * it is random, so that clients that failed together do not come back together. The cap is never exceeded, so
 * `maxMs` is also the longest time a recovered server goes unnoticed.
 */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * The wait before the next try, after `failures` (>= 1) failures in a row: between half and all of
 * `min(maxMs, baseMs * 2^(failures-1))`.
 */
export function backoffDelay(backoff: Backoff, failures: number, random: Random): number {
  // 2^52 is beyond any cap; it keeps the power finite however long an outage lasts.
  const exponent = Math.min(Math.max(0, failures - 1), 52);
  const full = Math.min(backoff.maxMs, backoff.baseMs * 2 ** exponent);
  return full / 2 + (full / 2) * random();
}
