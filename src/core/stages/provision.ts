import type { Reason } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import { isFresh } from "../freshness.ts";
import { sustainInPlace } from "../in-place/release.ts";
import type { Destination, SlotRead } from "../observed.ts";
import { fullSize, needFor, slotOf } from "../roles.ts";

/** What a slot still lacks, and the actions that bring it nearer. */
export interface Provision {
  readonly actions: readonly Action[];
  /** Absent: the slot runs this revision at this size and may take its weight. */
  readonly pending?: { readonly reason: Reason; readonly message: string };
}

export interface ProvisionRequest {
  readonly destination: Destination;
  readonly revision: string;
  readonly replicas: number;
  /** Pods that must be Ready and healthy in the target group; default: all of `replicas`. */
  readonly need?: number;
  /**
   * It has traffic: it is never emptied, whatever revision somebody wrote on it (I1). False: it is about to get its first,
   * so what was scaled to 0 is seen empty before.
   */
  readonly weighted?: boolean;
  /** At rest the size may fall; in a release it only rises. */
  readonly mayShrink?: boolean;
}

/**
 * Brings a slot to a revision and a size. Service and binding come before the pods; a slot that still runs another
 * revision is first scaled to 0 and seen empty (design 2), so no pod template is ever rolled inside a slot.
 */
export function provision(context: Context, request: ProvisionRequest): Provision {
  const slot = slotOf(context, request.destination);
  if (!slot) return outside(context, request);
  const before: Action[] = [];
  if (!context.observed.storedRevisions.includes(request.revision)) {
    before.push({ kind: "StoreRevision", revision: request.revision });
  }
  if (!slot.endpoints) before.push({ kind: "EnsureEndpoints", destination: request.destination });
  const { actions, pending } = size(slot, request);
  const all = [...before, ...actions];
  const waiting = pending ?? readiness(context, slot, request);
  return waiting ? { actions: all, pending: waiting } : { actions: all };
}

/** Why a slot may not take its weight yet; undefined when it may. Changes nothing. */
export function lacks(context: Context, request: ProvisionRequest): Provision["pending"] {
  const slot = slotOf(context, request.destination);
  return slot ? readiness(context, slot, request) : outside(context, request).pending;
}

function size(slot: SlotRead, request: ProvisionRequest): Provision {
  const { destination, revision, replicas } = request;
  const deployment = slot.deployment;
  const render: Action = { kind: "RenderSlot", destination, revision, replicas };
  if (!deployment) return { actions: [render] };
  if (deployment.deleting) {
    return { actions: [], pending: wait(`Deployment of slot ${destination} is being deleted`) };
  }
  if (deployment.revision !== revision) {
    const what = `slot ${destination} still runs ${slot.pods} pod(s) of ${deployment.revision}`;
    if (request.weighted === true)
      return { actions: [], pending: wait(`${what}, which is not ours to change`) };
    if (deployment.replicas > 0) {
      return {
        actions: [{ kind: "ScaleSlot", destination, replicas: 0 }],
        pending: wait(`${what}; emptying it`),
      };
    }
    if (slot.pods > 0 || !deployment.current)
      return { actions: [], pending: wait(`${what}; waiting until it is empty`) };
    return { actions: [render] };
  }
  if (request.weighted === false && isEmptying(slot, deployment)) {
    return { actions: [], pending: wait(`slot ${destination} is being emptied; waiting until it is empty`) };
  }
  const grows = deployment.replicas < replicas;
  const shrinks = deployment.replicas > replicas && request.mayShrink === true;
  return { actions: grows || shrinks ? [{ kind: "ScaleSlot", destination, replicas }] : [] };
}

/** Pods of the release before that are on their way out look Ready until their end is seen. */
function isEmptying({ pods }: SlotRead, { replicas, current }: NonNullable<SlotRead["deployment"]>): boolean {
  return replicas === 0 && (pods > 0 || !current);
}

const wait = (message: string) => ({ reason: "CapacityPending" as const, message });

