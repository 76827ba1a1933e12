import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import type { InPlaceRead, RolledDeployment, RollSettings } from "../observed.ts";
import { wantedBeside } from "./view.ts";

/** What the Deployment shall look like; absent fields stay as they stand. */
export type Posture = Omit<Extract<Action, { kind: "ShapeDeployment" }>, "kind" | "uid" | "generation">;

const BRAKED_READY_SECONDS = 2_147_483_646;
const BRAKED_DEADLINE_SECONDS = 2_147_483_647;

/**
 * New pods serve once they are Ready and never count as available, so the roll stands wherever maxUnavailable and
 * maxSurge let it, for as long as it takes; nor does it ever count as stuck.
 */
export function braked(maxUnavailable: string, maxSurge: number): RollSettings {
  return {
    type: "RollingUpdate",
    maxUnavailable,
    maxSurge,
    minReadySeconds: BRAKED_READY_SECONDS,
    progressDeadlineSeconds: BRAKED_DEADLINE_SECONDS,
  };
}

/** The brake is on, whoever may have taken our label away. */
export function isBraked({ settings }: RolledDeployment): boolean {
  return settings.minReadySeconds === BRAKED_READY_SECONDS;
}

/** One patch, or none when it stands so already. */
export function take(deployment: RolledDeployment, wanted: Posture, insist = false): readonly Action[] {
  const template = wanted.template === deployment.template ? undefined : wanted.template;
  const settings = same(wanted.settings, deployment.settings) ? undefined : wanted.settings;
  const replicas = wanted.replicas === deployment.replicas ? undefined : wanted.replicas;
  const alike = wanted.paused === deployment.paused && wanted.mark === deployment.mark;
  if (template === undefined && settings === undefined && replicas === undefined && alike) return [];
  const { template: _t, settings: _s, replicas: _r, ...rest } = wanted;
  return [
    {
      kind: "ShapeDeployment",
      uid: deployment.uid,
      ...(insist ? {} : { generation: deployment.generation }),
      ...(template === undefined ? {} : { template }),
      ...(settings === undefined ? {} : { settings }),
      ...(replicas === undefined ? {} : { replicas }),
      ...rest,
    },
  ];
}

function same(wanted: RollSettings | undefined, found: RollSettings): boolean {
  if (!wanted) return true;
  return (Object.keys(wanted) as (keyof RollSettings)[]).every((key) => wanted[key] === found[key]);
}

/** The user's own settings back where ours stand, as last asked for; else whatever the user writes at rest stays. */
function ownAgain(deployment: RolledDeployment, { own, later }: InPlaceRead): Pick<Posture, "settings"> {
  const released = deployment.mark === "released" || isBraked(deployment);
  return released ? { settings: later?.settings ?? own } : {};
}

/**
 * At rest: the user's own settings; not paused where the policies keep a new template from starting, else paused, and
 * in any case while a template stands there that shall not run.
 */
export function atRest(context: Context): readonly Action[] {
  const { inPlace } = context.observed;
  const deployment = inPlace?.deployment;
  const stable = context.status.stable?.revision;
  if (!inPlace || !deployment) return [];
  const locked = inPlace.policies !== "present" && onlyStable(inPlace, stable);
  const paused = locked || deployment.template !== stable;
  const shaped = take(deployment, { paused, mark: "adopted", ...ownAgain(deployment, inPlace) });
  if (shaped.length > 0) return shaped;
  return deployment.holdsFields ? [{ kind: "DisownFields" }] : [];
}

/** A paused Deployment keeps whatever runs: it is paused only once nothing but the stable version does. */
function onlyStable(inPlace: InPlaceRead, stable: string | undefined): boolean {
  return wantedBeside(inPlace, stable) === 0 && inPlace.sets.some(({ revision }) => revision === stable);
}

/** Nothing of ours is left: the stable template, the user's own settings, not paused, no label. */
export function leave(context: Context): readonly Action[] {
  const { settings } = context;
  const { inPlace } = context.observed;
  const deployment = inPlace?.deployment;
  const stable = context.status.stable?.revision;
  if (!inPlace || !deployment || stable === undefined) return [];
  const wanted: Posture = {
    template: stable,
    paused: false,
    mark: "none",
    ...(inPlace.owned
      ? { settings: inPlace.own, replicas: settings.replicas }
      : ownAgain(deployment, inPlace)),
  };
  const shaped = take(deployment, wanted);
  if (shaped.length > 0) return shaped;
  return deployment.holdsFields ? [{ kind: "DisownFields" }] : [];
}
