import { finalizer } from "../../api/group.ts";
import type { ModelRolloutStatus, Reason } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import type { InPlaceRead, RolledDeployment, WantedRevision } from "../observed.ts";
import { openRelease } from "../releases.ts";
import type { Decision } from "../stages/decision.ts";
import { retainCause } from "../stages/guards.ts";
import { idleStage } from "../stages/idle.ts";
import { beginRollback } from "../stages/rollback.ts";
import { millis } from "../time.ts";
import { atRest, leave } from "./posture.ts";
import { podsBeside, podsOf } from "./view.ts";

/**
 * A Deployment that is not there is looked for so often: nobody tells when it is made. At first every two seconds; after
 * ten minutes once in a minute, or thousands that wait for nothing would keep the API server busy.
 */
const LOOK_AGAIN_MS = { first: 2_000, last: 60_000, slower: 10 } as const;

function lookAgain({ now, status }: Context): number {
  const stalled = status.conditions?.find(({ type }) => type === "Stalled");
  const since = stalled?.status === "True" ? millis(stalled.lastTransitionTime) : undefined;
  const waited = since === undefined ? 0 : now - since;
  return now + Math.min(Math.max(LOOK_AGAIN_MS.first, waited / LOOK_AGAIN_MS.slower), LOOK_AGAIN_MS.last);
}

function blocked(context: Context, reason: Reason, message: string, status = context.status): Decision {
  return {
    state: "Blocked",
    reason,
    message,
    status,
    stalled: true,
    wake: [lookAgain(context)],
    watch: "idle",
  };
}

/** A release, a way back or a deletion is under way, and has its own stages. */
const busy = ({ status, rollout }: Context): boolean =>
  status.canary !== undefined ||
  status.rollback !== undefined ||
  rollout.metadata.deletionTimestamp !== undefined;

/** What keeps the operator from touching the Deployment at all, as long as no release runs and none is to be taken back. */
export function inPlaceBlocked(context: Context): Decision | undefined {
  const { observed, status } = context;
  const { inPlace } = observed;
  if (!inPlace || busy(context)) return undefined;
  if (!inPlace.deployment) {
    return blocked(
      context,
      "WorkloadNotFound",
      `Deployment ${inPlace.id} does not exist: create it, or correct spec.workloadRef.name`,
    );
  }
  if (status.retained && retainCause(context)) return undefined;
  if (inPlace.own.type !== "RollingUpdate") {
    const message = `Deployment ${inPlace.id} has strategy ${inPlace.own.type}: only RollingUpdate can be released in steps`;
    return blocked(context, "NotSupported", message);
  }
  const { foreign } = inPlace.deployment;
  if (foreign !== undefined) return blocked(context, "OwnedByAnother", `Deployment ${inPlace.id} ${foreign}`);
  return typeof inPlace.policies === "object"
    ? blocked(context, "PolicyInTheWay", inPlace.policies.refused)
    : undefined;
}

/** The first sight: the template that stands there is the stable version, and nothing rolls. */
export function inPlaceFirst(context: Context): Decision | undefined {
  const { observed, status } = context;
  const { inPlace } = observed;
  const deployment = inPlace?.deployment;
  if (!inPlace || !deployment || busy(context)) return undefined;
  const anew = madeAnew(context, inPlace, deployment);
  if (status.stable && !anew) return undefined;
  const before = interrupted(context, inPlace, deployment);
  if (before) return before;
  const overtaken = waitedFor(context, inPlace, deployment);
  if (!overtaken && (podsBeside(inPlace, deployment.template) > 0 || !deployment.current)) {
    const message = `Deployment ${inPlace.id} ${midRoll(deployment)}`;
    return { state: "Starting", reason: "Starting", message, status, watch: "active" };
  }
  const note = `Deployment ${inPlace.id} was deleted and made anew with another template: it is the stable version now`;
  const adopted = adopt(context, deployment, overtaken, anew ? note : adoption(inPlace, overtaken));
  return anew && adopted.status !== status
    ? { ...adopted, events: [{ type: "Warning", reason: "DeploymentReplaced", action: "Adopt", note }] }
    : adopted;
}

/** Whoever paused a roll before we drove it had a reason: nobody but a person ends it. */
const midRoll = ({ paused, current }: RolledDeployment): string =>
  paused && current
    ? "is paused in the middle of a roll, and its end is waited for: kubectl rollout resume, or put back the template that runs"
    : "is in the middle of a roll: its end is waited for";

