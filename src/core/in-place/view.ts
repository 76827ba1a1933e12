import type { ModelRolloutStatus } from "../../api/types.ts";
import type { InPlaceRead, Observed, PodSetRead, RouterRead, TargetRead } from "../observed.ts";
import type { Settings } from "../settings.ts";
import { podsForShare } from "./pace.ts";

/**
 * The size of a Deployment that is rolled in place is what stands in it: an autoscaler may set it at any time. One that
 * is ours has the size of the spec, in a release the largest since it began.
 */
export function inPlaceSettings(
  settings: Settings,
  { size }: ModelRolloutStatus,
  inPlace: InPlaceRead | undefined,
): Settings {
  if (!inPlace) return settings;
  const standing = inPlace.deployment?.replicas ?? 0;
  const replicas = inPlace.owned ? (size ?? settings.replicas) : standing;
  return { ...settings, replicas, canaryReplicas: "Proportional" };
}

/** The size that a release of ours has: a lower one in the spec waits for its end, a higher one counts at once. */
export function withReleaseSize(
  { size, ...rest }: ModelRolloutStatus,
  inPlace: InPlaceRead | undefined,
  replicas: number,
): ModelRolloutStatus {
  const released = rest.canary !== undefined || rest.rollback !== undefined;
  if (!inPlace?.owned || !released) return rest;
  return { ...rest, size: Math.max(size ?? inPlace.deployment?.replicas ?? 0, replicas) };
}

/** A revision that was to be released next is forgotten once a template stands there: it, or what somebody wrote over it. */
export function withoutMetNext(
  status: ModelRolloutStatus,
  inPlace: InPlaceRead | undefined,
): ModelRolloutStatus {
  const { next, ...rest } = status;
  const template = inPlace?.deployment?.template;
  const met = template !== undefined && template !== status.stable?.revision && !status.rollback;
  return next !== undefined && met ? rest : status;
}

const nothing = { wanted: 0, pods: 0, ready: 0 };

/** Pods of one revision. */
export function podsOf(inPlace: InPlaceRead, revision: string | undefined): Omit<PodSetRead, "revision"> {
  return inPlace.sets.find((set) => set.revision === revision) ?? nothing;
}

/** Pods of every revision but this one. */
export function podsBeside(inPlace: InPlaceRead, revision: string | undefined): number {
  return inPlace.sets.reduce((sum, set) => sum + (set.revision === revision ? 0 : set.pods), 0);
}

/** Pods that are asked for of every revision but this one. */
export function wantedBeside(inPlace: InPlaceRead, revision: string | undefined): number {
  return inPlace.sets.reduce((sum, set) => sum + (set.revision === revision ? 0 : set.wanted), 0);
}

/** The share of the canary that was last asked for; 0 on the way back. */
export function askedInPlace(status: ModelRolloutStatus): number {
  const { intent, weight, canary } = status;
  if (!canary || status.rollback) return 0;
  const writing = intent?.action === "SetWeights" ? intent.weight : undefined;
  return writing ?? weight?.acknowledged ?? 0;
}

/**
 * As many canary pods are Ready as a share needs, no other pod is left over, and the Deployment controller has seen that
 * it shall stand still: until then it answers a change of replicas under the settings of the move.
 */
export function reached(inPlace: InPlaceRead, canary: string, share: number): boolean {
  const { deployment } = inPlace;
  if (!deployment?.current || !deployment.paused) return false;
  if (deployment.unscaled || deployment.template !== canary) return false;
  const need = podsForShare(share, deployment.replicas);
  // Above 100 replicas a percentage cannot say every number: less than one percent of surge may stay.
  const spare = Math.max(0, Math.ceil(deployment.replicas / 100) - 1);
  const enough = podsOf(inPlace, canary).ready >= need;
  return enough && podsBeside(inPlace, canary) <= deployment.replicas - need + spare;
}

/**
 * The Deployment in the words of a router: it carries the share that was asked for once as many pods of the canary are
 * Ready as that needs, and until then the one that was acknowledged before (design, "Shares").
 */
export function deploymentAsRouter(status: ModelRolloutStatus, observed: Observed): RouterRead {
  const { inPlace, now } = observed;
  if (!inPlace) throw new Error("no Deployment is rolled in place");
  const { canary } = status;
  const acknowledged = canary ? (status.weight?.acknowledged ?? 0) : 0;
  const asked = askedInPlace(status);
  const sized = status.size === undefined || inPlace.deployment?.replicas === status.size;
  const share =
    canary && asked !== acknowledged && sized && reached(inPlace, canary.revision, asked)
      ? asked
      : acknowledged;
  const gone = status.rollback && canary && podsOf(inPlace, canary.revision).pods === 0;
  return { at: now, targets: [target(status, inPlace, gone ? 0 : share)] };
}

function target(status: ModelRolloutStatus, inPlace: InPlaceRead, share: number): TargetRead {
  const { id } = inPlace;
  const base = { kind: "Deployment", id } as const;
  if (!inPlace.deployment) {
    return { ...base, problem: { kind: "notFound", message: `Deployment ${id} does not exist` } };
  }
  const fresh = podsOf(inPlace, status.canary?.revision).ready;
  const ready = inPlace.sets.reduce((sum, set) => sum + set.ready, 0);
  const truth = ready === 0 ? 0 : (fresh * 100) / ready;
  const percent = Math.round(truth * 10) / 10;
  return {
    ...base,
    // A share of pods is seldom the share asked for: 10 % of 6 is 17 %.
    ...(status.canary
      ? { note: `${fresh} of ${ready} Ready pods are the canary's: ${percent} % of them` }
      : {}),
    shares: { a: 100 - share, b: share },
    trueShares: { a: 100 - truth, b: truth },
    raw: { a: ready - fresh, b: fresh },
  };
}
