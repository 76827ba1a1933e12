import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import type { InPlaceRead } from "../observed.ts";
import type { PlannedEvent } from "../plan-data.ts";
import type { Decision } from "../stages/decision.ts";
import { idleStage } from "../stages/idle.ts";
import { LOOK_AGAIN_MS, ownedAtRest, remake } from "./owned.ts";

/** What keeps the operator from touching the Deployment at all, as long as no release runs. */
export function ownedBlocked(context: Context): Decision | undefined {
  const { status, observed, rollout, now } = context;
  const { inPlace } = observed;
  const busy = status.canary ?? status.rollback ?? rollout.metadata.deletionTimestamp;
  if (!inPlace?.owned || busy !== undefined) return undefined;
  const base = { state: "Blocked", status, stalled: true, watch: "idle" } as const;
  if (inPlace.owned.taken) {
    const message = `Deployment ${inPlace.id} exists and was not made for this ModelRollout: delete it, or give the ModelRollout another name`;
    return { ...base, reason: "NameTaken", message, wake: [now + LOOK_AGAIN_MS] };
  }
  if (typeof inPlace.policies !== "object") return undefined;
  const message = inPlace.policies.refused;
  return { ...base, reason: "PolicyInTheWay", message, wake: [now + LOOK_AGAIN_MS] };
}

/** At rest, in retain, or before a start: the same decisions as with slots, and our Deployment as it shall stand. */
export function ownedIdle(context: Context): Decision | undefined {
  const { status, observed } = context;
  const { inPlace } = observed;
  if (!inPlace?.owned || status.canary || status.rollback || !status.stable) return undefined;
  const remade = remake(context);
  if (remade) return rebuild(context, remade);
  const decision = idleStage(forgiven(context));
  if (!decision || decision.status.canary || decision.status.rollback) return decision;
  const actions = [...(decision.actions ?? []), ...ownedAtRest(context), ...spare(context, inPlace)];
  return { ...decision, actions, events: [...(decision.events ?? []), ...putBack(context, inPlace)] };
}

/** The spec is back at the stable revision: the failed one may be released again one day. */
function forgiven(context: Context): Context {
  const { failedRevision: _r, failedRelease: _n, failedReason: _w, ...status } = context.status;
  return context.observed.wanted.revision === status.stable?.revision ? { ...context, status } : context;
}

/** An empty ReplicaSet of the failed revision: a scale to 0 and back would fill it. */
function spare({ status }: Context, inPlace: InPlaceRead): readonly Action[] {
  const { failedRevision } = status;
  const left = inPlace.sets.find(({ revision }) => revision === failedRevision);
  const empty = left?.wanted === 0 && left.pods === 0;
  return empty && failedRevision !== undefined ? [{ kind: "DeletePodSets", revision: failedRevision }] : [];
}

function rebuild(context: Context, remade: NonNullable<ReturnType<typeof remake>>): Decision {
  const { status, now } = context;
  const note: PlannedEvent = {
    type: "Warning",
    reason: "SlotRebuilt",
    action: "Rebuild",
    note: remade.message,
  };
  return {
    state: "Starting",
    reason: "CapacityPending",
    message: remade.message,
    status,
    actions: remade.actions,
    ...(remade.actions.length > 0 ? { events: [note] } : {}),
    wake: [now + LOOK_AGAIN_MS],
    watch: "active",
  };
}

/** Somebody wrote a template into our Deployment. */
function putBack({ status }: Context, { id, deployment }: InPlaceRead): readonly PlannedEvent[] {
  const known = [status.stable?.revision, status.retained?.revision];
  if (!deployment || known.includes(deployment.template)) return [];
  const note = `somebody edited the pod template of Deployment ${id}: revision ${status.stable?.revision} is put back; change the ModelRollout instead`;
  return [{ type: "Warning", reason: "DriftRepaired", action: "Repair", note }];
}
