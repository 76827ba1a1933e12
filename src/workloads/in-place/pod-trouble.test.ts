import { expect, test } from "vitest";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { KubeError } from "../../runtime/kube-error.ts";
import type { InPlaceDeployment } from "./objects.ts";
import { PodTroubles } from "./pod-trouble.ts";

const deployment: InPlaceDeployment = {
  metadata: { name: "x", namespace: "prod", uid: "u" },
  spec: {
    selector: { matchLabels: { app: "x", tier: "a" } },
    template: { spec: { containers: [{ name: "server", image: "m:v2" }] } },
  },
};

const pod = (name: string, set: string, reason?: string) => ({
  metadata: { name, ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: set, uid: set }] },
  status: {
    conditions: [{ type: "Ready", status: reason === undefined ? "True" : "False" }],
    containerStatuses: [{ name: "server", state: reason === undefined ? {} : { waiting: { reason } } }],
  },
});

function setUp(answer: () => readonly object[]) {
  const asked: unknown[] = [];
  let now = 0;
  const list = async (path: string, options: { labelSelector?: string }) => {
    asked.push([path, options.labelSelector]);
    return { metadata: {}, items: answer() };
  };
  const troubles = new PodTroubles({ list } as unknown as KubeApi, () => now);
  const pass = (ms: number) => (now += ms);
  /** Until an explanation is due. */
  const waitFor = async () => {
    expect(await troubles.of(deployment, ["new"], undefined)).toBeUndefined();
    pass(5_000);
  };
  return { asked, troubles, pass, waitFor };
}

test("what Kubernetes says of the new pods that are not Ready, and of no others", async () => {
  const pods = [pod("a", "old", "ImagePullBackOff"), pod("b", "new", "CrashLoopBackOff"), pod("c", "new")];
  const { troubles, asked, waitFor } = setUp(() => pods);
  await waitFor();
  expect(await troubles.of(deployment, ["new"], undefined)).toBe("pod b: container server: CrashLoopBackOff");
  expect(asked).toEqual([["/api/v1/namespaces/prod/pods", "app=x,tier=a"]]);
});

test("pods that are waited for no longer than five seconds are not asked about", async () => {
  const { troubles, asked, pass } = setUp(() => [pod("b", "new", "ImagePullBackOff")]);
  await troubles.of(deployment, ["new"], undefined);
  pass(4_999);
  expect(await troubles.of(deployment, ["new"], undefined)).toBeUndefined();
  expect(asked).toEqual([]);
  pass(1);
  expect(await troubles.of(deployment, ["new"], undefined)).toMatch(/ImagePullBackOff/);
  await troubles.of(deployment, [], undefined);
  pass(60_000);
  expect(await troubles.of(deployment, ["new"], undefined)).toBeUndefined();
  expect(asked.length).toBe(1);
});

test("asked once in ten seconds, not at all when no pod is waited for, and anew after that", async () => {
  const { troubles, asked, pass, waitFor } = setUp(() => [pod("b", "new", "ImagePullBackOff")]);
  await waitFor();
  await troubles.of(deployment, ["new"], undefined);
  pass(9_999);
  expect(await troubles.of(deployment, ["new"], undefined)).toMatch(/ImagePullBackOff/);
  expect(asked.length).toBe(1);
  pass(1);
  await troubles.of(deployment, ["new"], undefined);
  expect(asked.length).toBe(2);
  expect(await troubles.of(deployment, [], undefined)).toBeUndefined();
  await waitFor();
  await troubles.of(deployment, ["new"], undefined);
  expect(asked.length).toBe(3);
});

test("pods that cannot be asked about are no trouble, and hold nothing up", async () => {
  const { troubles, waitFor } = setUp(() => {
    throw new KubeError("Forbidden", "no");
  });
  await waitFor();
  expect(await troubles.of(deployment, ["new"], undefined)).toBeUndefined();
});
