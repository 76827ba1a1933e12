import { expect, test } from "vitest";
import type { KubeList } from "./api-client.ts";
import { deployment, isGone, isReady, podsOf } from "./deployments.ts";
import { eventually, useControlPlane } from "./shared.ts";

const cluster = useControlPlane();
const pods = (name: string): ReturnType<typeof podsOf> => podsOf(cluster.client, cluster.namespace, name);
const ready = async (name: string): Promise<number> => (await pods(name)).filter(isReady).length;

async function annotate(pod: string, key: string, value: string | null): Promise<void> {
  const path = `/api/v1/namespaces/${cluster.namespace}/pods/${pod}`;
  const annotations = { [`modelrollout.dev/${key}`]: value };
  await cluster.client.patch(path, "merge", { metadata: { annotations } });
}

test("a Deployment gets its Ready pods, each with an address of its own, behind its Service", async () => {
  const { namespace, client } = cluster;
  await cluster.apply(deployment("plain", 3));
  const service = { apiVersion: "v1", kind: "Service", metadata: { name: "plain" } };
  await cluster.apply({
    ...service,
    spec: { selector: { app: "plain" }, ports: [{ port: 80, targetPort: 8080 }] },
  });
  await eventually("three pods are Ready", async () => (await ready("plain")) === 3);
  const addresses = (await pods("plain")).map((pod) => pod.status?.podIP);
  expect(new Set(addresses).size).toBe(3);
  expect(new Set((await pods("plain")).map((pod) => pod.spec.nodeName)).size).toBeGreaterThan(1);

  type Slice = { metadata: { name: string }; endpoints?: { addresses: string[] }[] };
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  await eventually("the Service has three endpoints", async () => {
    const { items } = await client.get<KubeList<Slice>>(path);
    const found = items.flatMap((slice) => slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses);
    return found.length === 3 && found.every((address) => addresses.includes(address));
  });
});

test("test-ready-delay holds a pod back for that long, test-never-ready for good", async () => {
  await cluster.apply(deployment("stuck", 1, { "modelrollout.dev/test-never-ready": "true" }));
  await eventually("the stuck pod runs", async () => (await pods("stuck"))[0]?.status?.phase === "Running");
  const start = performance.now();
  await cluster.apply(deployment("slow", 2, { "modelrollout.dev/test-ready-delay": "2s" }));
  await eventually("the slow pods run", async () =>
    (await pods("slow")).some((pod) => pod.status?.phase === "Running" && !isReady(pod)),
  );
  await eventually("the slow pods are Ready", async () => (await ready("slow")) === 2);
  expect(performance.now() - start).toBeGreaterThan(2_000);
  expect(performance.now() - start).toBeLessThan(8_000);
  expect(await ready("stuck")).toBe(0);
});

test("test-unready takes a Ready pod out at once, and its removal lets it back", async () => {
  await cluster.apply(deployment("moody", 2));
  await eventually("both are Ready", async () => (await ready("moody")) === 2);
  const name = (await pods("moody"))[0]?.metadata.name ?? "";
  const start = performance.now();
  await annotate(name, "test-unready", "true");
  await eventually("one is Ready", async () => (await ready("moody")) === 1);
  expect(performance.now() - start).toBeLessThan(2_000);
  expect((await pods("moody")).find(isReady)?.metadata.name).not.toBe(name);
  await annotate(name, "test-unready", null);
  await eventually("both are Ready again", async () => (await ready("moody")) === 2);
});

test("test-crash makes a pod restart again and again, never Ready", async () => {
  await cluster.apply(deployment("broken", 1, { "modelrollout.dev/test-crash": "true" }));
  const container = async () => (await pods("broken"))[0]?.status?.containerStatuses?.[0];
  await eventually("it has restarted twice", async () => ((await container())?.restartCount ?? 0) >= 2);
  expect((await container())?.state?.waiting?.reason).toBe("CrashLoopBackOff");
  expect(await ready("broken")).toBe(0);
});

test("a Ready pod can start to crash, and recover", async () => {
  await cluster.apply(deployment("fragile", 1));
  await eventually("it is Ready", async () => (await ready("fragile")) === 1);
  const name = (await pods("fragile"))[0]?.metadata.name ?? "";
  await annotate(name, "test-crash", "true");
  await eventually("it is not Ready", async () => (await ready("fragile")) === 0);
  await annotate(name, "test-crash", null);
  await eventually("it is Ready again", async () => (await ready("fragile")) === 1);
});

test("a deleted pod stays for test-shutdown-delay and then goes", async () => {
  await cluster.apply(deployment("leaving", 1, { "modelrollout.dev/test-shutdown-delay": "1500ms" }));
  await eventually("it is Ready", async () => (await ready("leaving")) === 1);
  const name = (await pods("leaving"))[0]?.metadata.name ?? "";
  const path = `/api/v1/namespaces/${cluster.namespace}/pods/${name}`;
  await cluster.client.delete(path);
  const start = performance.now();
  expect(await isGone(cluster.client, path)).toBe(false);
  await eventually("it is gone", () => isGone(cluster.client, path));
  expect(performance.now() - start).toBeGreaterThan(1_300);
});
