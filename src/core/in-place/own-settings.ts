import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
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

function releaseOf({ actions = [] }: Decision): string | undefined {
  const shape = actions.find((action) => action.kind === "ShapeDeployment");
  return shape?.kind === "ShapeDeployment" && shape.mark === "released" ? shape.release : undefined;
}
