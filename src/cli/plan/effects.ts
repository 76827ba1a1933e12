import type { Action } from "../../core/action.ts";
import type { World } from "./world.ts";

/** Carries an action out, at once and without fail. */
export function perform(world: World, action: Action): void {
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
    // A deletion is not played through, the finalizer is there from the beginning, and Deployments rolled in place are
    // played in a way of their own (in-place.ts).
    default:
      return;
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
