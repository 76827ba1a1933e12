import type { ApiClient, KubeList, KubeObject } from "../control-plane/api-client.ts";

/** A Deployment, as far as tests look at it. */
export type SlotDeployment = KubeObject & {
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly readyReplicas?: number };
};

type Pod = KubeObject & { status?: { conditions?: { type: string; status: string }[] } };

/** The slots of one rollout, as somebody with kubectl sees and treats them. */
export type Slots = {
  /** The Deployment of a slot; undefined when there is none. */
  deployment(slot: "a" | "b"): Promise<SlotDeployment | undefined>;
  /** Deletes a Deployment, and its pods with it. */
  deleteDeployment(slot: "a" | "b"): Promise<void>;
  /** Names of the pods that are not being deleted. */
  pods(slot: "a" | "b"): Promise<readonly string[]>;
  /** Makes every pod that the slot has now lose, or regain, its readiness. */
  setReady(slot: "a" | "b", ready: boolean): Promise<void>;
};

/** The slots of the rollout `name`. */
export function slotsOf(client: ApiClient, namespace: string, name: string): Slots {
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const podsPath = `/api/v1/namespaces/${namespace}/pods`;
  const list = async (slot: "a" | "b"): Promise<readonly Pod[]> => {
    const selector = encodeURIComponent(`app=${name},modelrollout.dev/slot=${slot}`);
    const { items } = await client.get<KubeList<Pod>>(`${podsPath}?labelSelector=${selector}`);
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  };
  return {
    deployment: async (slot) => {
      const { items } = await client.get<KubeList<SlotDeployment>>(deployments);
      return items.find(({ metadata }) => metadata.name === `${name}-${slot}`);
    },
    deleteDeployment: async (slot) => {
      await client.delete(`${deployments}/${name}-${slot}?propagationPolicy=Background`);
    },
    pods: async (slot) => (await list(slot)).map(({ metadata }) => metadata.name),
    setReady: async (slot, ready) => {
      const annotations = { "modelrollout.dev/test-unready": ready ? null : "true" };
      for (const { metadata } of await list(slot)) {
        await client.patch(`${podsPath}/${metadata.name}`, "merge", { metadata: { annotations } });
      }
    },
  };
}
