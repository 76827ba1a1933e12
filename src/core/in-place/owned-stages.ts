import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import { block, type GateAnswer, pass, wait } from "../gates/alarm-gates.ts";
import type { InPlaceRead, RolledDeployment } from "../observed.ts";
import type { PlannedEvent } from "../plan-data.ts";
import { isOpen, openRelease } from "../releases.ts";
import type { Decision } from "../stages/decision.ts";
import { become, renamed, standing } from "../stages/first.ts";
import { idleStage } from "../stages/idle.ts";
import { beginRollback } from "../stages/rollback.ts";
import { templateProven } from "../stages/start.ts";
import { instant } from "../time.ts";
import { LOOK_AGAIN_MS, ownedAtRest, remake } from "./owned.ts";
import { podsBeside, podsOf } from "./view.ts";

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

/** The first sight of a rollout whose one Deployment we make: nothing is there to protect, so there are no steps. */
export function ownedFirst(context: Context): Decision | undefined {
  const { status, observed } = context;
  const { inPlace } = observed;
  if (!inPlace?.owned || status.canary || status.rollback) return undefined;
  if (status.beginning !== undefined) return bringUp(context, inPlace);
  if (status.stable) return undefined;
  return (inPlace.deployment && found(context, inPlace, inPlace.deployment)) ?? begin(context, inPlace);
}

/** The status was lost: what our own Deployment runs is the stable version, or a release was under way. */
function found(context: Context, inPlace: InPlaceRead, deployment: RolledDeployment): Decision | undefined {
  const { status, observed } = context;
  const taken = interrupted(context, inPlace, deployment);
  if (taken) return taken;
  if (!observed.storedRevisions.includes(deployment.template)) return undefined;
  const stable = { revision: deployment.template, replicas: deployment.replicas, readyReplicas: 0 };
  return {
    state: "Starting",
    reason: "Starting",
    message: `Deployment ${inPlace.id} is ours and runs ${deployment.template}: it is the stable version`,
    status: { ...status, stable, weight: { desired: 0, acknowledged: 0 } },
    again: true,
    watch: "active",
  };
}

/** The brake is on: of two versions with pods nobody knows how far the new one was allowed to go. */
function interrupted(
  context: Context,
  inPlace: InPlaceRead,
  { mark, template }: RolledDeployment,
): Decision | undefined {
  if (mark !== "released") return undefined;
  const { storedRevisions } = context.observed;
  const others = inPlace.sets.filter(({ revision, pods }) => revision !== template && pods > 0);
  const before = others.find(({ revision }) => storedRevisions.includes(revision));
  if (!before) return undefined;
  const role = (revision: string) => ({ revision, replicas: 0, readyReplicas: 0 });
  const found = { ...context.status, stable: role(before.revision), canary: role(template) };
  // It gets a name, by which a person can retry it.
  const status = openRelease(found, template, context.now);
  return beginRollback({ ...context, status }, status, {
    reason: "Aborted",
    message: "the status of a release under way was lost: nobody knows how far it had come",
  });
}

function begin(context: Context, inPlace: InPlaceRead): Decision {
  const { observed, now } = context;
  const { revision, hashVersion, modelVersion } = observed.wanted;
  const open = isOpen(context.status, revision) ? context.status : openRelease(context.status, revision, now);
  const status: ModelRolloutStatus = {
    ...open,
    beginning: instant(now),
    stable: {
      revision,
      hashVersion,
      ...(modelVersion === undefined ? {} : { modelVersion }),
      replicas: 0,
      readyReplicas: 0,
    },
    weight: { desired: 0, acknowledged: 0 },
  };
  return bringUp({ ...context, status }, inPlace);
}

/** Alarms must exist and be readable, but are not obeyed: without traffic many of them fire (docs/adr/0003). */
function bringUp(context: Context, inPlace: InPlaceRead): Decision {
  const before = context.status.stable?.revision;
  // The spec went on while the first revision serves already: it is taken away no more.
  if (before !== context.observed.wanted.revision && podsOf(inPlace, before).ready > 0) {
    return become(context, context.status, "it serves already, and the spec went on");
  }
  const status = renamed(context);
  const { stable } = status;
  if (!stable) throw new Error("nothing to bring up");
  const current = { ...context, status };
  const blind = context.verdicts.find((verdict) => verdict.blind);
  const answers: readonly GateAnswer[] = [
    context.settings.paused ? wait("PausedBySpec", "spec.paused is true") : pass(""),
    templateProven(current),
    blind ? block("AlarmUnreadable", blind.message) : pass(""),
  ];
  const closed =
    answers.find((answer) => answer.kind === "block") ?? answers.find((answer) => answer.kind === "wait");
  if (closed && closed.kind !== "pass") {
    const asked = context.observed.proof?.revision === stable.revision;
    const decision = standing(context, closed, status);
    const proof: Action = { kind: "ProveTemplate", revision: stable.revision, destination: "a" };
    return asked ? decision : { ...decision, actions: [proof] };
  }
  return fill(current, inPlace, stable.revision);
}

/** Made, and as many pods Ready as the spec asks for. */
function fill(context: Context, inPlace: InPlaceRead, revision: string): Decision {
  const { status, settings, observed, now } = context;
  const { deployment } = inPlace;
  const stored = observed.storedRevisions.includes(revision);
  const store: readonly Action[] = stored ? [] : [{ kind: "StoreRevision", revision }];
  const { replicas } = settings;
  const { ready } = podsOf(inPlace, revision);
  const stands = deployment?.current && deployment.template === revision && deployment.replicas === replicas;
  if (stands && ready >= replicas && podsBeside(inPlace, revision) === 0) {
    return become(context, status, "nothing was there to protect");
  }
  const remade = remake(context);
  return {
    state: "Starting",
    reason: "CapacityPending",
    message: `first revision: ${remade ? waitsFor(inPlace) : `${ready} of ${replicas} pods of ${revision} Ready in Deployment ${inPlace.id}`}`,
    status,
    actions: [...store, ...(remade ? remade.actions : ownedAtRest(context))],
    ...(remade ? { wake: [now + LOOK_AGAIN_MS] } : {}),
    watch: "active",
  };
}

const waitsFor = ({ id, owned }: InPlaceRead) =>
  owned?.going ? `Deployment ${id} is being deleted: it is made then` : `Deployment ${id} is being made`;

/** At rest, in retain, or before a start: the same decisions as with slots, and our Deployment as it shall stand. */
export function ownedIdle(context: Context): Decision | undefined {
  const { status, observed } = context;
  const { inPlace } = observed;
  if (!inPlace?.owned || status.canary || status.rollback || !status.stable) return undefined;
  const remade = remake(context);
  if (remade) return rebuild(context, remade);
  const decision = idleStage(context);
  if (!decision || decision.status.canary || decision.status.rollback) return decision;
  const actions = [...(decision.actions ?? []), ...ownedAtRest(context), ...spare(context, inPlace)];
  return { ...decision, actions, events: [...(decision.events ?? []), ...putBack(context, inPlace)] };
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
