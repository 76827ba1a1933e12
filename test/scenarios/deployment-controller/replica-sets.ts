import type { Cluster, ReplicaSet } from "./cluster.ts";

/** Of the Deployment's template; where there are several, the oldest. */
export function newSet({ deployment, sets }: Cluster): ReplicaSet | undefined {
  return [...sets].sort(byAge).find(({ template }) => template === deployment?.spec.template);
}

/** All but the new one, oldest first. */
export function oldSets(cluster: Cluster): readonly ReplicaSet[] {
  const fresh = newSet(cluster);
  return [...cluster.sets].sort(byAge).filter(({ name }) => name !== fresh?.name);
}

export const active = (sets: readonly ReplicaSet[]): readonly ReplicaSet[] =>
  sets.filter(({ replicas }) => replicas > 0);

export const total = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, { replicas }) => sum + replicas, 0);

export const totalAvailable = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, { status }) => sum + status.availableReplicas, 0);

/** Creation in whole seconds, as the API server keeps it; then the name. */
export function byAge(left: ReplicaSet, right: ReplicaSet): number {
  const seconds = ({ createdAt }: ReplicaSet) => Math.floor(createdAt / 1000);
  return seconds(left) - seconds(right) || byName(left, right);
}

/** The largest first; of equal ones the oldest. */
export const bySizeOlder = (left: ReplicaSet, right: ReplicaSet): number =>
  right.replicas - left.replicas || byAge(left, right);

/** The largest first; of equal ones the newest. */
export const bySizeNewer = (left: ReplicaSet, right: ReplicaSet): number =>
  right.replicas - left.replicas || byAge(right, left);

const byName = ({ name: left }: ReplicaSet, { name: right }: ReplicaSet): number =>
  left < right ? -1 : Number(left > right);

/** One ReplicaSet changed. Its generation counts what its own controller reads. */
export function changeSet(
  cluster: Cluster,
  name: string,
  change: Partial<Pick<ReplicaSet, "replicas" | "minReadySeconds" | "revision" | "desired" | "max">>,
): Cluster {
  return {
    ...cluster,
    sets: cluster.sets.map((set) => {
      if (set.name !== name) return set;
      const next = { ...set, ...change };
      const differs = next.replicas !== set.replicas || next.minReadySeconds !== set.minReadySeconds;
      return differs ? { ...next, generation: set.generation + 1 } : next;
    }),
  };
}
