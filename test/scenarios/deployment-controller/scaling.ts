import type { Cluster, DeploymentSpec, ReplicaSet } from "./cluster.ts";
import { maxSurge } from "./limits.ts";
import {
  active,
  byAge,
  bySizeNewer,
  bySizeOlder,
  changeSet,
  newSet,
  oldSets,
  total,
} from "./replica-sets.ts";

/** A size for one ReplicaSet; with it, what the Deployment's size is at this time. */
export function scaleSet(
  cluster: Cluster,
  set: ReplicaSet,
  replicas: number,
  spec: DeploymentSpec,
  always = false,
): Cluster {
  if (!always && set.replicas === replicas) return cluster;
  const desired = spec.replicas;
  return changeSet(cluster, set.name, { replicas, desired, max: desired + maxSurge(spec) });
}

/** The Deployment's replicas are others than when its ReplicaSets got their sizes. */
export function isScaled({ deployment, sets }: Cluster): boolean {
  return active(sets).some(({ desired }) => desired !== undefined && desired !== deployment?.spec.replicas);
}

/**
 * A scale, or any sync of a paused Deployment. One ReplicaSet takes it all: the only active one or, where none is, the
 * one of the template, paused or not (this is how a scale to 0 and back starts a template that never ran). Several
 * share it in proportion to their sizes, so that a scale does not hasten the roll.
 */
export function scale(cluster: Cluster, spec: DeploymentSpec): Cluster {
  const fresh = newSet(cluster);
  const old = oldSets(cluster);
  const running = active(cluster.sets);
  if (running.length <= 1) {
    const only = running[0] ?? fresh ?? [...old].sort(byAge).at(-1);
    return only ? scaleSet(cluster, only, spec.replicas, spec) : cluster;
  }
  if (fresh && isSaturated(fresh, spec)) {
    return active(old).reduce((next, set) => scaleSet(next, set, 0, spec), cluster);
  }
  return spec.strategy.type === "RollingUpdate" ? proportionally(cluster, running, spec) : cluster;
}

function isSaturated({ replicas, desired, status }: ReplicaSet, spec: DeploymentSpec): boolean {
  return [replicas, desired, status.availableReplicas].every((count) => count === spec.replicas);
}

function proportionally(cluster: Cluster, running: readonly ReplicaSet[], spec: DeploymentSpec): Cluster {
  const allowed = spec.replicas > 0 ? spec.replicas + maxSurge(spec) : 0;
  const toAdd = allowed - total(running);
  const sets = toAdd === 0 ? running : [...running].sort(toAdd > 0 ? bySizeNewer : bySizeOlder);
  let added = 0;
  const sizes = sets.map((set) => {
    const share = proportion(cluster, set, spec, { toAdd, added });
    added += share;
    return { set, size: set.replicas + share };
  });
  return sizes.reduce((next, { set, size }, index) => {
    // What rounding left over goes to the largest.
    const whole = index === 0 && toAdd !== 0 ? Math.max(0, size + toAdd - added) : size;
    return scaleSet(next, set, whole, spec, true);
  }, cluster);
}

function proportion(
  { deployment }: Cluster,
  set: ReplicaSet,
  spec: DeploymentSpec,
  { toAdd, added }: { readonly toAdd: number; readonly added: number },
): number {
  if (toAdd === 0 || toAdd === added) return 0;
  const share = fraction(set, spec, deployment?.status.replicas ?? 0);
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

function fraction({ replicas, max }: ReplicaSet, spec: DeploymentSpec, standing: number): number {
  if (spec.replicas === 0) return -replicas;
  const before = max === undefined || max === 0 ? standing : max;
  if (before === 0) return 0;
  return Math.round((replicas * (spec.replicas + maxSurge(spec))) / before) - replicas;
}
