import type { ApiClient, KubeList, KubeObject } from "./api-client.ts";
import { eventually } from "./eventually.ts";

type Node = KubeObject & { status?: { conditions?: { type: string; status: string }[] } };

/** Creates `count` nodes that kwok plays. */
export async function createNodes(client: ApiClient, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => index);
  await Promise.all(numbers.map((number) => client.create("/api/v1/nodes", node(number))));
}

/** Waits until that many nodes are Ready. */
export async function nodesReady(client: ApiClient, count: number): Promise<void> {
  await eventually(`${count} nodes are Ready`, async () => {
    const { items } = await client.get<KubeList<Node>>("/api/v1/nodes");
    return items.filter(isReady).length >= count;
  });
}

function isReady(node: Node): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

function node(number: number): KubeObject {
  const name = `node-${number}`;
  const labels = {
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    "topology.kubernetes.io/zone": `zone-${"abc"[number % 3]}`,
    type: "kwok",
  };
  const metadata = { name, labels, annotations: { "kwok.x-k8s.io/node": "fake" } };
  return { apiVersion: "v1", kind: "Node", metadata };
}
