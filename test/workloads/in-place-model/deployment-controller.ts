import { isDeepStrictEqual } from "node:util";
import { allowance } from "../../../src/core/in-place/pace.ts";
import { desiredKey, type ModelDeployment, type ModelSet, maxKey } from "./objects.ts";

/** What the controller may do: its writes of ReplicaSets and of the Deployment's status. */
export interface Hands {
  create(
    deployment: ModelDeployment,
    annotations: ModelSet["metadata"]["annotations"],
    replicas: number,
  ): void;
  /** `scaling`: replicas were changed, and this is this set's part of it. */
  update(set: ModelSet, scaling?: boolean): void;
  observed(deployment: ModelDeployment): void;
}

const replicasOf = ({ spec }: ModelDeployment): number => spec.replicas ?? 1;

/** maxUnavailable and maxSurge in pods; of a Deployment of 0 nothing may be unavailable. */
function fenceposts(deployment: ModelDeployment): { readonly unavailable: number; readonly surge: number } {
  const { maxUnavailable = "25%", maxSurge = "25%" } = deployment.spec.strategy?.rollingUpdate ?? {};
  const replicas = replicasOf(deployment);
  const { unavailable, surge } = allowance(replicas, maxUnavailable, maxSurge);
  return { unavailable: replicas === 0 ? 0 : Math.min(unavailable, replicas), surge };
}

const noted = (desired: number, max: number): ModelSet["metadata"]["annotations"] => ({
  [desiredKey]: String(desired),
  [maxKey]: String(max),
});

const sum = (sets: readonly ModelSet[], of: (set: ModelSet) => number): number =>
  sets.reduce((total, set) => total + of(set), 0);
const size = ({ spec }: ModelSet): number => spec.replicas;
const active = (sets: readonly ModelSet[]): readonly ModelSet[] => sets.filter((set) => size(set) > 0);
const oldestFirst = (left: ModelSet, right: ModelSet): number =>
  left.metadata.creation - right.metadata.creation;

/**
 * One sync of a Deployment as kube-controller-manager 1.36 does it (pkg/controller/deployment): proportional scaling
 * where replicas have changed or the Deployment is paused, else one step of a rolling update.
 */
export function syncDeployment(deployment: ModelDeployment, sets: readonly ModelSet[], hands: Hands): void {
  const fresh = sets
    .toSorted(oldestFirst)
    .find(({ spec }) => isDeepStrictEqual(spec.template, deployment.spec.template));
  const old = sets.filter((set) => set !== fresh);
  const scaled = active(sets).some(
    ({ metadata }) => metadata.annotations[desiredKey] !== String(replicasOf(deployment)),
  );
  if (deployment.spec.paused === true || scaled) {
    if (fresh) matchReadySeconds(deployment, fresh, hands);
    scaleAll(deployment, fresh, old, hands);
  } else {
    roll(deployment, fresh, old, hands);
  }
  hands.observed(deployment);
}

function matchReadySeconds(deployment: ModelDeployment, fresh: ModelSet, hands: Hands): void {
  const wanted = deployment.spec.minReadySeconds ?? 0;
  if (fresh.spec.minReadySeconds === wanted) return;
  hands.update({ ...fresh, spec: { ...fresh.spec, minReadySeconds: wanted } });
  fresh.spec.minReadySeconds = wanted;
}

function setSize(
  deployment: ModelDeployment,
  set: ModelSet,
  replicas: number,
  hands: Hands,
  scaling = false,
  force = false,
): boolean {
  if (!force && size(set) === replicas) return false;
  const desired = replicasOf(deployment);
  const annotations = noted(desired, desired + fenceposts(deployment).surge);
  const changed = size(set) !== replicas;
  if (!changed && isDeepStrictEqual(annotations, set.metadata.annotations)) return false;
  hands.update(
    {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec, replicas },
    },
    scaling,
  );
  return changed;
}

