import { isDeepStrictEqual } from "node:util";
import type { Cluster, DeploymentStatus, ReplicaSet } from "../../scenarios/deployment-controller/cluster.ts";
import { syncDeployment } from "../../scenarios/deployment-controller/deployment.ts";
import { isScaled } from "../../scenarios/deployment-controller/scaling.ts";
import { desiredKey, type ModelDeployment, type ModelSet, maxKey, revisionKey } from "./objects.ts";

/** What the controller may do: its writes of ReplicaSets and of the Deployment's status. */
export interface Hands {
  create(
    deployment: ModelDeployment,
    annotations: ModelSet["metadata"]["annotations"],
    replicas: number,
  ): void;
  /** `scaling`: replicas were changed, and this is this set's part of it. */
  update(set: ModelSet, scaling: boolean): void;
  remove(set: ModelSet): void;
  status(status: DeploymentStatus): void;
}

const nothing: DeploymentStatus = {
  observedGeneration: 0,
  replicas: 0,
  updatedReplicas: 0,
  readyReplicas: 0,
  availableReplicas: 0,
};

/**
 * One sync of the Deployment controller over objects as the API server has them: what the model of
 * test/scenarios/deployment-controller (which is held against the real one) makes of them.
 */
export function syncObjects(deployment: ModelDeployment, sets: readonly ModelSet[], hands: Hands): void {
  const before = inModel(deployment, sets);
  const after = syncDeployment(before, 0);
  const scaling = deployment.spec.paused === true || isScaled(before);
  for (const set of sets) {
    const next = after.sets.find(({ name }) => name === set.metadata.uid);
    if (!next) hands.remove(set);
    else if (!isDeepStrictEqual(next, asModelled(set))) hands.update(withSizes(set, next), scaling);
  }
  const known = new Set(before.sets.map(({ name }) => name));
  for (const made of after.sets.filter(({ name }) => !known.has(name)))
    hands.create(deployment, annotationsOf(made), made.replicas);
  if (after.deployment) hands.status(after.deployment.status);
}

function inModel({ metadata, spec, status }: ModelDeployment, sets: readonly ModelSet[]): Cluster {
  const { type = "RollingUpdate", rollingUpdate = {} } = spec.strategy ?? {};
  const { maxSurge = "25%", maxUnavailable = "25%" } = rollingUpdate;
  return {
    deployment: {
      name: metadata.name ?? "",
      generation: metadata.generation ?? 0,
      spec: {
        template: JSON.stringify(spec.template),
        replicas: spec.replicas ?? 1,
        paused: spec.paused === true,
        strategy: { type, maxSurge, maxUnavailable },
        minReadySeconds: spec.minReadySeconds ?? 0,
        progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
        revisionHistoryLimit: 10,
      },
      status: { ...nothing, ...status },
    },
    sets: sets.map(asModelled),
    pods: [],
    made: 0,
  };
}

function asModelled({ metadata, spec, status }: ModelSet): ReplicaSet {
  const { annotations } = metadata;
  const counted = (key: string): number | undefined =>
    annotations[key] === undefined ? undefined : Number(annotations[key]);
  const [desired, max] = [counted(desiredKey), counted(maxKey)];
  return {
    name: metadata.uid,
    template: JSON.stringify(spec.template),
    // Kubernetes compares whole seconds.
    createdAt: metadata.creation * 1_000,
    replicas: spec.replicas,
    minReadySeconds: spec.minReadySeconds,
    revision: counted(revisionKey) ?? 0,
    ...(desired === undefined ? {} : { desired }),
    ...(max === undefined ? {} : { max }),
    generation: 0,
    status: { observedGeneration: 0, ...status },
  };
}

function annotationsOf({ desired, max, revision }: ReplicaSet): ModelSet["metadata"]["annotations"] {
  return {
    [revisionKey]: String(revision),
    ...(desired === undefined ? {} : { [desiredKey]: String(desired) }),
    ...(max === undefined ? {} : { [maxKey]: String(max) }),
  };
}

function withSizes(set: ModelSet, next: ReplicaSet): ModelSet {
  const { replicas, minReadySeconds } = next;
  return {
    ...set,
    metadata: { ...set.metadata, annotations: annotationsOf(next) },
    spec: { ...set.spec, replicas, minReadySeconds },
  };
}
