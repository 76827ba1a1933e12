import type { KubeObject } from "../../../src/runtime/kube-object.ts";
import type { PodObject } from "../../../src/workloads/slots/objects.ts";

/** How the pods of one image behave. All in milliseconds. */
export interface Behaviour {
  /** From creation to Ready, drawn by the kubelet for each pod. */
  startMs: () => number;
  /** From the deletion to being gone. */
  stopMs: () => number;
  /** They never get Ready. */
  crashes: boolean;
  /** From Ready to a crash after which they stay down; absent: they live on. */
  livesMs?: () => number;
}

export interface PodPlan {
  readonly name: string;
  readonly owner: KubeObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly ip: string;
  readonly node: string;
  /** Wall time in milliseconds. */
  readonly now: number;
}

/** A pod as it is created: scheduled, with an address, loading its model. */
export function newPod({
  name,
  owner,
  labels,
  ip,
  node,
  now,
}: PodPlan): PodObject & { readonly spec: unknown } {
  const { namespace = "default", uid = "", name: ownerName = "" } = owner.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels,
      ownerReferences: [
        {
          apiVersion: owner.apiVersion ?? "",
          kind: owner.kind ?? "",
          name: ownerName,
          uid,
          controller: true,
        },
      ],
    },
    spec: { nodeName: node },
    status: {
      phase: "Running",
      podIP: ip,
      podIPs: [{ ip }],
      conditions: readiness(false, now),
    },
  };
}

function readiness(ready: boolean, now: number) {
  const lastTransitionTime = new Date(now).toISOString();
  return [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime }];
}

/** Since when a pod is Ready, wall time in milliseconds; undefined for one that is not. */
export function readySince({ status }: PodObject): number | undefined {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status !== "True") return undefined;
  return Date.parse((ready as { lastTransitionTime?: string }).lastTransitionTime ?? "");
}

/** `now`: wall time in milliseconds. */
export function withReady(pod: PodObject, ready: boolean, now: number): PodObject {
  if ((readySince(pod) !== undefined) === ready) return pod;
  const { containerStatuses: _crashed, ...status } = pod.status ?? {};
  return { ...pod, status: { ...status, conditions: readiness(ready, now) } };
}

/** Restarting over and over. */
export function crashing(pod: PodObject): PodObject {
  const waiting = { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container" };
  return {
    ...pod,
    status: {
      ...pod.status,
      conditions: [{ type: "Ready", status: "False" }],
      containerStatuses: [{ name: "server", state: { waiting } }],
    },
  };
}

/** Killed by its node: it lies about as Failed, and its controller makes another one. */
export function evicted(pod: PodObject): PodObject {
  return {
    ...pod,
    status: { ...pod.status, phase: "Failed", conditions: [{ type: "Ready", status: "False" }] },
  };
}
