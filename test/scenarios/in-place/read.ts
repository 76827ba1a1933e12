import type {
  InPlaceRead,
  LaterSettings,
  PodSetRead,
  RolledDeployment,
  RollSettings,
  WantedRevision,
} from "../../../src/core/observed.ts";
import { isActive, type ReplicaSet } from "../deployment-controller/cluster.ts";
import type { World } from "../world.ts";
import { type Rolled, settingsOf } from "./rolled.ts";

const BRAKED_READY_SECONDS = 2_147_483_646;

/** What src/workloads/in-place/read.ts makes of the Deployment. */
export function readInPlace(
  world: World,
  rolled: Rolled,
  asked: WantedRevision,
): { inPlace: InPlaceRead; wanted: WantedRevision } {
  const read = readDeployment(world, rolled);
  if (!rolled.owned) return read;
  return { inPlace: { ...read.inPlace, owned: { taken: rolled.taken, going: false } }, wanted: asked };
}

function readDeployment(world: World, rolled: Rolled): { inPlace: InPlaceRead; wanted: WantedRevision } {
  const { status } = world.resource;
  const id = `prod/${rolled.name}`;
  const { deployment } = rolled;
  const own = ownSettings(rolled, status?.stable?.revision);
  const base = { id, policies: rolled.policies, own };
  if (!deployment)
    return { inPlace: { ...base, sets: [], kept: [] }, wanted: named(status?.stable?.revision ?? "none") };
  const { template } = deployment.spec;
  const wanted = template === status?.stable?.revision && status.next !== undefined ? status.next : template;
  const inPlace: InPlaceRead = {
    ...base,
    ...laterOf(rolled, own),
    kept: keptWith(rolled, own),
    sets: podSets(world, rolled, own.minReadySeconds),
    deployment: {
      uid: rolled.uid,
      generation: deployment.generation,
      ...unscaled(rolled.cluster.sets, deployment.spec.replicas),
      current: deployment.status.observedGeneration >= deployment.generation,
      replicas: deployment.spec.replicas,
      paused: deployment.spec.paused,
      template,
      settings: settingsOf(deployment.spec),
      mark: markOf(rolled),
      holdsFields: rolled.held,
      ...(rolled.driven === undefined ? {} : { foreign: rolled.driven }),
    },
  };
  return { inPlace, wanted: named(wanted) };
}

/** Replicas were changed, and the Deployment controller has not shared them out yet. */
function unscaled(sets: readonly ReplicaSet[], replicas: number): object {
  const active = sets.filter((set) => set.replicas > 0);
  const [only] = active;
  if (!only) return replicas > 0 && sets.length > 0 ? { unscaled: true } : {};
  if (active.length === 1 && only.replicas === replicas) return {};
  return active.some(({ desired = replicas }) => desired !== replicas) ? { unscaled: true } : {};
}

const named = (revision: string): WantedRevision => ({ revision, hashVersion: "1", modelVersion: revision });

export function markOf({ labels }: Rolled): RolledDeployment["mark"] {
  if (labels.released !== undefined) return "released";
  return labels.adopted === undefined ? "none" : "adopted";
}

/** In a release those that were stored with it, for ours stand in the Deployment. */
export function ownSettings(rolled: Rolled, stable: string | undefined): InPlaceRead["own"] {
  const { deployment, labels, kept } = rolled;
  if (rolled.owned) return rolled.own;
  const defaults = {
    type: "RollingUpdate",
    maxUnavailable: "25%",
    maxSurge: "25%",
    minReadySeconds: 0,
    progressDeadlineSeconds: 600,
  };
  if (!deployment) return defaults;
  const standing = settingsOf(deployment.spec);
  if (labels.released === undefined && standing.minReadySeconds !== BRAKED_READY_SECONDS) return standing;
  return kept.get(labels.released ?? "") ?? kept.get(stable ?? "") ?? defaults;
}

function laterOf(rolled: Rolled, own: InPlaceRead["own"]): Pick<InPlaceRead, "later"> {
  const later = laterSettings(rolled, own, rolled.later.get(rolled.labels.released ?? ""));
  if (later === undefined) return {};
  return { later: rolled.owned ? { ...later, settings: own, stored: true } : later };
}

/** What an earlier release of it put off is no part of the next one. */
function keptWith({ labels, kept, later }: Rolled, own: InPlaceRead["own"]): readonly string[] {
  const released = labels.released !== undefined;
  return [...kept]
    .filter(([revision, settings]) => sameSettings(settings, own) && (released || !later.has(revision)))
    .map(([revision]) => revision);
}

/** What somebody wrote over the settings of a release, on top of what was asked for before. */
export function laterSettings(
  { deployment, labels, written }: Rolled,
  own: InPlaceRead["own"],
  noted: InPlaceRead["own"] | undefined,
): LaterSettings | undefined {
  if (!deployment || labels.released === undefined) return undefined;
  const found = settingsOf(deployment.spec);
  const foreign = Object.entries(found).filter(
    ([key, value]) => written?.[key as keyof RollSettings] !== value,
  );
  if (foreign.length === 0 || !written) return noted && { settings: noted, stored: true, standing: false };
  const settings = { ...(noted ?? own), ...Object.fromEntries(foreign) };
  return { settings, stored: sameSettings(noted ?? own, settings), standing: true };
}

export function sameSettings(left: InPlaceRead["own"], right: InPlaceRead["own"]): boolean {
  return (Object.keys(right) as (keyof InPlaceRead["own"])[]).every((key) => left[key] === right[key]);
}

/** Ready in the sense of the user's own minReadySeconds while a release runs, as pods are asked for then. */
function podSets(world: World, rolled: Rolled, seconds: number): readonly PodSetRead[] {
  const { sets, pods } = rolled.cluster;
  const asked = seconds > 0 && rolled.labels.released !== undefined;
  const ripe = ({ name, status }: ReplicaSet) =>
    asked
      ? pods.filter(
          (pod) =>
            pod.set === name &&
            isActive(pod) &&
            world.monotonic - (pod.readySince ?? Infinity) >= seconds * 1000,
        ).length
      : status.readyReplicas;
  const all = new Map<string, PodSetRead>();
  for (const set of sets) {
    const before = all.get(set.template) ?? { wanted: 0, pods: 0, ready: 0, available: 0 };
    all.set(set.template, {
      revision: set.template,
      wanted: before.wanted + set.replicas,
      pods: before.pods + set.status.replicas,
      ready: before.ready + ripe(set),
      available: (before.available ?? 0) + set.status.availableReplicas,
    });
  }
  return [...all.values()];
}
