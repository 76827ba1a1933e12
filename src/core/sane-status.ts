import { reasons } from "../api/reasons.ts";
import { statusSchema } from "../api/status.ts";
import type { Intent, ModelRolloutStatus, RoleStatus, StepStatus, WeightStatus } from "../api/types.ts";
import { conforming, type Shape } from "./conforming.ts";
import type { Destination, Observed } from "./observed.ts";
import { millis } from "./time.ts";
import { other } from "./weights.ts";

/**
 * A status is the operator's own, but people can edit it, and another version of the operator may have written it.
 * What cannot be true is dropped or put right here, once, so that no stage has to doubt it; nothing that is put right
 * raises a weight by itself, because the router's own weights are compared with it.
 */
export function saneStatus(given: ModelRolloutStatus | undefined, observed: Observed): ModelRolloutStatus {
  const shaped = (conforming(statusSchema as unknown as Shape, given) ?? {}) as ModelRolloutStatus;
  return inRange(withRollback(withRoles(inKnownWords(shaped), observed)));
}

const knownReason = (entry: { readonly reason: string } | undefined) =>
  entry !== undefined && Object.hasOwn(reasons, entry.reason);

const isSlot = (slot: string | undefined) => slot === undefined || slot === "a" || slot === "b";

/** A reason or a slot that this version does not know (an older operator after a newer one) is as if it were absent. */
function inKnownWords(status: ModelRolloutStatus): ModelRolloutStatus {
  const { rollback, pause, intent, draining, failedReason, ...rest } = status;
  return {
    ...inKnownLists(rest),
    ...(rollback ? { rollback: inWords(rollback) } : {}),
    ...(pause && knownReason(pause) ? { pause } : {}),
    ...(intent && isWhole(intent) ? { intent } : {}),
    ...(draining && isSlot(draining.slot) ? { draining } : {}),
    ...(failedReason !== undefined && knownReason({ reason: failedReason }) ? { failedReason } : {}),
  };
}

function inKnownLists({ alarms, history, conditions, ...rest }: ModelRolloutStatus): ModelRolloutStatus {
  return {
    ...rest,
    ...(alarms ? { alarms: alarms.filter(knownReason) } : {}),
    ...(history ? { history: history.filter(knownReason) } : {}),
    ...(conditions ? { conditions: conditions.filter(knownReason) } : {}),
  };
}

/** An intent to move weights says where and how far. */
function isWhole({ action, weight, slot }: Intent): boolean {
  return isSlot(slot) && (action !== "SetWeights" || (weight !== undefined && slot !== undefined));
}

type Rollback = NonNullable<ModelRolloutStatus["rollback"]>;

/** A rollback goes on whatever its reason was: forgetting it could leave a bad version with traffic. */
function inWords(rollback: Rollback): Rollback {
  const { from, to, ...rest } = rollback;
  return {
    ...rest,
    ...(knownReason(rollback) ? {} : { reason: "Aborted" }),
    ...(from !== undefined && isSlot(from) ? { from } : {}),
    ...(to !== undefined && isSlot(to) ? { to } : {}),
  };
}

/** What is taken back is the canary's slot, and never stable's: the other way round the bad version would get it all. */
function withRollback({ rollback, ...status }: ModelRolloutStatus): ModelRolloutStatus {
  if (!rollback) return status;
  const stable = status.stable?.slot;
  const from = status.canary?.slot ?? (stable === undefined ? rollback.from : other(stable));
  return { ...status, rollback: from === undefined ? rollback : { ...rollback, from, to: other(from) } };
}

/** Stable and canary where they really run, and never in one slot. */
function withRoles(status: ModelRolloutStatus, observed: Observed): ModelRolloutStatus {
  const { stable: _s, canary: _c, retained, beginning, ...rest } = status;
  const canary = inItsSlot(role(status.canary), observed);
  const stable =
    inItsSlot(role(status.stable), observed) ??
    (canary ? found(other(canary.slot ?? "b"), observed) : undefined);
  return {
    ...rest,
    ...(stable ? { stable } : {}),
    ...(canary ? { canary: observed.inPlace ? canary : apart(canary, stable) } : {}),
    ...(beginning !== undefined && stable && !canary ? { beginning } : {}),
    ...(retained && stable ? { retained: observed.inPlace ? retained : beside(retained, stable) } : {}),
  };
}

