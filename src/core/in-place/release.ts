import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import { type GateAnswer, wait } from "../gates/alarm-gates.ts";
import type { InPlaceRead, RolledDeployment, RollSettings } from "../observed.ts";
import type { RollbackCause } from "../stages/guards.ts";
import type { Provision } from "../stages/provision.ts";
import { instant } from "../time.ts";
import { correct, ownedAtRest } from "./owned.ts";
import { allowance, paceOf, podsForShare, podsOfPercent } from "./pace.ts";
import { braked, isBraked, type Posture, take } from "./posture.ts";
import { askedInPlace, podsOf, reached, wantedBeside } from "./view.ts";

interface Roll {
  readonly status: ModelRolloutStatus;
  readonly actions: readonly Action[];
}

/** The intent to give the canary this share of the pods, and as much of it as capacity allows now. */
export function raiseInPlace(context: Context, status: ModelRolloutStatus, percent: number): Roll {
  const standing = status.intent;
  const since = instant(context.now);
  const intent =
    standing?.action === "SetWeights" && standing.weight === percent
      ? standing
      : {
          id: `${status.release ?? "none"}/pods=${percent}/${since}`,
          action: "SetWeights" as const,
          weight: percent,
          slot: "b" as const,
          since,
        };
  const next = { ...status, intent };
  const actions = roll({ ...context, status: next }, percent).map((action) =>
    action.kind === "ShapeDeployment" && (action.template ?? action.settings) !== undefined
      ? { ...action, raise: true as const }
      : action,
  );
  return { status: next, actions };
}

/** How many canary pods are Ready of those that a share needs, for people. */
export function progressInPlace({ observed, status }: Context, percent: number): string {
  const { inPlace } = observed;
  const replicas = inPlace?.deployment?.replicas ?? 0;
  const ready = inPlace ? podsOf(inPlace, status.canary?.revision).ready : 0;
  const need = podsForShare(percent, replicas);
  const share = replicas === 0 ? 0 : Math.round((need * 1000) / replicas) / 10;
  const trouble = inPlace?.trouble === undefined ? "" : `; ${inPlace.trouble}`;
  return `${ready} of ${need} canary pods Ready of ${replicas} (${percent} % asked for, ${share} % of the pods)${trouble}`;
}

/** The roll kept at a share: at what was acknowledged, and never further than was asked for. */
export function sustainInPlace(context: Context): Provision {
  const { observed, status } = context;
  const { inPlace } = observed;
  const { canary } = status;
  if (!inPlace?.deployment || !canary) return { actions: [] };
  const store: readonly Action[] = isKept(context, inPlace)
    ? []
    : [{ kind: "StoreRevision", revision: canary.revision }];
  const acknowledged = status.weight?.acknowledged ?? 0;
  if (acknowledged === 0 && inPlace.deployment.mark !== "released") {
    return {
      actions: [...store, ...(inPlace.owned ? ownedAtRest(context) : standBy(inPlace.deployment, status))],
    };
  }
  return { actions: [...store, ...roll(context, acknowledged, askedInPlace(status))] };
}

/** Before the first raise the new template stands there and nothing of it starts. */
function standBy(deployment: RolledDeployment, { stable }: ModelRolloutStatus): readonly Action[] {
  const paused = deployment.paused || deployment.template !== stable?.revision;
  return take(deployment, { paused, mark: deployment.mark === "none" ? "adopted" : deployment.mark });
}

/** Content and the user's own settings are stored before the Deployment is touched. */
function isKept({ observed, status }: Context, inPlace: InPlaceRead): boolean {
  const revision = status.canary?.revision ?? "";
  if (!observed.storedRevisions.includes(revision)) return false;
  return (
    inPlace.owned !== undefined || inPlace.deployment?.mark === "released" || inPlace.kept.includes(revision)
  );
}

/**
 * The patch that brings the Deployment to a share, as far as Ready pods allow. A pace that was written for a share
 * that was asked for (`asked`) stands until the gates let it go on, or the share goes back. While replicas that were
 * changed are not shared out, the counts say nothing of what the Deployment controller would make of a pace.
 */
function roll(context: Context, share: number, asked = share): readonly Action[] {
  const { inPlace } = context.observed;
  const { canary } = context.status;
  const deployment = inPlace?.deployment;
  if (!inPlace || !deployment || !canary || deployment.replicas === 0) return [];
  const need = podsNow(inPlace, canary.revision, deployment.replicas, share, asked);
  const corrected = correct(context, deployment, need);
  if (corrected || deployment.unscaled) return corrected ?? [];
  const settings = settingsFor(context, inPlace, deployment, share, asked);
  if (!settings) return [];
  return fromStandstill(inPlace, deployment, {
    template: canary.revision,
    settings,
    paused: isDone(inPlace, canary.revision, deployment.replicas, settings),
    mark: "released",
    release: canary.revision,
  });
}

