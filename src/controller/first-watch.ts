import type { ModelRollout } from "../api/types.ts";
import type { Watch } from "../core/plan-data.ts";

/** A version other than stable has, or may still have, traffic: alarms must be read before anything else is done. */
export function isExposed({ status }: ModelRollout): boolean {
  return status?.canary !== undefined || status?.rollback !== undefined || status?.retained !== undefined;
}

/**
 * How closely a rollout is watched that this process has not planned for yet, by what its status says. After a restart
 * a thousand settled ones must not take the requests that the few releases under way need.
 */
export function firstWatch(rollout: ModelRollout): Watch {
  const { status, metadata } = rollout;
  const settled =
    status?.stable !== undefined &&
    status.beginning === undefined &&
    status.observedGeneration === metadata.generation &&
    (status.state === "Idle" || status.state === "RolledBack");
  return settled && !isExposed(rollout) && metadata.deletionTimestamp === undefined
    ? { alarms: false, traffic: "idle", health: false }
    : { alarms: true, traffic: "active", health: true };
}