function scaleAll(
  deployment: ModelDeployment,
  fresh: ModelSet | undefined,
  old: readonly ModelSet[],
  hands: Hands,
): void {
  const running = active(fresh ? [...old, fresh] : old);
  const wanted = replicasOf(deployment);
  const latest = running.length === 0 ? (fresh ?? old.toSorted(oldestFirst).at(-1)) : undefined;
  const only = running.length === 1 ? running[0] : latest;
  if (only) {
    setSize(deployment, only, wanted, hands, true);
    return;
  }
  if (fresh && size(fresh) === wanted && fresh.status.availableReplicas === wanted) {
    for (const set of active(old)) setSize(deployment, set, 0, hands, true);
    return;
  }
  proportionally(deployment, running, hands);
}

function proportionally(deployment: ModelDeployment, running: readonly ModelSet[], hands: Hands): void {
  const wanted = replicasOf(deployment);
  const { surge } = fenceposts(deployment);
  const toAdd = (wanted > 0 ? wanted + surge : 0) - sum(running, size);
  // The larger first; among equals the newer when there is something to add, else the older.
  const sorted = running.toSorted(
    (left, right) =>
      size(right) - size(left) || (toAdd > 0 ? oldestFirst(right, left) : oldestFirst(left, right)),
  );
  let added = 0;
  const sizes = sorted.map((set) => {
    const share = toAdd === 0 || toAdd === added ? 0 : fraction(set, wanted, wanted + surge);
    const taken = toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
    const change = toAdd === 0 ? 0 : taken;
    added += change;
    return size(set) + change;
  });
  for (const [index, set] of sorted.entries()) {
    const leftover = index === 0 && toAdd !== 0 ? toAdd - added : 0;
    setSize(deployment, set, Math.max(0, (sizes[index] ?? 0) + leftover), hands, true, true);
  }
}

function fraction(set: ModelSet, wanted: number, max: number): number {
  if (wanted === 0) return -size(set);
  const before = Number(set.metadata.annotations[maxKey] ?? max);
  return Math.round((size(set) * max) / before) - size(set);
}

/** One step of a rolling update: new pods up, or else old ones down. */
function roll(
  deployment: ModelDeployment,
  found: ModelSet | undefined,
  old: readonly ModelSet[],
  hands: Hands,
): void {
  const wanted = replicasOf(deployment);
  const { unavailable, surge } = fenceposts(deployment);
  const total = sum(old, size) + (found ? size(found) : 0);
  const grown = (from: number): number =>
    total >= wanted + surge ? from : from + Math.min(wanted + surge - total, wanted - from);
  if (!found) {
    hands.create(deployment, noted(wanted, wanted + surge), grown(0));
    return;
  }
  matchReadySeconds(deployment, found, hands);
  const upTo = size(found) > wanted ? wanted : grown(size(found));
  if (size(found) !== wanted && setSize(deployment, found, upTo, hands)) return;
  const least = wanted - unavailable;
  const newUnavailable = size(found) - found.status.availableReplicas;
  const removable = total - least - newUnavailable;
  if (removable <= 0) return;
  const sizes = new Map(active(old).map((set) => [set, size(set)]));
  const available = sum([...old, found], ({ status }) => status.availableReplicas);
  takeUnhealthy(sizes, removable);
  takeAvailable(sizes, available - least);
  for (const [set, replicas] of sizes) setSize(deployment, set, replicas, hands);
}

function takeUnhealthy(sizes: Map<ModelSet, number>, most: number): void {
  let taken = 0;
  for (const set of [...sizes.keys()].toSorted(oldestFirst)) {
    const count = Math.min(most - taken, size(set) - set.status.availableReplicas);
    if (count <= 0) continue;
    taken += count;
    sizes.set(set, size(set) - count);
  }
}

function takeAvailable(sizes: Map<ModelSet, number>, most: number): void {
  let taken = 0;
  for (const set of [...sizes.keys()].toSorted(oldestFirst)) {
    const left = sizes.get(set) ?? 0;
    const count = Math.min(left, most - taken);
    if (count <= 0) continue;
    taken += count;
    sizes.set(set, left - count);
  }
}
