import { revisionName } from "../../../src/api/revision.ts";
import type { PodTemplate } from "../../../src/api/types.ts";
import type { KubeObject } from "../../../src/runtime/kube-object.ts";
import type { InPlaceDeployment } from "../../../src/workloads/in-place/objects.ts";
import type { PodObject } from "../../../src/workloads/slots/objects.ts";
import { isAlive } from "../../../src/workloads/slots/pods.ts";
import type {
  Cluster,
  Deployment,
  DeploymentSpec,
  Pod,
  ReplicaSet,
} from "../../scenarios/deployment-controller/cluster.ts";
import { seconds } from "../kube/server.ts";
import { readySince } from "./pods.ts";

/** A ReplicaSet as the API server has it. */
export interface PodSet extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly minReadySeconds: number;
    readonly selector: unknown;
    readonly template: PodTemplate;
  };
  readonly status?: ReplicaSet["status"];
}

const HASH = "pod-template-hash";
const DESIRED = "deployment.kubernetes.io/desired-replicas";
const MAX = "deployment.kubernetes.io/max-replicas";
const REVISION = "deployment.kubernetes.io/revision";

const hashes = new WeakMap<object, string>();

/** What tells a template from others. */
export function hashOf(template: PodTemplate): string {
  const known = hashes.get(template) ?? revisionName({ template });
  hashes.set(template, known);
  return known;
}

export function hashOfSet({ metadata }: KubeObject): string {
  return metadata.labels?.[HASH] ?? "";
}

/** The spec in the words of the model of the Deployment controller. */
export function specOf({ spec }: InPlaceDeployment): DeploymentSpec {
  const { type = "RollingUpdate", rollingUpdate = {} } = spec.strategy ?? {};
  return {
    template: hashOf(spec.template),
    replicas: spec.replicas ?? 1,
    paused: spec.paused === true,
    strategy: {
      type,
      maxSurge: rollingUpdate.maxSurge ?? "25%",
      maxUnavailable: rollingUpdate.maxUnavailable ?? "25%",
    },
    minReadySeconds: spec.minReadySeconds ?? 0,
    progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
    revisionHistoryLimit: (spec["revisionHistoryLimit"] as number | undefined) ?? 10,
  };
}

const unseen = { replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 };

/** One Deployment with all that is its own, as the model takes it. Instants are of the wall. */
export function clusterOf(
  deployment: InPlaceDeployment | undefined,
  sets: readonly PodSet[],
  pods: readonly PodObject[],
  made: number,
): Cluster {
  return {
    ...(deployment ? { deployment: modelOf(deployment) } : {}),
    sets: sets.map(setOf),
    pods: pods.filter(isAlive).flatMap((pod) => podOf(pod, sets)),
    made,
  };
}

function modelOf(object: InPlaceDeployment): Deployment {
  const { name = "", generation = 1 } = object.metadata;
  const status = { observedGeneration: 0, ...unseen, ...object.status };
  return { name, spec: specOf(object), generation, status };
}

function setOf(object: PodSet): ReplicaSet {
  const { name = "", generation = 1, creationTimestamp = "", annotations = {} } = object.metadata;
  const count = (key: string) => Number.parseInt(annotations[key] ?? "", 10);
  const [desired, max] = [count(DESIRED), count(MAX)];
  const empty = { observedGeneration: 0, replicas: 0, readyReplicas: 0, availableReplicas: 0 };
  return {
    name,
    template: hashOfSet(object),
    createdAt: Date.parse(creationTimestamp),
    replicas: object.spec.replicas,
    minReadySeconds: object.spec.minReadySeconds,
    revision: count(REVISION),
    ...(Number.isNaN(desired) ? {} : { desired }),
    ...(Number.isNaN(max) ? {} : { max }),
    generation,
    status: object.status ?? empty,
  };
}

function podOf(pod: PodObject, sets: readonly PodSet[]): readonly Pod[] {
  const { name = "", ownerReferences, creationTimestamp = "", deletionTimestamp } = pod.metadata;
  const set = sets.find(({ metadata }) => metadata.uid === ownerReferences?.[0]?.uid);
  if (!set) return [];
  const ready = deletionTimestamp === undefined ? readySince(pod) : undefined;
  return [
    {
      name,
      set: set.metadata.name ?? "",
      template: hashOfSet(set),
      createdAt: Date.parse(creationTimestamp),
      ...(ready === undefined ? {} : { readySince: ready }),
      ...(deletionTimestamp === undefined ? {} : { terminatingSince: Date.parse(deletionTimestamp) }),
    },
  ];
}

/** A ReplicaSet as the Deployment controller makes or writes it. */
export function setObject(
  { spec, metadata: owner }: InPlaceDeployment,
  set: ReplicaSet,
  before: PodSet | undefined,
  uid: string,
): PodSet {
  const { template } = before?.spec ?? spec;
  const labels = { ...template.metadata?.labels, [HASH]: set.template };
  const { replicas, minReadySeconds, generation, status } = set;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: set.name,
      ...(owner.namespace === undefined ? {} : { namespace: owner.namespace }),
      uid: before?.metadata.uid ?? uid,
      generation,
      creationTimestamp: before?.metadata.creationTimestamp ?? seconds(set.createdAt),
      labels,
      annotations: {
        [REVISION]: String(set.revision),
        ...(set.desired === undefined ? {} : { [DESIRED]: String(set.desired) }),
        ...(set.max === undefined ? {} : { [MAX]: String(set.max) }),
      },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          name: owner.name ?? "",
          uid: owner.uid ?? "",
          controller: true,
        },
      ],
    },
    spec: {
      replicas,
      minReadySeconds,
      selector: { matchLabels: labels },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
    status,
  };
}

/** The template of a ReplicaSet's Deployment: without the label that tells ReplicaSets apart. */
export function templateOf({ spec: { template } }: PodSet): PodTemplate {
  const { [HASH]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** `kubectl rollout undo` goes by it. */
export function revisionNumber({ metadata }: PodSet): number {
  return Number.parseInt(metadata.annotations?.[REVISION] ?? "0", 10);
}