function role(given: RoleStatus | undefined): RoleStatus | undefined {
  if (!given) return undefined;
  const { slot, ...rest } = given;
  return {
    ...rest,
    ...(slot !== undefined && isSlot(slot) ? { slot } : {}),
    replicas: within(given.replicas, 0, 1_000_000),
    readyReplicas: within(given.readyReplicas, 0, 1_000_000),
  };
}

/** The slot in which a revision really runs, when it runs in one only and that is not the one that status says. */
function inItsSlot(given: RoleStatus | undefined, { slots }: Observed): RoleStatus | undefined {
  if (!given?.slot || given.unmanaged || !slots) return given;
  const elsewhere = slots[other(given.slot)].deployment;
  const moved = elsewhere?.revision === given.revision && elsewhere.replicas > 0;
  return moved && slots[given.slot].deployment?.revision !== given.revision
    ? { ...given, slot: other(given.slot) }
    : given;
}

/** What is retained is in the slot that stable is not in. */
function beside(
  retained: NonNullable<ModelRolloutStatus["retained"]>,
  stable: RoleStatus,
): NonNullable<ModelRolloutStatus["retained"]> {
  return { ...retained, slot: other(stable.slot ?? "a") };
}

function apart(canary: RoleStatus, stable: RoleStatus | undefined): RoleStatus {
  const taken = stable?.slot ?? "a";
  return canary.slot === undefined || canary.slot === taken ? { ...canary, slot: other(taken) } : canary;
}

/** Stable is missing in mid-release: what runs in the other slot is it. */
function found(destination: Destination, { slots }: Observed): RoleStatus {
  const deployment = slots?.[destination].deployment;
  const counts = { replicas: deployment?.replicas ?? 0, readyReplicas: slots?.[destination].ready ?? 0 };
  return deployment
    ? { revision: deployment.revision, slot: destination, ...counts }
    : { revision: "unmanaged", unmanaged: true, slot: destination, ...counts };
}

const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

function inRange(status: ModelRolloutStatus): ModelRolloutStatus {
  const { step, weight, stickiness, size, ...rest } = status;
  const seconds = stickiness?.durationSeconds ?? 0;
  return {
    ...rest,
    ...(step ? { step: saneStep(step) } : {}),
    ...(weight ? { weight: saneWeight(weight) } : {}),
    ...(size === undefined ? {} : { size: within(size, 0, 1_000_000) }),
    ...(stickiness && seconds >= 1 && seconds <= 604_800 ? { stickiness } : {}),
  };
}

/** Milliseconds that can be added to an instant and still be one. */
const LONGEST_MS = 1e12;

function saneStep(step: StepStatus): StepStatus {
  const { holdMs, acknowledgedAt, ...rest } = step;
  return {
    ...rest,
    index: within(step.index, 0, 100),
    count: within(step.count, 1, 100),
    weight: within(step.weight, 0, 100),
    weights: step.weights.map((weight) => within(weight, 0, 100)),
    spentMs: within(step.spentMs, 0, LONGEST_MS),
    pauses: within(step.pauses, 0, 1_000_000),
    ...(holdMs === undefined ? {} : { holdMs: within(holdMs, 0, LONGEST_MS) }),
    ...(millis(acknowledgedAt) === undefined || acknowledgedAt === undefined ? {} : { acknowledgedAt }),
  };
}

function saneWeight(weight: WeightStatus): WeightStatus {
  return {
    ...weight,
    desired: within(weight.desired, 0, 100),
    acknowledged: within(weight.acknowledged, 0, 100),
    ...(weight.pods === undefined ? {} : { pods: within(weight.pods, 0, 1_000_000) }),
    ...(weight.of === undefined ? {} : { of: within(weight.of, 0, 1_000_000) }),
  };
}
