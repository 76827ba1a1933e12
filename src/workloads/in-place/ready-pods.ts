import type { KubeApi } from "../../runtime/kube-api.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { resourcePath } from "../../runtime/resource-path.ts";
import type { InPlaceDeployment } from "./objects.ts";

interface PodObject extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}

/**
 * Pods by ReplicaSet (UID) that have been Ready for as long as the user's own minReadySeconds asks. Kubernetes' own
 * count is of no use meanwhile: under the brake no new pod is ever available. Asked for only in a release of a
 * Deployment that sets minReadySeconds.
 */
export async function readyLongEnough(
  api: KubeApi,
  { metadata, spec }: InPlaceDeployment,
  seconds: number,
  now: number,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, number>> {
  const namespace = metadata.namespace ?? "";
  const path = resourcePath({ group: "", version: "v1", plural: "pods", namespace });
  const labelSelector = Object.entries(spec.selector.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const { items } = await api.list<PodObject>(path, { labelSelector, ...(signal ? { signal } : {}) });
  const ready = new Map<string, number>();
  for (const pod of items.filter((each) => now - readySince(each) >= seconds * 1000)) {
    for (const { kind, uid } of pod.metadata.ownerReferences ?? []) {
      if (kind === "ReplicaSet") ready.set(uid, (ready.get(uid) ?? 0) + 1);
    }
  }
  return ready;
}

/** Infinity for a pod that is not Ready, or on its way out. */
function readySince({ metadata, status }: PodObject): number {
  const ready = status?.conditions?.find((condition) => condition.type === "Ready");
  if (ready?.status !== "True" || metadata.deletionTimestamp !== undefined) return Infinity;
  return Date.parse(ready.lastTransitionTime ?? "");
}
