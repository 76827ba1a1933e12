import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import { type GateAnswer, wait } from "../gates/alarm-gates.ts";
import type { InPlaceRead, RolledDeployment, RollSettings } from "../observed.ts";
import type { RollbackCause } from "../stages/guards.ts";
import { allowance, paceOf, percentFor, podsOfPercent } from "./pace.ts";
import { braked, isBraked, take } from "./posture.ts";
import { podsBeside, podsOf } from "./view.ts";

/** A Deployment that is not there is looked for this often: nobody tells when it is made, or when it is gone. */
export const LOOK_AGAIN_MS = 2_000;

/**
 * Our Deployment at rest: the stable template, our settings, the size of the spec. Whatever of these somebody wrote is
 * put back.
 */
export function ownedAtRest(context: Context): readonly Action[] {
  const { inPlace } = context.observed;
  const deployment = inPlace?.deployment;
  const stable = context.status.stable?.revision;
  if (!inPlace || !deployment || stable === undefined) return [];
  return take(deployment, {
    template: stable,
    settings: inPlace.own,
    replicas: context.settings.replicas,
    paused: inPlace.policies !== "present" && mayPause(inPlace, deployment, stable),
    mark: "adopted",
  });
}

/**
 * Paused, a template that somebody writes starts no pod before it is put back; but nothing else is rolled either, and a
 * ReplicaSet that was deleted is not made again. So only what stands is paused, and what is missing ends the pause.
 */
function mayPause(inPlace: InPlaceRead, deployment: RolledDeployment, stable: string): boolean {
  const { wanted } = podsOf(inPlace, stable);
  const { replicas, current, paused, template } = deployment;
  if (podsBeside(inPlace, stable) > 0) return false;
  if (paused) return wanted > 0 || replicas === 0 || !current;
  return current && template === stable && wanted === replicas;
}

/** A release begins from a stable version of the size that the spec asks for, whether or not its pods are Ready. */
export function sizedFirst({ observed, settings, status }: Context): GateAnswer | undefined {
  const { inPlace } = observed;
  if (!inPlace?.owned || !inPlace.deployment) return undefined;
  const { replicas } = settings;
  const made = podsOf(inPlace, status.stable?.revision).wanted;
  if (inPlace.deployment.replicas === replicas && made >= replicas) return undefined;
  return wait("CapacityPending", `Deployment ${inPlace.id} is being brought to ${replicas} replicas`);
}

/** How a Deployment of ours that is not there comes back, and in what words. */
export interface Remade {
  readonly message: string;
  readonly actions: readonly Action[];
  /** The name is somebody else's now. */
  readonly taken: boolean;
}

/** From the stable revision, as it was stored; undefined for a Deployment that is there, or is none of ours. */
export function remake(context: Context): Remade | undefined {
  const { inPlace } = context.observed;
  const { stable } = context.status;
  if (!inPlace?.owned || inPlace.deployment || !stable) return undefined;
  const { id, owned, own } = inPlace;
  if (owned.taken) {
    return { message: `Deployment ${id} exists and is not ours: delete it`, actions: [], taken: true };
  }
  if (owned.going) {
    return { message: `Deployment ${id} is being deleted: it is made anew then`, actions: [], taken: false };
  }
  const { revision } = stable;
  const { replicas } = context.settings;
  return {
    message: `Deployment ${id} is gone: it is made anew from revision ${revision}`,
    actions: [{ kind: "CreateDeployment", revision, replicas, settings: own }],
    taken: false,
  };
}

/**
 * Somebody wrote a template of their own into our Deployment in mid-release, and it runs: their pods took the place of
 * the canary's or of stable's. With the admission policies it comes out paused, and is only put back.
 */
