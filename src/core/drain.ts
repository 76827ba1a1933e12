import type { ModelRolloutStatus } from "../api/types.ts";
import type { Context } from "./context.ts";
import { millis } from "./time.ts";

/**
 * The read-back of weight 0 that the present drain counts from: of the canary in a rollback, else of the version that is
 * retained, or that will be when the last step is over. Where its cookies were turned off, since then.
 */
export function drainSince({
  rollback,
  draining,
  weight,
  retained,
  canary,
}: ModelRolloutStatus): string | undefined {
  if (rollback) return rollback.zeroAt;
  if (retained && draining) return draining.since;
  return retained || (canary && weight?.acknowledged === 100) ? weight?.acknowledgedAt : undefined;
}

/**
 * What is left of a drain that began at `since`, by the wall clock and by the monotonic one: a clock that was set forward
 * takes no pods away from requests that are still under way. The two are read one after the other: by less than a
 * second they are not apart.
 */
export function drainLeft({ now, observed, settings }: Context, since: string | undefined): number {
  const left = (millis(since) ?? 0) + settings.drainMs - now;
  const { drainClock } = observed;
  const monotonic = drainClock && drainClock.since === since ? settings.drainMs - drainClock.elapsed : left;
  return left > 0 && Math.abs(monotonic - left) <= 1_000 ? left : Math.max(left, monotonic);
}