/**
 * While a move of ours is under way, or its pause not seen yet by the Deployment controller, the sizes that are known may
 * be of a moment ago. On such sizes no other move is made: it is told to stand still first.
 */
function fromStandstill(
  inPlace: InPlaceRead,
  deployment: RolledDeployment,
  wanted: Posture,
): readonly Action[] {
  const move = take(deployment, wanted);
  const marked = deployment.mark === "released" && deployment.template === wanted.template;
  const ours = marked && inPlace.later?.standing !== true;
  if (!ours || !isBraked(deployment) || standsStill(inPlace, deployment)) return move;
  const { settings: _other, ...standing } = wanted;
  const other = move.some((action) => action.kind === "ShapeDeployment" && action.settings);
  if (other) return take(deployment, { ...standing, paused: true });
  return deployment.paused ? [] : move;
}

/**
 * The pause was seen by the Deployment controller, and what it took for it was seen here: paused in the middle of a roll it
 * shrinks all ReplicaSets together to the replicas and the surge. The sizes come by another watch than the Deployment.
 */
function standsStill(
  { sets }: InPlaceRead,
  { paused, current, replicas, settings }: RolledDeployment,
): boolean {
  if (!paused || !current) return false;
  const sizes = sets.map(({ wanted }) => wanted).filter((wanted) => wanted > 0);
  if (sizes.length < 2) return true;
  const { surge } = allowance(replicas, settings.maxUnavailable, settings.maxSurge);
  return sizes.reduce((sum, size) => sum + size, 0) <= replicas + surge;
}

/** Undefined where nothing may be made. */
function settingsFor(
  context: Context,
  inPlace: InPlaceRead,
  deployment: RolledDeployment,
  share: number,
  asked: number,
): RollSettings | undefined {
  const { replicas } = deployment;
  const canary = context.status.canary?.revision ?? "";
  const need = podsNow(inPlace, canary, replicas, share, asked);
  if (need === 0) return undefined;
  const pace = paceNow(context, inPlace, replicas, need);
  const halted = (asked > share || !pace) && goesNoFurther(deployment, canary, asked);
  return halted ? deployment.settings : pace && braked(pace.maxUnavailable, pace.maxSurge);
}

/** Canary pods of a share, and of what a raise under way has made already. */
function podsNow(
  inPlace: InPlaceRead,
  canary: string,
  replicas: number,
  share: number,
  asked: number,
): number {
  const made = asked > share ? madeFor(inPlace, canary, podsForShare(asked, replicas)) : 0;
  return Math.max(podsForShare(share, replicas), made);
}

/** What a raise under way has made already stays; Kubernetes takes no pace of nothing at all. */
function madeFor(inPlace: InPlaceRead, canary: string, most: number): number {
  return Math.min(Math.max(1, podsOf(inPlace, canary).wanted), most);
}

function paceNow({ status, settings }: Context, inPlace: InPlaceRead, replicas: number, need: number) {
  const limits = { ...inPlace.own, ...settings.rollingUpdate };
  const revision = status.canary?.revision;
  const old = wantedBeside(inPlace, revision);
  const { ready } = podsOf(inPlace, revision);
  return paceOf({
    replicas,
    need,
    old,
    ready,
    ...allowance(replicas, limits.maxUnavailable, limits.maxSurge),
  });
}

/**
 * The Deployment controller has done what the pace asks of it. Then it is told to stand still (`paused`) until the next
 * move: under a release's settings it would otherwise answer an autoscaler, or a template that somebody writes, by
 * taking Ready pods of the stable version.
 */
function isDone(inPlace: InPlaceRead, canary: string, replicas: number, settings: RollSettings): boolean {
  const { unavailable, surge } = allowance(replicas, settings.maxUnavailable, settings.maxSurge);
  const fresh = podsOf(inPlace, canary).wanted;
  const old = wantedBeside(inPlace, canary);
  const grown = fresh >= replicas || fresh + old >= replicas + surge;
  return fresh > 0 && grown && old <= replicas - Math.min(unavailable, replicas);
}

