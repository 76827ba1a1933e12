import { expect, test } from "vitest";
import { apiVersion, kind, plural } from "../../src/api/group.ts";
import { eventually } from "../control-plane/eventually.ts";
import { useInPlace } from "./in-place-shared.ts";
import { approvals, type InPlace, ownFields, released } from "./in-place-world.ts";

/** What happens around a roll in place: autoscalers in small steps, deletions, Deployments made anew, rivals. */
const cluster = useInPlace(true);

const slow = { annotations: { "modelrollout.dev/test-ready-delay": "2s" } };

const failed = async (it: InPlace): Promise<void> => {
  await it.apply({ version: "v2", replicas: 4 });
  const waiting = await it.rollout.waitForState("AwaitingApproval");
  await it.rollout.annotate("abort", waiting.status?.release ?? "");
  await it.rollout.waitForState("RolledBack");
  await it.settled({ v1: 4, v2: 0 });
};

const remade = async (it: InPlace, version: string): Promise<void> => {
  await it.kubectl("delete", "deployment", it.name, "--wait=true");
  await it.apply({ version, replicas: 4 });
};

test.each([4, 1])(
  "an autoscaler takes a Deployment of 10 to %i in a step of a tenth: no Ready pod goes for the release's sake",
  async (replicas) => {
    const it = await cluster.adopt(`small-${replicas}`, { autoscaled: true, rollout: approvals(10) });
    await it.apply({ version: "v2", ...slow });
    await it.rollout.waitForState("AwaitingApproval");
    await it.settled({ v1: 9, v2: 1 });
    it.pods.reset();
    await it.scale(replicas);
    const total = (): number => it.pods.ready("v1") + it.pods.ready("v2");
    await eventually(
      "as many pods are Ready, none loads",
      () => it.pods.count("v1") + it.pods.count("v2") === replicas && total() === replicas,
    );
    expect(it.pods.most("v2")).toBe(1);
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(replicas);
    // One of 4 is a quarter, and Kubernetes shares out what is added as it finds it.
    await it.scale(10);
    await eventually("all ten are Ready", () => total() === 10);
    expect(it.pods.most("v2")).toBeLessThanOrEqual(3);
  },
);

test("deleted on the way back: stable's pods and every field, at once", async () => {
  const it = await cluster.adopt("deleted-back", { replicas: 4, rollout: approvals(50), ...slow });
  const before = await it.get();
  await it.apply({ version: "v2", replicas: 4, ...slow });
  const waiting = await it.rollout.waitForState("AwaitingApproval");
  await it.rollout.annotate("abort", waiting.status?.release ?? "");
  await it.rollout.waitForState("RollingBack");
  await it.rollout.delete();
  await it.rollout.waitGone();
  await it.settled({ v1: 4, v2: 0 });
  expect(ownFields(await it.get())).toEqual(ownFields(before));
  await it.apply({ version: "v1", replicas: 4, ...slow });
});

test("deleted after the promotion: the new version stays, every other field is the user's", async () => {
  const it = await cluster.adopt("deleted-late", { replicas: 4 });
  await it.release({ strategy: { ...released(50).strategy, retain: "60s" } });
  await it.apply({ version: "v2", replicas: 4 });
  await it.rollout.waitFor("promoted", ({ status }) => status?.history?.[0]?.outcome === "Promoted");
  await it.rollout.delete();
  await it.rollout.waitGone();
  await it.settled({ v1: 0, v2: 4 });
  const { spec, metadata } = await it.get();
  expect([spec.paused, spec["minReadySeconds"], Object.keys(metadata.labels ?? {})]).toEqual([
    undefined,
    undefined,
    ["app"],
  ]);
  await it.apply({ version: "v2", replicas: 4 });
});

test("a Deployment made anew: with stable's template nothing rolls, a failed one goes back, any other is stable", async () => {
  const stable = await cluster.adopt("anew-stable", { replicas: 4, rollout: approvals(50) });
  await failed(stable);
  await remade(stable, "v1");
  await stable.settled({ v1: 4, v2: 0 });
  const bad = await cluster.adopt("anew-failed", { replicas: 4, rollout: approvals(50) });
  await failed(bad);
  await remade(bad, "v2");
  await bad.settled({ v1: 4, v2: 0 });
  const other = await cluster.adopt("anew-other", { replicas: 4, rollout: approvals(50) });
  await failed(other);
  await remade(other, "v3");
  await other.rollout.waitFor(
    "the other template is stable",
    ({ status }) => status?.stable?.modelVersion === "v3" && status.canary === undefined,
  );
  await other.settled({ v1: 0, v3: 4 });
});

test("two ModelRollouts on one Deployment: the younger is Blocked and names the older", async () => {
  const it = await cluster.adopt("shared", { replicas: 2 });
  const { client, namespace } = cluster.world;
  const path = `/apis/${apiVersion}/namespaces/${namespace}/${plural}/second`;
  await client.patch(`${path}?fieldManager=user&force=true`, "apply", {
    apiVersion,
    kind,
    metadata: { name: "second" },
    spec: {
      workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: it.name },
      traffic: { rollingUpdate: {} },
      ...approvals(50),
    },
  });
  const second = cluster.world.rollouts.of({ name: "second", edge: {} as never });
  const blocked = await second.waitForState("Blocked");
  const ready = blocked.status?.conditions?.find(({ type }) => type === "Ready");
  expect([ready?.reason, ready?.message]).toEqual(["OwnedByAnother", expect.stringContaining("shared")]);
});

test("pods that do not start: the message says why, as Kubernetes does", async () => {
  const it = await cluster.adopt("crashing", { replicas: 4, rollout: approvals(50) });
  await it.apply({ version: "v2", replicas: 4, annotations: { "modelrollout.dev/test-crash": "true" } });
  const message = ({ status }: typeof it.rollout.latest & object): string =>
    status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
  const said = await it.rollout.waitFor("it says why", (rollout) =>
    /CrashLoopBackOff/.test(message(rollout)),
  );
  expect(message(said)).toMatch(
    /0 of 2 canary pods Ready of 4 .*pod crashing-.*: container server: CrashLoopBackOff/,
  );
  expect(it.pods.leastReady).toBeGreaterThanOrEqual(4);
});
