import type { ModelRolloutStatus, RoleStatus, StepStatus, WeightStatus } from "../api/types.ts";
import type { Destination, Observed } from "./observed.ts";
import { other } from "./weights.ts";

/**
 * A status is the operator's own, but people can edit it, and an older operator may have written it. What cannot be
 * true is dropped or put right here, once, so that no stage has to doubt it; nothing that is put right ever raises a
 * weight by itself, because the router's own weights are compared with it.
 */
export function saneStatus(given: ModelRolloutStatus | undefined, observed: Observed): ModelRolloutStatus {
  const status: ModelRolloutStatus = isRecord(given) ? given : {};
  const { stable: _s, canary: _c, retained, step, weight, rollback, pause, intent, ...rest } = status;
  const canary = inItsSlot(role(status.canary), observed);
  const stable =
    inItsSlot(role(status.stable), observed) ??
    (canary ? found(other(canary.slot ?? "b"), observed) : undefined);
  const kept = record(retained);
  return {
    ...lists(rest),
    ...(stable ? { stable } : {}),
    ...(canary ? { canary: observed.inPlace ? canary : apart(canary, stable) } : {}),
    ...(kept && typeof kept.revision === "string" ? { retained: kept } : {}),
    ...(isRecord(step) ? { step: saneStep(step) } : {}),
    ...(isRecord(weight) ? { weight: saneWeight(weight) } : {}),
    ...(rollback && record(rollback) ? { rollback } : {}),
    ...(pause && record(pause) ? { pause } : {}),
    ...(intent && record(intent) ? { intent } : {}),
  };
}

const isRecord = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function record<T extends object>(value: T | undefined): T | undefined {
  return isRecord(value) ? value : undefined;
}

/** A role without a revision is none; one without a slot still has its revision. */
function role(given: RoleStatus | undefined): RoleStatus | undefined {
  if (!isRecord(given) || typeof given.revision !== "string") return undefined;
  const { slot, ...rest } = given;
  const known = slot === "a" || slot === "b";
  return {
    ...rest,
    ...(known ? { slot } : {}),
    replicas: whole(given.replicas, 0, 1_000_000) ?? 0,
    readyReplicas: whole(given.readyReplicas, 0, 1_000_000) ?? 0,
  };
}

/** The slot in which a revision really runs, when it runs in one only and that is not the one that status says. */
function inItsSlot(role: RoleStatus | undefined, { slots }: Observed): RoleStatus | undefined {
  if (!role?.slot || role.unmanaged || !slots) return role;
  const elsewhere = slots[other(role.slot)].deployment;
  const moved = elsewhere?.revision === role.revision && elsewhere.replicas > 0;
  return moved && slots[role.slot].deployment?.revision !== role.revision
    ? { ...role, slot: other(role.slot) }
    : role;
}

/** Canary and stable never share a slot. */
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

function whole(value: unknown, least: number, most: number): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
    ? value
    : undefined;
}

function saneStep(step: StepStatus): StepStatus {
  const weights: readonly unknown[] = Array.isArray(step.weights) ? step.weights : [];
  const holdMs = whole(step.holdMs, 0, Number.MAX_SAFE_INTEGER);
  const { holdMs: _given, ...rest } = step;
  return {
    ...rest,
    index: whole(step.index, 0, 100) ?? 0,
    count: whole(step.count, 0, 100) ?? 1,
    weight: whole(step.weight, 0, 100) ?? 0,
    weights: weights.map((weight) => whole(weight, 0, 100) ?? 0),
    spentMs: whole(step.spentMs, 0, Number.MAX_SAFE_INTEGER) ?? 0,
    pauses: whole(step.pauses, 0, Number.MAX_SAFE_INTEGER) ?? 0,
    ...(holdMs === undefined ? {} : { holdMs }),
  };
}

function saneWeight(weight: WeightStatus): WeightStatus {
  const { previous, pods, of, ...rest } = weight;
  const need = whole(pods, 0, 1_000_000);
  const replicas = whole(of, 0, 1_000_000);
  return {
    ...rest,
    desired: whole(weight.desired, 0, 100) ?? 0,
    acknowledged: whole(weight.acknowledged, 0, 100) ?? 0,
    ...(typeof previous === "number" && Number.isFinite(previous) ? { previous } : {}),
    ...(need === undefined ? {} : { pods: need }),
    ...(replicas === undefined ? {} : { of: replicas }),
  };
}

/** Lists of records; anything else in their place is as if it were absent. */
function lists(status: ModelRolloutStatus): ModelRolloutStatus {
  const { alarms, history, attempts, conditions, drift, stickiness, lastHandled, ...rest } = status;
  const only = <T extends object>(list: readonly T[]) => list.filter((entry) => isRecord(entry));
  const repairs: unknown = drift?.repairs;
  return {
    ...rest,
    ...(Array.isArray(alarms) ? { alarms: only(alarms) } : {}),
    ...(Array.isArray(history) ? { history: only(history) } : {}),
    ...(Array.isArray(attempts) ? { attempts: only(attempts) } : {}),
    ...(Array.isArray(conditions) ? { conditions: only(conditions) } : {}),
    ...(isRecord(drift) && Array.isArray(repairs) ? { drift } : {}),
    ...(isRecord(stickiness) && whole(stickiness.durationSeconds, 1, 604_800) !== undefined
      ? { stickiness }
      : {}),
    ...(isRecord(lastHandled) ? { lastHandled } : {}),
  };
}
