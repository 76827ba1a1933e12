import type { ModelRolloutStatus, RollbackStatus } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import type { InPlaceRead, RolledDeployment, RollSettings, TakenBack } from "../observed.ts";
import type { Decision } from "../stages/decision.ts";
import { acknowledge } from "../stages/shift.ts";
import { LOOK_AGAIN_MS, ownedAtRest, remake } from "./owned.ts";
import { atRest, take } from "./posture.ts";
import { podsBeside, podsOf, wantedBeside } from "./view.ts";

/**
 * The way back: the stable template, the user's own minReadySeconds and progressDeadlineSeconds, and maxUnavailable as
 * what `rollback.minAvailable` leaves, in one patch; written again whenever somebody undoes it. `ended` closes the
 * release once all pods are back, the failed ReplicaSet is gone and the Deployment stands as it shall at rest: whoever
 * is told of the end may write the next template, or scale, at once (design, "Endings").
 */
export function continueInPlaceRollback(
  context: Context,
  ended: (status: ModelRolloutStatus) => Decision,
): Decision {
  const { status, observed } = context;
  const { rollback, stable } = status;
  const { inPlace } = observed;
  if (!rollback || !inPlace || !stable) throw new Error("nothing to take back in place");
  const { deployment } = inPlace;
  if (!deployment) return rebuilt(context, rollback) ?? ended(acknowledge(context, status, 0));
  const { asked, noted } = askedFor(inPlace, status, deployment);
  const standing = inPlace.owned ? ownedAtRest(context) : atRest(context);
  const resting = [...standing, ...cleared(inPlace, status)];
  const only = podsBeside(inPlace, stable.revision) === 0 && wantedBeside(inPlace, stable.revision) === 0;
  const calm = only && isCalm(deployment, stable.revision, resting);
  if (calm && resting.length === 0) {
    return ended(acknowledge({ ...context, status: noted }, noted, 0));
  }
  const back = calm || (only && isBack(inPlace, deployment, stable.revision));
  const shaped = back
    ? resting
    : wayBack({ ...context, status: noted }, inPlace, deployment, stable.revision);
  const { ready } = podsOf(inPlace, stable.revision);
  return {
    state: "RollingBack",
    reason: rollback.reason,
    message: `${rollback.message}; ${ready} of ${deployment.replicas} pods of the stable version are Ready, ${podsBeside(inPlace, stable.revision)} of others are left`,
    status: noted,
    actions: [...kept(context, asked), ...shaped],
    urgent: shaped.length > 0,
    watch: "active",
  };
}

/** Our Deployment is gone: it is made anew on the stable version, unless all of it is on its way out. */
function rebuilt(context: Context, { reason, message }: RollbackStatus): Decision | undefined {
  if (context.rollout.metadata.deletionTimestamp !== undefined) return undefined;
  const remade = remake(context);
  if (!remade) return undefined;
  return {
    state: "RollingBack",
    reason: remade.taken ? "NameTaken" : reason,
    message: `${message}; ${remade.message}`,
    status: context.status,
    actions: remade.actions,
    stalled: remade.taken,
    wake: [context.now + LOOK_AGAIN_MS],
    watch: "active",
  };
}

/**
 * The patch that starts the way back, or keeps it going. Where nothing is wrong with the canary it waits until the change
 * of replicas is to be seen in all counts: by older ones the last Ready pods could be taken.
 */
function wayBack(
  { status, settings }: Context,
  inPlace: InPlaceRead,
  deployment: RolledDeployment,
  stable: string,
): readonly Action[] {
  if (status.rollback?.reason === "TooFewReplicas" && deployment.unscaled && deployment.paused) return [];
  return take(
    deployment,
    {
      template: stable,
      settings: backwards({ ...inPlace.own, ...settings.rollingUpdate }, settings.minAvailablePercent),
      ...(inPlace.owned ? { replicas: settings.replicas } : {}),
      paused: false,
      mark: "released",
      release: status.canary?.revision ?? stable,
      ...noteOf(status),
    },
    true,
  );
}

/** What the status says of the way back, for it may not be stored: a rollback does not wait for that. */
function noteOf({ release, rollback, next }: ModelRolloutStatus): { readonly back?: TakenBack } {
  if (release === undefined || rollback === undefined) return {};
  return { back: { release, reason: rollback.reason, ...(next === undefined ? {} : { next }) } };
}

/** What was written in mid-release and comes after the way back; of a Deployment of ours the spec says that. */
function askedFor(
  { owned }: InPlaceRead,
  status: ModelRolloutStatus,
  deployment: RolledDeployment,
): { readonly asked: string | undefined; readonly noted: ModelRolloutStatus } {
  if (owned) return { asked: undefined, noted: status };
  const asked = askedMeanwhile(status, deployment);
  const back = deployment.takenBack;
  const before = back?.release === status.release ? back?.next : undefined;
  return { asked, noted: withNext(status, asked, before) };
}

/** What is released after the way back: the latest template asked for, or the same again where only replicas were missing. */
function withNext(
  status: ModelRolloutStatus,
  asked: string | undefined,
  before: string | undefined,
): ModelRolloutStatus {
  const again = status.rollback?.reason === "TooFewReplicas" ? status.canary?.revision : undefined;
  const next = asked ?? status.next ?? before ?? again;
  return next === undefined ? status : { ...status, next };
}

/** A template that is neither stable nor canary was written in mid-release: it comes after the way back. */
function askedMeanwhile(
  { stable, canary, failedRevision }: ModelRolloutStatus,
  { template }: RolledDeployment,
): string | undefined {
  const known = [stable?.revision, canary?.revision, failedRevision];
  return known.includes(template) ? undefined : template;
}

/** Stored before it is overwritten. */
function kept({ observed }: Context, asked: string | undefined): readonly Action[] {
  const stored = asked === undefined || observed.storedRevisions.includes(asked);
  return stored ? [] : [{ kind: "StoreRevision", revision: asked }];
}

/** `limits`: the user's own settings, with what the spec has its pods exchanged by instead. */
function backwards(limits: RollSettings, minAvailable: number): RollSettings {
  const unavailable = 100 - minAvailable;
  const stuck = unavailable === 0 && (limits.maxSurge === 0 || limits.maxSurge === "0%");
  return {
    ...limits,
    type: "RollingUpdate",
    maxUnavailable: `${unavailable}%`,
    maxSurge: stuck ? 1 : limits.maxSurge,
  };
}

/** Nothing of its spec is left to put back. */
function isCalm({ template, mark }: RolledDeployment, stable: string, resting: readonly Action[]): boolean {
  return template === stable && mark === "adopted" && !resting.some(({ kind }) => kind === "ShapeDeployment");
}

/** Every pod asked for is of the stable version. */
function isBack(inPlace: InPlaceRead, deployment: RolledDeployment, stable: string): boolean {
  if (!deployment.current || deployment.unscaled || deployment.template !== stable) return false;
  return podsOf(inPlace, stable).wanted >= deployment.replicas;
}

/** Without its ReplicaSet no scale to 0 and back can start the version that was taken back, even where it stands paused. */
function cleared(inPlace: InPlaceRead, { canary }: ModelRolloutStatus): readonly Action[] {
  const left = inPlace.sets.some(({ revision }) => revision === canary?.revision);
  return left && canary ? [{ kind: "DeletePodSets", revision: canary.revision }] : [];
}
