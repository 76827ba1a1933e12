import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import type { InPlaceRead, RolledDeployment } from "../observed.ts";
import { take } from "./posture.ts";
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
