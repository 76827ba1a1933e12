import { type Cluster, isActive, type Pod, type ReplicaSet } from "./cluster.ts";

/**
 * One sync of Kubernetes' ReplicaSet controller (pkg/controller/replicaset, 1.36): it makes and takes pods, and counts
 * those that it found before. Left out: bursts, adoption of orphans.
 */
export function syncReplicaSet(cluster: Cluster, name: string, now: number): Cluster {
  const set = cluster.sets.find((each) => each.name === name);
  if (!set) return cluster;
  const found = cluster.pods.filter((pod) => pod.set === name && isActive(pod));
  const missing = set.replicas - found.length;
  const next = missing < 0 ? taken(cluster, found, -missing, now) : started(cluster, set, missing, now);
  const counted = { ...set, status: statusOf(set, found, now) };
  return { ...next, sets: next.sets.map((each) => (each.name === name ? counted : each)) };
}

function started(cluster: Cluster, { name, template }: ReplicaSet, count: number, now: number): Cluster {
  const pods = Array.from({ length: count }, (_, index) => ({
    name: `${name}-${cluster.made + index + 1}`,
    set: name,
    template,
    createdAt: now,
  }));
  return { ...cluster, pods: [...cluster.pods, ...pods], made: cluster.made + count };
}

/** Pods that are not Ready go first, then those that have been Ready for the shortest time, then the youngest. */
function taken(cluster: Cluster, found: readonly Pod[], count: number, now: number): Cluster {
  const readySince = (pod: Pod) => pod.readySince ?? Infinity;
  const order = [...found]
    .reverse()
    .sort((left, right) => compare(readySince(right), readySince(left)) || right.createdAt - left.createdAt);
  const doomed = new Set(order.slice(0, count).map(({ name }) => name));
  const pods = cluster.pods.map((pod) => {
    if (!doomed.has(pod.name)) return pod;
    const { readySince: _ready, ...rest } = pod;
    return { ...rest, terminatingSince: now };
  });
  return { ...cluster, pods };
}

const compare = (left: number, right: number): number => (left < right ? -1 : Number(left > right));

function statusOf(set: ReplicaSet, found: readonly Pod[], now: number): ReplicaSet["status"] {
  return {
    observedGeneration: set.generation,
    replicas: found.length,
    readyReplicas: found.filter(({ readySince }) => readySince !== undefined).length,
    availableReplicas: found.filter((pod) => availableAt(set, pod) <= now).length,
  };
}

/** When a pod counts as available; Infinity for one that is not Ready. */
function availableAt({ minReadySeconds }: ReplicaSet, { readySince }: Pod): number {
  return (readySince ?? Infinity) + minReadySeconds * 1000;
}

/** The next instant at which a Ready pod becomes available, if any. */
export function nextAvailability({ sets, pods }: Cluster, now: number): number | undefined {
  const times = pods.filter(isActive).flatMap((pod) => {
    const set = sets.find(({ name }) => name === pod.set);
    const at = set ? availableAt(set, pod) : Infinity;
    return at > now && at < Infinity ? [at] : [];
  });
  return times.length > 0 ? Math.min(...times) : undefined;
}