/** What stands was written by us for the share asked for: it makes no more pods than that. */
function goesNoFurther(
  { settings, template, replicas, mark }: RolledDeployment,
  canary: string,
  asked: number,
): boolean {
  const { maxUnavailable, maxSurge } = settings;
  if (mark !== "released" || template !== canary || typeof maxSurge !== "number") return false;
  const brakes = braked(String(maxUnavailable), maxSurge);
  if (settings.minReadySeconds !== brakes.minReadySeconds) return false;
  if (settings.progressDeadlineSeconds !== brakes.progressDeadlineSeconds) return false;
  const taken = podsOfPercent(Number.parseInt(String(maxUnavailable), 10), replicas);
  return String(maxUnavailable).endsWith("%") && taken + maxSurge <= podsForShare(asked, replicas);
}

/**
 * Ready canary pods against what its acknowledged share needs, in place. Undefined: the roll itself is not there yet, or
 * not there any more, for an autoscaler has changed replicas and pods that are made for that load.
 */
export function servingInPlace({
  observed,
  status,
}: Context): { readonly serving: number; readonly need: number } | undefined {
  const { inPlace } = observed;
  const deployment = inPlace?.deployment;
  const share = status.weight?.acknowledged ?? 0;
  if (!inPlace || !deployment || !status.canary || share === 0) return undefined;
  if (deployment.unscaled || deployment.replicas !== status.weight?.of) return undefined;
  const { ready, wanted } = podsOf(inPlace, status.canary.revision);
  const need = Math.min(podsForShare(share, deployment.replicas), status.weight.pods ?? 1);
  return wanted < need ? undefined : { serving: ready, need };
}

/** Status with the present replicas noted, once as many pods as the acknowledged share needs of them are Ready. */
export function withSize({ observed, status }: Context): ModelRolloutStatus {
  const { inPlace } = observed;
  const { canary, weight } = status;
  const replicas = inPlace?.deployment?.replicas ?? 0;
  const share = weight?.acknowledged ?? 0;
  if (!inPlace || !canary || !weight || share === 0 || replicas === weight.of) return status;
  const pods = podsForShare(share, replicas);
  // Fewer replicas, all of them the canary's: `tooFew` goes by the size of before.
  if (share < 100 && pods >= replicas) return status;
  return reached(inPlace, canary.revision, share)
    ? { ...status, weight: { ...weight, of: replicas, pods } }
    : status;
}

/**
 * Replicas that were changed are shared out first. A release that ended for want of replicas begins again when its
 * first step leaves the stable version a pod.
 */
export function enoughReplicas({ status, observed, settings }: Context): GateAnswer | undefined {
  const { replicas, unscaled } = observed.inPlace?.deployment ?? {};
  if (unscaled) {
    return wait(
      "CapacityPending",
      `Kubernetes has not shared out the ${replicas} replicas of ${observed.inPlace?.id} yet`,
    );
  }
  const waits = status.next !== undefined && status.history?.[0]?.reason === "TooFewReplicas";
  const first = settings.steps[0]?.weight ?? 100;
  if (replicas === undefined || !waits || leavesOne(first, replicas)) return undefined;
  return wait(
    "TooFewReplicas",
    `${observed.inPlace?.id} has ${replicas} replicas: with more the release begins again`,
  );
}

/** The stable version keeps a pod in a step; one of 100 % never leaves one. */
const leavesOne = (share: number, replicas: number): boolean =>
  share < 100 ? podsForShare(share, replicas) < replicas : replicas !== 0;

/**
 * Replicas were taken away so far that the step's share would be all there is: nobody passed the steps in between, so
 * the stable version gets what is left.
 */
export function tooFew({ observed, status }: Context): RollbackCause | undefined {
  const deployment = observed.inPlace?.deployment;
  const { canary, weight } = status;
  if (!canary) return undefined;
  if (!deployment) return gone(observed.inPlace);
  const { replicas } = deployment;
  const share = Math.max(weight?.acknowledged ?? 0, askedInPlace(status) % 100);
  const fewer = replicas < (weight?.of ?? 0);
  const all = share > 0 && share < 100 && podsForShare(share, replicas) >= replicas;
  if (replicas > 0 && !(fewer && all)) return undefined;
  return {
    reason: "TooFewReplicas",
    message: `${observed.inPlace?.id} was scaled to ${replicas}: with the step of ${share} % no pod of the stable version would be left; the release begins again when there are more`,
  };
}

/** Our Deployment was deleted with both versions in it: it is made anew with the stable one. */
function gone(inPlace: InPlaceRead | undefined): RollbackCause | undefined {
  if (!inPlace?.owned) return undefined;
  const how = inPlace.owned.taken ? "is somebody else's object now" : "was deleted";
  return {
    reason: "TooFewReplicas",
    message: `Deployment ${inPlace.id} ${how} in mid-release: it is made anew with the stable version, and the release begins again`,
  };
}
