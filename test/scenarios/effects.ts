import { finalizer } from "../../src/api/group.ts";
import type { Action } from "../../src/core/action.ts";
import { type Memory, readHealth, readRouter } from "./snapshot.ts";
import { emptySlot, type World } from "./world.ts";

type SetWeights = Extract<Action, { kind: "SetWeights" }>;

/** Performs one action on the world. Returns what it was told when it failed. */
export function perform(world: World, memory: Memory, action: Action): string | undefined {
  switch (action.kind) {
    case "SetWeights":
      return setWeights(world, memory, action);
    case "StoreRevision":
      world.stored.add(action.revision);
      return changed(world);
    case "ProveTemplate":
      memory.proof = {
        revision: action.revision,
        ok: world.badTemplate === undefined,
        ...(world.badTemplate === undefined ? {} : { message: world.badTemplate }),
      };
      return undefined;
    case "EnsureEndpoints":
      world.slots[action.destination].endpoints = true;
      return changed(world);
    case "RenderSlot":
    case "ScaleSlot":
      return size(world, action);
    case "DeleteBindings":
      for (const slot of [world.slots.a, world.slots.b]) slot.endpoints = false;
      return changed(world);
    case "DeleteWorkload":
      world.slots.a = emptySlot();
      world.slots.b = emptySlot();
      return changed(world);
    case "PruneRevisions":
      for (const revision of world.stored) if (!action.keep.includes(revision)) world.stored.delete(revision);
      return changed(world);
    case "AddFinalizer":
      world.rollout?.finalizers.push(finalizer);
      return changed(world);
    case "RemoveFinalizer":
      world.rollout = undefined;
      return changed(world);
  }
}

function changed(world: World): undefined {
  world.touch();
}

function size(
  world: World,
  action: Extract<Action, { kind: "RenderSlot" | "ScaleSlot" }>,
): string | undefined {
  if (world.scaleFaults > 0) {
    world.scaleFaults -= 1;
    return "the API server answered 500";
  }
  const slot = world.slots[action.destination];
  if (action.kind === "RenderSlot") {
    slot.deployment = {
      uid: `uid-${action.destination}-${world.changes}`,
      revision: action.revision,
      replicas: action.replicas,
      current: true,
      deleting: false,
    };
  } else if (slot.deployment) {
    slot.deployment.replicas = action.replicas;
  }
  world.scale(action.destination);
  return undefined;
}

/** As the ALB router: every target on its own, a raise only while it carries what was acknowledged; then a read. */
function setWeights(world: World, memory: Memory, action: SetWeights): string | undefined {
  const next = world.writeFaults.shift();
  let told: string | undefined;
  for (const rule of world.rules) {
    if (action.only && !action.only.includes(rule.id)) continue;
    const fault = next?.only === undefined || next.only === rule.id ? next?.kind : undefined;
    if (rule.problem) told ??= rule.problem.message;
    else if (rule.refusal || !asExpected(rule, action)) continue;
    else if (fault === "throttled" || fault === "denied") told ??= `ModifyRule ${rule.id}: ${fault}`;
    else if (fault === "hangs") {
      told ??= `ModifyRule ${rule.id}: no answer within 3 s`;
      world.late.push({ id: rule.id, weights: { ...action.weights } });
    } else {
      rule.weights = { ...action.weights };
      if (action.stickiness === "off") delete rule.stickySeconds;
      else if (action.stickiness !== "keep") rule.stickySeconds = action.stickiness;
      if (fault === "lost") told ??= `ModifyRule ${rule.id}: connection reset`;
    }
  }
  world.touch();
  memory.router = readRouter(world);
  if (next?.kind === "lost") {
    const problem = { kind: "unreachable", message: told ?? "connection reset" } as const;
    memory.router = {
      at: world.now,
      targets: memory.router.targets.map(({ kind, id }) => ({ kind, id, problem })),
    };
  }
  memory.health = readHealth(world);
  return told;
}

function asExpected(rule: World["rules"][number], { expected }: SetWeights): boolean {
  if (!expected) return true;
  const sum = rule.weights.a + rule.weights.b;
  return Math.abs((100 * rule.weights[expected.destination]) / sum - expected.share) < 1e-6;
}
