/**
 * One Deployment with its ReplicaSets and pods, as plain data: every function of this folder takes such a value and
 * returns the next one. Instants are milliseconds of whatever clock the caller keeps; nothing here reads one.
 */
export interface Cluster {
  readonly deployment?: Deployment;
  readonly sets: readonly ReplicaSet[];
  readonly pods: readonly Pod[];
  /** Counts the pods ever made, for their names. */
  readonly made: number;
}

/** Kubernetes' IntOrString: pods, or a percentage of the replicas. */
export type PodCount = number | string;

export interface Strategy {
  readonly type: string;
  readonly maxUnavailable: PodCount;
  readonly maxSurge: PodCount;
}

/** The parts of a Deployment that its controller reads. A template is whatever tells it from others. */
export interface DeploymentSpec {
  readonly template: string;
  readonly replicas: number;
  readonly paused: boolean;
  readonly strategy: Strategy;
  readonly minReadySeconds: number;
  /** Decides about conditions only, which are not modelled: no pod is made or taken because of it. */
  readonly progressDeadlineSeconds: number;
  readonly revisionHistoryLimit: number;
}

export interface Deployment {
  readonly name: string;
  readonly spec: DeploymentSpec;
  /** Counts changes of the spec. */
  readonly generation: number;
  readonly status: DeploymentStatus;
}

export interface DeploymentStatus {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

export interface ReplicaSet {
  readonly name: string;
  readonly template: string;
  /** Milliseconds; Kubernetes compares whole seconds, and names where they are equal. */
  readonly createdAt: number;
  readonly replicas: number;
  readonly minReadySeconds: number;
  /** Annotation deployment.kubernetes.io/revision. */
  readonly revision: number;
  /** Annotation deployment.kubernetes.io/desired-replicas; tells a scale from a roll. */
  readonly desired?: number;
  /** Annotation deployment.kubernetes.io/max-replicas; the base of proportional scaling. */
  readonly max?: number;
  readonly generation: number;
  readonly status: ReplicaSetStatus;
}

export interface ReplicaSetStatus {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

export interface Pod {
  readonly name: string;
  /** Name of its ReplicaSet. */
  readonly set: string;
  readonly template: string;
  readonly createdAt: number;
  /** Since when it is Ready; absent: it is not. */
  readonly readySince?: number;
  /** Since when it terminates: it counts no more, and is gone when the caller says so. */
  readonly terminatingSince?: number;
}

/** The defaults of the API server. */
export const defaultSpec: Omit<DeploymentSpec, "template"> = {
  replicas: 1,
  paused: false,
  strategy: { type: "RollingUpdate", maxUnavailable: "25%", maxSurge: "25%" },
  minReadySeconds: 0,
  progressDeadlineSeconds: 600,
  revisionHistoryLimit: 10,
};

/** A Deployment that was just created: no ReplicaSet, no pod. */
export function createDeployment(
  name: string,
  spec: Partial<DeploymentSpec> & Pick<DeploymentSpec, "template">,
): Cluster {
  const status = {
    observedGeneration: 0,
    replicas: 0,
    updatedReplicas: 0,
    readyReplicas: 0,
    availableReplicas: 0,
  };
  const deployment = { name, spec: { ...defaultSpec, ...spec }, generation: 1, status };
  return { deployment, sets: [], pods: [], made: 0 };
}

/** A write of the spec by anybody; one that changes nothing leaves the generation alone. */
export function editDeployment(cluster: Cluster, change: Partial<DeploymentSpec>): Cluster {
  const { deployment } = cluster;
  if (!deployment) throw new Error("there is no Deployment to edit");
  const spec = { ...deployment.spec, ...change };
  if (sameSpec(spec, deployment.spec)) return cluster;
  return { ...cluster, deployment: { ...deployment, spec, generation: deployment.generation + 1 } };
}

function sameSpec(left: DeploymentSpec, right: DeploymentSpec): boolean {
  const { strategy: one, ...leftRest } = left;
  const { strategy: other, ...rightRest } = right;
  const keys = Object.keys(leftRest) as (keyof typeof leftRest)[];
  const sameStrategy =
    one.type === other.type && one.maxSurge === other.maxSurge && one.maxUnavailable === other.maxUnavailable;
  return sameStrategy && keys.every((key) => leftRest[key] === rightRest[key]);
}

/** The Deployment is deleted; the garbage collector takes its ReplicaSets, and the pods begin to terminate. */
export function deleteDeployment({ pods, made }: Cluster, now: number): Cluster {
  return { sets: [], pods: pods.map((pod) => terminated(pod, now)), made };
}

/** A ReplicaSet is deleted, with its pods. */
export function deleteReplicaSet(cluster: Cluster, name: string, now: number): Cluster {
  return {
    ...cluster,
    sets: cluster.sets.filter((set) => set.name !== name),
    pods: cluster.pods.map((pod) => (pod.set === name ? terminated(pod, now) : pod)),
  };
}

/** A pod gets Ready, or stops being it. */
export function setReady(cluster: Cluster, name: string, ready: boolean, now: number): Cluster {
  return changePod(cluster, name, ({ readySince, ...pod }) => {
    if (!ready) return pod;
    return { ...pod, readySince: readySince ?? now };
  });
}

/** A pod begins to terminate: somebody deleted or evicted it, or its node is gone. */
export function deletePod(cluster: Cluster, name: string, now: number): Cluster {
  return changePod(cluster, name, (pod) => terminated(pod, now));
}

/** A pod that terminates is gone for good. */
export function removePod(cluster: Cluster, name: string): Cluster {
  return { ...cluster, pods: cluster.pods.filter((pod) => pod.name !== name) };
}

/** Ready pods of a template, or of any. */
export function readyPods({ pods }: Cluster, template?: string): readonly Pod[] {
  return pods.filter(
    (pod) => isActive(pod) && pod.readySince !== undefined && (template ?? pod.template) === pod.template,
  );
}

export const isActive = ({ terminatingSince }: Pod): boolean => terminatingSince === undefined;

function terminated({ readySince: _ready, ...pod }: Pod, now: number): Pod {
  return { ...pod, terminatingSince: pod.terminatingSince ?? now };
}

function changePod(cluster: Cluster, name: string, change: (pod: Pod) => Pod): Cluster {
  return { ...cluster, pods: cluster.pods.map((pod) => (pod.name === name ? change(pod) : pod)) };
}
