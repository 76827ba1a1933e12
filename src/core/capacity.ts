import type { Context } from "./context.ts";
import { isFresh } from "./freshness.ts";
import type { Destination } from "./observed.ts";
import { slotOf } from "./roles.ts";

/**
 * How many at a destination can take traffic: healthy targets in a fresh read or, where the service knows of none
 * (App Mesh), the Ready pods of our slot. Undefined when nobody can say: unread, stale, or pods that are not ours.
 */
export function healthyAt(context: Context, destination: Destination): number | undefined {
  const { observed, now } = context;
  if (observed.capacity === "pods") {
    return isStrange(context, destination) ? undefined : slotOf(context, destination)?.ready;
  }
  const health = observed.health?.[destination];
  if (!health || health.problem) return undefined;
  return isFresh(health.at, { now, alarmPollMs: observed.alarmPollMs }) ? health.healthy.length : undefined;
}

/** Somebody's running service is at this destination, not a slot of ours. */
function isStrange({ status }: Context, destination: Destination): boolean {
  return [status.stable, status.retained].some(
    (role) => role?.slot === destination && role.unmanaged === true,
  );
}
