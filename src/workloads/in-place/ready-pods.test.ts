import { expect, test } from "vitest";
import type { KubeApi } from "../../runtime/kube-api.ts";
import type { InPlaceDeployment } from "./objects.ts";
import { readyLongEnough } from "./ready-pods.ts";

const deployment: InPlaceDeployment = {
  metadata: { name: "x", namespace: "prod", uid: "u" },
  spec: {
    selector: { matchLabels: { app: "x", tier: "a" } },
    template: { spec: { containers: [{ name: "server", image: "m:v2" }] } },
  },
};

const now = Date.UTC(2026, 0, 5, 10);

interface Given {
  readonly owner?: string;
  readonly ready?: string;
  /** How long its Ready condition has said so. */
  readonly seconds?: number;
  readonly going?: boolean;
}

const pod = (
  set: string,
  { owner = "ReplicaSet", ready = "True", seconds = 60, going = false }: Given = {},
) => ({
  metadata: {
    ownerReferences: [{ apiVersion: "apps/v1", kind: owner, name: set, uid: set }],
    ...(going ? { deletionTimestamp: "2026-01-05T09:59:00Z" } : {}),
  },
  status: {
    conditions: [
      { type: "Initialized", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" },
      { type: "Ready", status: ready, lastTransitionTime: new Date(now - seconds * 1000).toISOString() },
    ],
  },
});

async function counted(items: readonly object[]) {
  const asked: unknown[] = [];
  const list = async (path: string, options: { labelSelector?: string }) => {
    asked.push([path, options.labelSelector]);
    return { metadata: {}, items };
  };
  const ready = await readyLongEnough({ list } as unknown as KubeApi, deployment, 30, now, undefined);
  return { asked, ready: Object.fromEntries(ready) };
}

test("pods by ReplicaSet, of the Deployment's own selector", async () => {
  const { ready, asked } = await counted([pod("old"), pod("new"), pod("old"), pod("old")]);
  expect(ready).toEqual({ old: 3, new: 1 });
  expect(asked).toEqual([["/api/v1/namespaces/prod/pods", "app=x,tier=a"]]);
});

test("Ready for as long as asked, to the second, and no shorter", async () => {
  expect((await counted([pod("x", { seconds: 30 })])).ready).toEqual({ x: 1 });
  expect((await counted([pod("x", { seconds: 29 })])).ready).toEqual({});
});

test("what is not Ready, on its way out, without conditions or of no ReplicaSet does not count", async () => {
  const bare = { metadata: pod("x").metadata };
  const others = [pod("x", { ready: "False" }), pod("x", { going: true }), pod("x", { owner: "Job" }), bare];
  expect((await counted(others)).ready).toEqual({});
});
