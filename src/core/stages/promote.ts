import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import { ownedAtRest } from "../in-place/owned.ts";
import { atRest } from "../in-place/posture.ts";
import type { GateResult } from "../plan-data.ts";
import { closeRelease } from "../releases.ts";
import { clockTime, instant, millis } from "../time.ts";
import type { Decision } from "./decision.ts";

/** Roles swap: the canary is stable, and the old version is kept for `retain`, at least for `drain`. */
export function promote(context: Context, gates: readonly GateResult[]): Decision {
  const { status, settings, now } = context;
  const {
    canary,
    stable,
    step: _step,
    unavailableSince: _short,
    pause: _pause,
    intent: _intent,
    ...rest
  } = status;
  if (!canary) throw new Error("nothing to promote");
  const acknowledgedAt = millis(status.weight?.acknowledgedAt) ?? now;
  const until = Math.max(now + settings.retainMs, acknowledgedAt + settings.drainMs);
  const message = `${canary.modelVersion ?? canary.revision} is stable; the version before is kept until ${clockTime(until)}`;
  const promoted: ModelRolloutStatus = {
    ...rest,
    stable: canary,
    ...(stable ? { retained: retainedOf(stable, until) } : {}),
    weight: { ...status.weight, desired: 0, acknowledged: 0 },
  };
  const closed = closeRelease(
    promoted,
    {
      revision: canary.revision,
      ...(canary.modelVersion === undefined ? {} : { modelVersion: canary.modelVersion }),
      outcome: "Promoted",
      reason: "Promoted",
      message: `all ${status.step?.count ?? 0} steps passed`,
    },
    now,
  );
  return {
    state: "Idle",
    reason: "Promoted",
    message,
    status: closed,
    actions: ownSettings({ ...context, status: closed }),
    again: true,
    gates,
    watch: "active",
  };
}

/** In place the new stable version gets the user's own settings at once. */
function ownSettings(context: Context): readonly Action[] {
  const { inPlace } = context.observed;
  if (!inPlace) return [];
  return inPlace.owned ? ownedAtRest(context) : atRest(context);
}

function retainedOf(
  stable: NonNullable<ModelRolloutStatus["stable"]>,
  until: number,
): NonNullable<ModelRolloutStatus["retained"]> {
  const { replicas: _replicas, readyReplicas: _ready, ...identity } = stable;
  return { ...identity, until: instant(until) };
}
