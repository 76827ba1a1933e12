import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import type { RollSettings } from "../observed.ts";
import type { PlannedEvent } from "../plan-data.ts";
import type { Decision } from "../stages/decision.ts";
import { isBraked } from "./posture.ts";

/**
 * A way back that takes the place of settings which the user has changed since the release was stored (at rest, in
 * retain, before the first pod): they are stored first, for they shall stand again at its end (I9).
 */
export function ownSettingsFirst({ observed }: Context, decision: Decision): Decision {
  const { inPlace, storedRevisions } = observed;
  const deployment = inPlace?.deployment;
  const release = releaseOf(decision);
  if (!deployment || inPlace.owned || release === undefined) return decision;
  if (deployment.mark === "released" || isBraked(deployment) || inPlace.kept.includes(release))
    return decision;
  // What was never stored and stands there no more cannot be: the way back does not wait for it.
  if (!storedRevisions.includes(release) && deployment.template !== release) return decision;
  const store: Action = { kind: "StoreRevision", revision: release };
  return { ...decision, actions: [store, ...(decision.actions ?? [])] };
}

/**
 * Settings that somebody wrote in mid-release do not take: ours are put back, and theirs, stored before that, come after
 * the release (design, "Around").
 */
export function laterSettingsFirst({ observed }: Context, decision: Decision): Decision {
  const { inPlace } = observed;
  const later = inPlace?.later;
  const shape = decision.actions?.find((action) => action.kind === "ShapeDeployment");
  if (!inPlace || !later || later.stored || shape?.kind !== "ShapeDeployment") return decision;
  const note = `${inSettings(later.settings)} of Deployment ${inPlace.id} were written in mid-release: they take effect at its end`;
  const told: PlannedEvent = { type: "Normal", reason: "SettingsDeferred", action: "Defer", note };
  const release = shape.mark === "released" ? shape.release : undefined;
  // The end of a release writes them itself.
  if (release === undefined) return decision;
  const store: Action = { kind: "StoreRevision", revision: release };
  const others = (decision.actions ?? []).filter(
    (action) => action.kind !== "StoreRevision" || action.revision !== release,
  );
  return { ...decision, actions: [store, ...others], events: [...(decision.events ?? []), told] };
}

function inSettings({ type, maxSurge, maxUnavailable, ...seconds }: RollSettings): string {
  const { minReadySeconds, progressDeadlineSeconds } = seconds;
  const rolls = type === "RollingUpdate" ? ` (maxSurge ${maxSurge}, maxUnavailable ${maxUnavailable})` : "";
  return `strategy ${type}${rolls}, minReadySeconds ${minReadySeconds} and progressDeadlineSeconds ${progressDeadlineSeconds}`;
}

function releaseOf({ actions = [] }: Decision): string | undefined {
  const shape = actions.find((action) => action.kind === "ShapeDeployment");
  return shape?.kind === "ShapeDeployment" && shape.mark === "released" ? shape.release : undefined;
}