function readiness(context: Context, slot: SlotRead, request: ProvisionRequest): Provision["pending"] {
  const need = request.need ?? request.replicas;
  if (need === 0) return undefined;
  const deployment = slot.deployment;
  const ours = deployment !== undefined && deployment.revision === request.revision && deployment.current;
  const ready = ours ? slot.ready : 0;
  const trouble = slot.trouble === undefined ? "" : `; ${slot.trouble}`;
  if (ready < need) {
    return wait(
      `${ready} of ${need} pods of ${request.revision} Ready in slot ${request.destination}${trouble}`,
    );
  }
  if (context.observed.capacity === "pods") return undefined;
  const health = context.observed.health?.[request.destination];
  if (!health) return wait(`health of slot ${request.destination}'s target group not read yet`);
  if (health.problem) return wait(`health of slot ${request.destination} unread: ${health.problem.message}`);
  if (!isFresh(health.at, { now: context.now, alarmPollMs: context.observed.alarmPollMs })) {
    return wait(`health of slot ${request.destination} not read again for more than two polls`);
  }
  if (slot.serving < need) {
    return wait(`${slot.serving} of ${need} pods healthy in the target group of slot ${request.destination}`);
  }
  return undefined;
}

/** Without a workload the pods are somebody else's: at least one healthy target must be there, where that can be told. */
function outside(context: Context, { destination }: ProvisionRequest): Provision {
  if (context.observed.capacity === "pods") return { actions: [] };
  const missing = missingOutside(context, destination);
  return missing === undefined ? { actions: [] } : { actions: [], pending: wait(missing) };
}

function missingOutside({ observed, now }: Context, destination: Destination): string | undefined {
  const health = observed.health?.[destination];
  if (!health) return `health of destination ${destination} not read yet`;
  if (health.problem) return `health of destination ${destination}: ${health.problem.message}`;
  if (!isFresh(health.at, { now, alarmPollMs: observed.alarmPollMs }))
    return `health of destination ${destination} not read again for more than two polls`;
  if (health.healthy.length > 0) return undefined;
  return `no healthy target at destination ${destination} (${health.registered.length} registered)`;
}

/** Stable at full size, and the canary at what its acknowledged weight needs, whatever else is going on. */
export function sustainRelease(context: Context): readonly Action[] {
  const { status, observed } = context;
  if (observed.inPlace) return sustainInPlace(context).actions;
  const { canary } = status;
  const acknowledged = status.weight?.acknowledged ?? 0;
  const kept = sustainStable(context);
  if (!canary || canary.unmanaged || acknowledged === 0) return kept;
  const request = {
    destination: context.watched,
    revision: canary.revision,
    replicas: needFor(context, acknowledged),
  };
  return [...kept, ...sustain(context, request)];
}

export function sustainStable(context: Context): readonly Action[] {
  const { stable } = context.status;
  if (!stable || stable.unmanaged || stable.slot === undefined) return [];
  return sustain(context, {
    destination: stable.slot,
    revision: stable.revision,
    replicas: fullSize(context),
  });
}

/**
 * Keeps a slot that carries traffic as it is: rebuilt when its Deployment is gone, grown when it is too small. Unlike
 * `provision` it never empties anything (I1), whatever revision somebody wrote on it.
 */
export function sustain(context: Context, request: Omit<ProvisionRequest, "need">): readonly Action[] {
  const { destination, revision, replicas } = request;
  const slot = slotOf(context, destination);
  if (!slot) return [];
  const actions: Action[] = [];
  if (!slot.endpoints) actions.push({ kind: "EnsureEndpoints", destination });
  const deployment = slot.deployment;
  if (!deployment) {
    if (!context.observed.storedRevisions.includes(revision))
      actions.unshift({ kind: "StoreRevision", revision });
    return [...actions, { kind: "RenderSlot", destination, revision, replicas }];
  }
  const grows = deployment.replicas < replicas;
  const shrinks = deployment.replicas > replicas && request.mayShrink === true;
  if (!deployment.deleting && (grows || shrinks)) actions.push({ kind: "ScaleSlot", destination, replicas });
  return actions;
}