/** Nothing else keeps a template once another one stands there: a revision is stable when it can be put back. */
function adopt(
  context: Context,
  deployment: RolledDeployment,
  overtaken: Pick<WantedRevision, "revision"> | undefined,
  message: string,
): Decision {
  const { status, observed } = context;
  const stable = overtaken ?? observed.wanted;
  const base = { state: "Starting", reason: "Starting", message, watch: "active" } as const;
  const missing = stored(context, stable.revision);
  if (missing.length > 0) return { ...base, status, actions: missing };
  const adopted = withStable(status, stable, deployment);
  return { ...base, status: adopted, actions: atRest({ ...context, status: adopted }), again: true };
}

function adoption({ id }: InPlaceRead, overtaken: Pick<WantedRevision, "revision"> | undefined): string {
  return overtaken
    ? `the status was lost: revision ${overtaken.revision}, which runs, is the stable version of Deployment ${id}`
    : `the template of Deployment ${id} is the stable version`;
}

function withStable(
  { retained: _r, next: _n, ...rest }: ModelRolloutStatus,
  { revision, hashVersion, modelVersion }: Pick<WantedRevision, "revision"> & Partial<WantedRevision>,
  { replicas }: RolledDeployment,
): ModelRolloutStatus {
  const version = modelVersion === undefined ? {} : { modelVersion };
  const known = hashVersion === undefined ? {} : { hashVersion };
  const stable = { revision, ...known, ...version, replicas, readyReplicas: 0 };
  return { ...rest, stable, weight: { desired: 0, acknowledged: 0 } };
}

function stored({ observed }: Context, revision: string): readonly Action[] {
  return observed.storedRevisions.includes(revision) ? [] : [{ kind: "StoreRevision", revision }];
}

/**
 * The status got lost while a template waited, paused, for its start or because it had failed: nothing of it runs, and
 * nobody would ever resume it. The stored revision that runs is stable, as it was.
 */
function waitedFor(
  { status, observed }: Context,
  inPlace: InPlaceRead,
  { mark, paused, template }: RolledDeployment,
): Pick<WantedRevision, "revision"> | undefined {
  if (status.stable || mark !== "adopted" || !paused || podsOf(inPlace, template).wanted > 0)
    return undefined;
  return inPlace.sets.find(({ revision, pods }) => pods > 0 && observed.storedRevisions.includes(revision));
}

/**
 * The status got lost in mid-release: the label says so, and the brake is on. The stored revision that still has pods,
 * and is not the one being released, is stable; nobody knows how far the other one was allowed to go.
 */
function interrupted(
  context: Context,
  inPlace: InPlaceRead,
  { mark, template }: RolledDeployment,
): Decision | undefined {
  if (mark !== "released" || context.status.stable) return undefined;
  const others = inPlace.sets.filter(({ revision, pods }) => revision !== template && pods > 0);
  const stable = others.find(({ revision }) => context.observed.storedRevisions.includes(revision));
  if (!stable) return undefined;
  const role = (revision: string) => ({ revision, replicas: 0, readyReplicas: 0 });
  const found = { ...context.status, stable: role(stable.revision), canary: role(template) };
  // It gets a name, by which a person can retry it.
  const status = openRelease(found, template, context.now);
  return beginRollback({ ...context, status }, status, {
    reason: "Aborted",
    message: "the status of a release under way was lost: nobody knows how far it had come",
  });
}

/** Without our label and without a pod of the stable version: somebody deleted the Deployment and made another one. */
function madeAnew({ status }: Context, inPlace: InPlaceRead, deployment: RolledDeployment): boolean {
  const { stable, failedRevision } = status;
  if (!stable || deployment.mark !== "none" || deployment.template === stable.revision) return false;
  const known = inPlace.sets.some(({ revision }) => revision === stable.revision);
  return !known && deployment.template !== failedRevision;
}

/** At rest, in retain, or before a start: the same decisions as with slots, and the Deployment as it shall stand. */
export function inPlaceIdle(context: Context): Decision | undefined {
  const { status, observed } = context;
  const { inPlace } = observed;
  if (!inPlace?.deployment || status.canary || status.rollback || !status.stable) return undefined;
  const again = retried(context);
  if (again) return again;
  const bare = nothingLeft(context, inPlace, inPlace.deployment);
  if (bare) return bare;
  const decision = idleStage(context);
  if (!decision || decision.status.canary || decision.status.rollback) return decision;
  const runs = startedFailed(context, inPlace, inPlace.deployment);
  const actions = [
    ...(decision.actions ?? []),
    ...(runs ?? [...atRest(context), ...spare(context, inPlace)]),
  ];
  return { ...decision, actions };
}

