import type { Cluster, DeploymentSpec, ReplicaSet } from "./cluster.ts";
import { maxSurge, maxUnavailable } from "./limits.ts";
import { active, newSet, oldSets, total, totalAvailable } from "./replica-sets.ts";
import { scaleSet } from "./scaling.ts";

/** The size that the new ReplicaSet may have now: as far as the surge allows, never above the replicas. */
export function newReplicas(spec: DeploymentSpec, standing: number, replicas: number): number {
  if (spec.strategy.type !== "RollingUpdate") return spec.replicas;
  const room = spec.replicas + maxSurge(spec) - standing;
  return room <= 0 ? replicas : replicas + Math.min(room, spec.replicas - replicas);
}

/** One sync of a roll: the new ReplicaSet grows or, in a sync where it need not, the old ones shrink. */
export function roll(cluster: Cluster, spec: DeploymentSpec): Cluster {
  const fresh = newSet(cluster);
  if (!fresh) throw new Error("a roll needs the ReplicaSet of its template");
  const size =
    fresh.replicas > spec.replicas ? spec.replicas : newReplicas(spec, total(cluster.sets), fresh.replicas);
  if (size !== fresh.replicas) return scaleSet(cluster, fresh, size, spec);
  return shrinkOld(cluster, spec, fresh);
}

/**
 * Old pods go as far as maxUnavailable allows: those that are not available first, for they serve nobody. New pods that
 * are not available yet are counted as missing, so that they never make old ones go.
 */
function shrinkOld(cluster: Cluster, spec: DeploymentSpec, fresh: ReplicaSet): Cluster {
  const old = active(oldSets(cluster));
  if (old.length === 0) return cluster;
  const least = spec.replicas - maxUnavailable(spec);
  const loading = fresh.replicas - fresh.status.availableReplicas;
  const spare = total(cluster.sets) - least - loading;
  if (spare <= 0) return cluster;
  const { next, sound } = dropUnavailable(cluster, spec, old, spare);
  return sound ? shrinkAvailable(next, spec, totalAvailable([...old, fresh]) - least) : next;
}

/** Not sound: a ReplicaSet's own controller has not caught up with a shrink, and Kubernetes gives up until it has. */
function dropUnavailable(
  cluster: Cluster,
  spec: DeploymentSpec,
  old: readonly ReplicaSet[],
  most: number,
): { readonly next: Cluster; readonly sound: boolean } {
  let next = cluster;
  let dropped = 0;
  for (const set of old) {
    if (dropped >= most) break;
    const gone = Math.min(most - dropped, set.replicas - set.status.availableReplicas);
    if (gone < 0) return { next, sound: false };
    next = scaleSet(next, set, set.replicas - gone, spec);
    dropped += gone;
  }
  return { next, sound: true };
}

function shrinkAvailable(cluster: Cluster, spec: DeploymentSpec, most: number): Cluster {
  let next = cluster;
  let left = most;
  for (const set of active(oldSets(cluster))) {
    if (left <= 0) break;
    const gone = Math.min(set.replicas, left);
    next = scaleSet(next, set, set.replicas - gone, spec);
    left -= gone;
  }
  return next;
}
