import { finalizer } from "../../src/api/group.ts";
import type { Action } from "../../src/core/action.ts";
import { isInPlace, performInPlace } from "./in-place/perform.ts";
import { type Memory, readHealth, readRouter } from "./snapshot.ts";
import { emptySlot, type Rule, type World, type WriteFault } from "./world.ts";

type SetWeights = Extract<Action, { kind: "SetWeights" }>;

/** Performs one action on the world. Returns what it was told when it failed. */
export function perform(world: World, memory: Memory, action: Action): string | undefined {
  const { rolled } = world;
  return rolled && isInPlace(action)
    ? performInPlace(world, rolled, action)
    : carryOut(world, memory, action);
}

function carryOut(world: World, memory: Memory, action: Action): string | undefined {
  switch (action.kind) {
    case "SetWeights":
      return setWeights(world, memory, action);
    case "StoreRevision":
      world.stored.add(action.revision);
      return changed(world);
    case "ProveTemplate":
      return prove(world, memory, action.revision);
    case "EnsureEndpoints":
      world.slots[action.destination].endpoints = true;
      return changed(world);
    case "RenderSlot":
    case "ScaleSlot":
      return size(world, action);
    case "DeleteBindings":
      world.slots.a.endpoints = false;
      world.slots.b.endpoints = false;
      return changed(world);
    case "DeleteWorkload":
      world.slots.a = emptySlot();
      world.slots.b = emptySlot();
      return changed(world);
    case "PruneRevisions":
      return prune(world, action.keep);
    case "AddFinalizer":
      world.rollout?.finalizers.push(finalizer);
      return changed(world);
    case "RemoveFinalizer":
      world.rollout = undefined;
      return changed(world);
    default:
      throw new Error(`${action.kind} without a Deployment that is rolled in place`);
  }
}

function prove(world: World, memory: Memory, revision: string): undefined {
  const { badTemplate } = world;
  memory.proof =
    badTemplate === undefined ? { revision, ok: true } : { revision, ok: false, message: badTemplate };
}

function prune(world: World, keep: readonly string[]): undefined {
  for (const revision of world.stored) {
    if (keep.includes(revision)) continue;
    world.stored.delete(revision);
    world.rolled?.kept.delete(revision);
  }
  world.touch();
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
  const fault = world.writeFaults.shift();
  const answers = world.rules
    .filter(({ id }) => action.only?.includes(id) !== false)
    .flatMap((rule) => writeRule(world, rule, action, fault) ?? []);
  world.touch();
  memory.router = readRouter(world);
  if (fault?.kind === "lost") {
    const problem = { kind: "unreachable", message: answers[0] ?? "connection reset" } as const;
    const targets = memory.router.targets.map(({ kind, id }) => ({ kind, id, problem }));
    memory.router = { at: world.now, targets };
  }
  memory.health = readHealth(world);
  return answers[0];
}

/** Returns what the write of one rule was told when it failed. */
function writeRule(
  world: World,
  rule: Rule,
  action: SetWeights,
  next: WriteFault | undefined,
): string | undefined {
  if (rule.problem) return rule.problem.message;
  if (rule.refusal || !asExpected(rule, action)) return undefined;
  const fault = next?.only === undefined || next.only === rule.id ? next?.kind : undefined;
  if (fault === "throttled" || fault === "denied") return `ModifyRule ${rule.id}: ${fault}`;
  if (fault === "hangs") {
    world.late.push({ id: rule.id, weights: { ...action.weights } });
    return `ModifyRule ${rule.id}: no answer within 3 s`;
  }
  rule.weights = { ...action.weights };
  if (action.stickiness === "off") delete rule.stickySeconds;
  else if (action.stickiness !== "keep") rule.stickySeconds = action.stickiness;
  return fault === "lost" ? `ModifyRule ${rule.id}: connection reset` : undefined;
}

function asExpected(rule: World["rules"][number], { expected }: SetWeights): boolean {
  if (!expected) return true;
  const sum = rule.weights.a + rule.weights.b;
  return Math.abs((100 * rule.weights[expected.destination]) / sum - expected.share) < 1e-6;
}
