import { expect, test } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import { released } from "./in-place-world.ts";
import { slow, useOwned } from "./owned-world.ts";

const cluster = useOwned(false);

test("the first version is made and is Ready when its pods are, without steps", async () => {
  const it = await cluster.of("first");
  await it.apply({ version: "v1", annotations: slow("1s") });
  const starting = await it.rollout.waitFor(
    "it is being made",
    ({ status }) => status?.beginning !== undefined,
  );
  expect(starting.status?.conditions?.find(({ type }) => type === "Ready")?.status).not.toBe("True");
  const ready = await it.rollout.waitForReady();
  expect(it.pods.ready("v1")).toBe(4);
  expect(ready.status).toMatchObject({
    state: "Idle",
    stable: { modelVersion: "v1", replicas: 4, readyReplicas: 4 },
    replicas: 4,
    selector: "app=first",
    router: "Deployment",
    history: [{ outcome: "Promoted", modelVersion: "v1" }],
  });
  expect(ready.status?.canary).toBeUndefined();
  const { metadata, spec } = await it.deployment();
  expect(metadata).not.toHaveProperty("ownerReferences");
  expect(metadata.labels).toMatchObject({
    "modelrollout.dev/rollout": "first",
    "app.kubernetes.io/managed-by": "modelrollout",
  });
  const revision = ready.status?.stable?.revision;
  expect(spec.template.metadata.labels).toEqual({
    app: "first",
    "modelrollout.dev/rollout": "first",
    "modelrollout.dev/revision": revision,
  });
  expect(spec["selector"]).toEqual({ matchLabels: { app: "first" } });
  expect(spec.template.spec.containers[0]).toMatchObject({
    env: [
      { name: "MODEL_NAME", value: "first" },
      { name: "MODEL_VERSION", value: "v1" },
      { name: "MODEL_URI", value: "s3://models/first/v1" },
    ],
  });
});

test("a new version goes through the steps while pods load slowly, and no capacity is lost", async () => {
  const it = await cluster.stable("steps", { replicas: 10 });
  await it.apply({ version: "v2", replicas: 10, annotations: slow("500ms"), ...released(20, 50) });
  const done = await it.rollout.waitFor(
    "v2 is promoted",
    ({ status }) => status?.history?.[0]?.modelVersion === "v2" && status.state === "Idle",
    90_000,
  );
  expect(done.status?.history?.[0]?.outcome).toBe("Promoted");
  const weights = it.rollout.seen.map(({ status }) => status?.weight?.acknowledged ?? 0);
  expect([...new Set(weights)].sort((left, right) => left - right)).toEqual([0, 20, 50, 100]);
  await it.settled({ v1: 0, v2: 10 });
  expect(it.pods.leastReady).toBeGreaterThanOrEqual(10);
  await it.rollout.waitForReady();
});

test("crashing pods stay one, and are taken back after stepTimeout", async () => {
  const it = await cluster.stable("crashing");
  const { strategy } = released(50);
  await it.apply({
    version: "v2",
    annotations: { "modelrollout.dev/test-crash": "true" },
    strategy: { ...strategy, stepTimeout: "3s" },
  });
  const back = await it.rollout.waitForState("RolledBack");
  expect(back.status?.failedReason).toBe("StepTimeout");
  await it.settled({ v1: 4, v2: 0 });
  expect(it.pods.leastReady).toBeGreaterThanOrEqual(4);
  expect(it.pods.most("v2")).toBe(1);
});

test("a deletion takes the release back and then removes the Deployment, with keep it stays on stable", async () => {
  const gone = await cluster.stable("gone");
  await gone.apply({ version: "v2" });
  await gone.waitsAt("v2");
  await gone.settled({ v1: 2, v2: 2 });
  await gone.rollout.delete();
  await gone.rollout.waitGone();
  await eventually("nothing is left", async () => (await gone.find()) === undefined);

  const kept = await cluster.stable("kept");
  await kept.apply({ version: "v2" });
  await kept.waitsAt("v2");
  await kept.rollout.annotate("keep", "true");
  await kept.rollout.delete();
  await kept.rollout.waitGone();
  await kept.settled({ v1: 4, v2: 0 });
  const { metadata, spec } = await kept.deployment();
  expect(spec.paused ?? false).toBe(false);
  expect(spec["minReadySeconds"] ?? 0).toBe(0);
  expect(spec["strategy"]).toEqual({
    type: "RollingUpdate",
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
  });
  expect(metadata.labels?.["modelrollout.dev/released"]).toBeUndefined();
  expect(metadata.labels?.["modelrollout.dev/adopted"]).toBeUndefined();
});