/**
 * Another template waits, and Kubernetes has dropped stable's empty ReplicaSet (scaled to 0 with a low
 * revisionHistoryLimit): no scale up would bring a pod. Stable's template goes first, the other is released afterwards.
 */
function nothingLeft(
  context: Context,
  inPlace: InPlaceRead,
  { uid, generation, template, replicas, mark }: RolledDeployment,
): Decision | undefined {
  const { status } = context;
  const { stable, failedRevision } = status;
  if (!stable || mark === "none" || replicas === 0) return undefined;
  if (status.retained && retainCause(context)) return undefined;
  if (template === stable.revision || template === failedRevision) return undefined;
  const left = inPlace.sets.some(({ revision, wanted }) => revision === stable.revision || wanted > 0);
  if (left) return undefined;
  return {
    state: "Starting",
    reason: "CapacityPending",
    message: `no ReplicaSet of the stable version is left in Deployment ${inPlace.id}: its template is put back, and revision ${template} is released afterwards`,
    status: { ...status, next: template },
    actions: [
      ...stored(context, template),
      {
        kind: "ShapeDeployment",
        uid,
        generation,
        template: stable.revision,
        paused: false,
        mark: "adopted",
      },
    ],
    watch: "active",
  };
}

/** A person retries the failed revision: it is released from what was stored, for the Deployment stands on stable. */
function retried({ status, observed, requests }: Context): Decision | undefined {
  const { failedRevision, failedRelease, stable } = status;
  const asks = requests.retry !== undefined && requests.retry === failedRelease;
  if (!asks || failedRevision === undefined || observed.wanted.revision !== stable?.revision)
    return undefined;
  return {
    state: "Starting",
    reason: "Starting",
    message: `a person retries ${failedRelease}`,
    status: { ...status, next: failedRevision },
    again: true,
    watch: "active",
  };
}

/**
 * A failed template that runs, or stands where nothing of the stable version is left to run (the Deployment was made
 * anew with it), goes back to stable at once.
 */
function startedFailed(
  { status }: Context,
  inPlace: InPlaceRead,
  deployment: RolledDeployment,
): readonly Action[] | undefined {
  const { failedRevision, stable } = status;
  if (!stable || failedRevision === undefined || deployment.template !== failedRevision) return undefined;
  const kept = inPlace.sets.some(({ revision }) => revision === stable.revision);
  if (podsOf(inPlace, failedRevision).wanted === 0 && kept) return undefined;
  return [
    {
      kind: "ShapeDeployment",
      uid: deployment.uid,
      template: stable.revision,
      paused: false,
      mark: "adopted",
    },
  ];
}

/** An empty ReplicaSet of the failed revision: a scale to 0 and back would fill it. */
function spare({ status }: Context, inPlace: InPlaceRead): readonly Action[] {
  const { failedRevision } = status;
  const left = inPlace.sets.find(({ revision }) => revision === failedRevision);
  return left && left.wanted === 0 && left.pods === 0 && failedRevision !== undefined
    ? [{ kind: "DeletePodSets", revision: failedRevision }]
    : [];
}

/** Deletion of an adopted Deployment's rollout, in any state: as the user wrote it, on the stable template. */
export function inPlaceDeletion(context: Context): Decision | undefined {
  const { rollout, observed, status } = context;
  if (rollout.metadata.deletionTimestamp === undefined || !observed.inPlace) return undefined;
  const { id, deployment } = observed.inPlace;
  const base = { state: "Deleting", reason: "Deleting", status, watch: "active" } as const;
  if (!rollout.metadata.finalizers?.includes(finalizer)) {
    return { ...base, reason: "Deleted", message: "nothing is left to do" };
  }
  // Another rollout drives the Deployment: how it stands is none of our business.
  const actions = status.rival === undefined || status.canary ? leave(context) : [];
  const back = actions.some((action) => action.kind === "ShapeDeployment" && action.template !== undefined);
  const note = `Deployment ${id} gets the stable template ${status.stable?.modelVersion ?? status.stable?.revision} back; it had ${deployment?.template}`;
  if (actions.length > 0) {
    return {
      ...base,
      message: back ? note : `Deployment ${id} gets back what was its own`,
      actions,
      ...(back ? { events: [{ type: "Normal", reason: "Deleting", action: "Restore", note }] } : {}),
    };
  }
  return {
    ...base,
    reason: "Deleted",
    message: `Deployment ${id} stands as its owner wrote it`,
    actions: [{ kind: "PruneRevisions", keep: [] }, { kind: "RemoveFinalizer" }],
  };
}