export function edited({ observed, status }: Context): RollbackCause | undefined {
  const { inPlace } = observed;
  const deployment = inPlace?.deployment;
  if (!inPlace?.owned || !deployment || deployment.paused) return undefined;
  const known = [status.stable?.revision, status.canary?.revision];
  if (known.includes(deployment.template)) return undefined;
  return {
    reason: "DriftRepaired",
    message: `somebody edited the pod template of Deployment ${inPlace.id} in mid-release: the stable version is put back, and the release begins again; change the ModelRollout instead`,
  };
}

/** What comes before the next move of a release of ours: its size, and no more canary pods than it shall have (`need`). */
export function correct(
  context: Context,
  deployment: RolledDeployment,
  need: number,
): readonly Action[] | undefined {
  const resized = resize(context, deployment);
  if (resized || deployment.unscaled || need === 0) return resized;
  return takeDown(context, need);
}

/**
 * Our Deployment has not the size that the release has: that first and alone, for what the ReplicaSets count is shared
 * out anew then; and standing still, for the limits of a move are those of the size before. Undefined: it has, or is none
 * of ours.
 */
function resize(
  { observed, settings, status }: Context,
  deployment: RolledDeployment,
): readonly Action[] | undefined {
  const { replicas } = settings;
  if (!observed.inPlace?.owned || deployment.replicas === replicas) return undefined;
  const { mark } = deployment;
  const paused = deployment.paused || mark === "released";
  const release = status.canary?.revision;
  return take(deployment, { paused, mark, replicas, ...(release === undefined ? {} : { release }) });
}

/**
 * More pods of the canary than the step allows: somebody released the brake for a moment. The Deployment controller
 * takes away none of the template that stands, so the roles are turned round until the surplus is gone: stable's pods
 * are the new ones, and as many of them as are Ready let as many of the canary's go. So it stays until stable has its
 * part: turned back too early, the canary would be filled up with what stable lacks.
 */
function takeDown(context: Context, need: number): readonly Action[] | undefined {
  const { settings, observed, status } = context;
  const { inPlace } = observed;
  const stable = status.stable?.revision;
  const canary = status.canary?.revision;
  if (!inPlace?.owned || !inPlace.deployment || stable === undefined || canary === undefined)
    return undefined;
  const { replicas } = settings;
  const { wanted } = podsOf(inPlace, canary);
  const back = replicas - need;
  const surplus = wanted > replicas - podsOfPercent(percentFor(back, replicas), replicas);
  const { ready, wanted: left } = podsOf(inPlace, stable);
  const turned = isTurned(inPlace.deployment, stable);
  if (!surplus && !(turned && left < back)) return undefined;
  const { maxUnavailable, maxSurge } = inPlace.own;
  const limits = allowance(replicas, maxUnavailable, maxSurge);
  const pace = paceOf({ replicas, need: back, old: wanted, ready, ...limits });
  if (!pace) return [];
  const shape = { template: stable, mark: "released", release: canary } as const;
  const settled = turned && isCounted(inPlace, inPlace.deployment, stable);
  return take(inPlace.deployment, {
    ...shape,
    settings: settled ? braked(pace.maxUnavailable, pace.maxSurge) : withBrake(inPlace.deployment),
    paused: !settled,
  });
}

const isTurned = ({ template, mark }: RolledDeployment, stable: string): boolean =>
  template === stable && mark === "released";

/**
 * The roles were turned round standing still, and stable's pods are counted under the brake. As long as they count as
 * available the Deployment controller takes as many of the canary's on top, Ready or not.
 */
function isCounted(inPlace: InPlaceRead, deployment: RolledDeployment, stable: string): boolean {
  if (!isBraked(deployment)) return false;
  return !deployment.paused || (deployment.current && (podsOf(inPlace, stable).available ?? 0) === 0);
}

/** The sizes stay as they are: one that stands still shrinks to the replicas and the surge. */
function withBrake({ settings: { maxUnavailable, maxSurge } }: RolledDeployment): RollSettings {
  return { ...braked("0%", 0), maxUnavailable, maxSurge };
}
