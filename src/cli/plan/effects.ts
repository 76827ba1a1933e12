import type { Action } from "../../core/action.ts";
import type { Rolled } from "./rolled.ts";
import type { World } from "./world.ts";

/** Carries an action out, at once and without fail. */
export function perform(world: World, action: Action): void {
  const { rolled } = world.options;
  if (rolled !== undefined) performInPlace(rolled, action);
  switch (action.kind) {
    case "StoreRevision":
      world.stored.add(action.revision);
      return;
    case "ProveTemplate":
      world.proven = action.revision;
      return;
    case "EnsureEndpoints":
      world.change(action.destination, { endpoints: true });
      return;
    case "RenderSlot":
      world.change(action.destination, { revision: action.revision });
      world.scale(action.destination, action.replicas);
      return;
    case "ScaleSlot":
      world.scale(action.destination, action.replicas);
      return;
    case "SetWeights":
      setWeights(world, action);
      return;
    case "PruneRevisions":
      for (const revision of world.stored) if (!action.keep.includes(revision)) world.stored.delete(revision);
      return;
    // A deletion is not played through, and the finalizer is there from the beginning.
    default:
  }
}

/** What is done to a Deployment that is rolled in place. */
function performInPlace(rolled: Rolled, action: Action): void {
  switch (action.kind) {
    case "StoreRevision":
      rolled.keep(action.revision);
      return;
    case "CreateDeployment":
      rolled.create(action);
      return;
    case "ShapeDeployment":
      rolled.shape(action);
      return;
    case "DeletePodSets":
      rolled.forget(action.revision);
      return;
    case "DisownFields":
      rolled.disown();
      return;
    default:
  }
}

function setWeights(world: World, action: Extract<Action, { kind: "SetWeights" }>): void {
  for (const target of world.targets) {
    if (action.only !== undefined && !action.only.includes(target.id)) continue;
    target.shares = action.weights;
    if (action.stickiness === "off") delete target.stickySeconds;
    else if (action.stickiness !== "keep") target.stickySeconds = action.stickiness;
  }
}
