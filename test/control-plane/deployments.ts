import { type ApiClient, ApiError, type KubeList, type KubeObject } from "./api-client.ts";

/** A pod as these tests read it. */
export type Pod = KubeObject & {
  spec: { nodeName?: string };
  status?: {
    phase?: string;
    podIP?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { restartCount: number; state?: { waiting?: { reason?: string } } }[];
  };
};

/** A plain Deployment `name` whose pods carry `app: NAME` and the given annotations. */
export function deployment(name: string, replicas: number, annotations: Record<string, string> = {}): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations },
        spec: { containers: [{ name: "server", image: "registry.example/model:v1" }] },
      },
    },
  };
}

/** The pods with `app: NAME`. */
export async function podsOf(client: ApiClient, namespace: string, name: string): Promise<readonly Pod[]> {
  const selector = encodeURIComponent(`app=${name}`);
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`;
  return (await client.get<KubeList<Pod>>(path)).items;
}

/** Whether the pod's condition Ready is True. */
export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** Whether an object of that path is gone. */
export async function isGone(client: ApiClient, path: string): Promise<boolean> {
  try {
    await client.get(path);
    return false;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return true;
    throw error;
  }
}
