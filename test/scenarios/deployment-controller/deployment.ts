import type { Cluster, Deployment, DeploymentSpec, DeploymentStatus, ReplicaSet } from "./cluster.ts";
import { maxSurge } from "./limits.ts";
import { active, byAge, changeSet, newSet, oldSets, total, totalAvailable } from "./replica-sets.ts";
import { newReplicas, roll } from "./rolling.ts";
import { isScaled, scale, scaleSet } from "./scaling.ts";

/**
 * One sync of Kubernetes' Deployment controller (pkg/controller/deployment, 1.36): it writes ReplicaSets, never pods, and
 * knows of pods what the ReplicaSets' status says. Left out: conditions, adoption of orphans, hash collisions.
 */
export function syncDeployment(cluster: Cluster, now: number): Cluster {
  const { deployment } = cluster;
  if (!deployment) return cluster;
  const { spec } = deployment;
  const known = marked(cluster, spec);
  if (spec.paused) return withStatus(cleaned(scale(known, spec), spec));
  // It writes the same ReplicaSet twice over one read of it: the second write fails, and the sync begins anew later.
  if (known !== cluster) return known;
  return withStatus(isScaled(known) ? scale(known, spec) : rolled(known, deployment, now));
}

function rolled(cluster: Cluster, deployment: Deployment, now: number): Cluster {
  const { spec } = deployment;
  const recreates = spec.strategy.type === "Recreate";
  const next = recreates ? recreate(cluster, deployment, now) : roll(made(cluster, deployment, now), spec);
  const changed = next.sets.some((set, index) => set.replicas !== cluster.sets[index]?.replicas);
  return changed || !isComplete(deployment) ? next : cleaned(next, spec);
}

/** The ReplicaSet of the template takes the Deployment's minReadySeconds and the highest revision; others keep theirs. */
function marked(cluster: Cluster, spec: DeploymentSpec): Cluster {
  const fresh = newSet(cluster);
  if (!fresh) return cluster;
  const revision = Math.max(fresh.revision, nextRevision(cluster));
  const { minReadySeconds } = spec;
  if (revision === fresh.revision && minReadySeconds === fresh.minReadySeconds) return cluster;
  return changeSet(cluster, fresh.name, { revision, minReadySeconds });
}

const nextRevision = (cluster: Cluster): number =>
  1 + oldSets(cluster).reduce((most, { revision }) => Math.max(most, revision), 0);

/** With a ReplicaSet for the template, at the size it may have at once. */
function made(cluster: Cluster, { name, spec }: Deployment, now: number): Cluster {
  if (newSet(cluster)) return cluster;
  const set: ReplicaSet = {
    name: `${name}-${spec.template}`,
    template: spec.template,
    createdAt: now,
    replicas: newReplicas(spec, total(cluster.sets), 0),
    minReadySeconds: spec.minReadySeconds,
    revision: nextRevision(cluster),
    desired: spec.replicas,
    max: spec.replicas + maxSurge(spec),
    generation: 1,
    status: { observedGeneration: 0, replicas: 0, readyReplicas: 0, availableReplicas: 0 },
  };
  return { ...cluster, sets: [...cluster.sets, set] };
}

/** All old pods go, terminating ones are waited for, then all new ones are made. */
function recreate(cluster: Cluster, deployment: Deployment, now: number): Cluster {
  const { spec } = deployment;
  const old = active(oldSets(cluster));
  if (old.length > 0) return old.reduce((next, set) => scaleSet(next, set, 0, spec), cluster);
  const fresh = newSet(cluster);
  const counted = oldSets(cluster).some(({ status }) => status.replicas > 0);
  if (counted || cluster.pods.some(({ set }) => set !== fresh?.name)) return cluster;
  const next = made(cluster, deployment, now);
  const set = newSet(next);
  return set ? scaleSet(next, set, spec.replicas, spec) : next;
}

/** Judged by the status of the sync before. */
function isComplete({ spec, status, generation }: Deployment): boolean {
  const { updatedReplicas, replicas, availableReplicas } = status;
  const all = [updatedReplicas, replicas, availableReplicas].every((count) => count === spec.replicas);
  return all && status.observedGeneration >= generation;
}

/** Empty old ReplicaSets beyond revisionHistoryLimit go, lowest revision first. */
function cleaned(cluster: Cluster, { revisionHistoryLimit }: DeploymentSpec): Cluster {
  const old = [...oldSets(cluster)].sort(
    (left, right) => left.revision - right.revision || byAge(left, right),
  );
  const spare = old
    .slice(0, Math.max(0, old.length - revisionHistoryLimit))
    .filter(
      ({ replicas, status, generation }) =>
        replicas === 0 && status.replicas === 0 && status.observedGeneration >= generation,
    );
  return { ...cluster, sets: cluster.sets.filter((set) => !spare.includes(set)) };
}

function withStatus(cluster: Cluster): Cluster {
  const { deployment, sets } = cluster;
  if (!deployment) return cluster;
  const sum = (count: "replicas" | "readyReplicas") =>
    sets.reduce((all, { status }) => all + status[count], 0);
  const status: DeploymentStatus = {
    observedGeneration: deployment.generation,
    replicas: sum("replicas"),
    updatedReplicas: newSet(cluster)?.status.replicas ?? 0,
    readyReplicas: sum("readyReplicas"),
    availableReplicas: totalAvailable(sets),
  };
  return { ...cluster, deployment: { ...deployment, status } };
}
