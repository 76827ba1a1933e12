import { expect, test } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import type { InPlaceWorld } from "./in-place-shared.ts";
import {
  approvals,
  type InPlace,
  ownFields,
  podSetsOf,
  released,
  type UserDeployment,
} from "./in-place-world.ts";

const image = (version: string, deployment: UserDeployment): UserDeployment["spec"] => {
  const { template } = deployment.spec;
  const containers = template.spec.containers.map((container) => ({
    ...container,
    image: container.image.replace(/:.*$/, `:${version}`),
  }));
  return { ...deployment.spec, template: { ...template, spec: { ...template.spec, containers } } };
};

/** At rest nothing of the operator is left but `paused`, where no policy keeps a new template from starting. */
async function expectAtRest(
  it: InPlace,
  before: UserDeployment,
  version: string,
  paused: boolean,
): Promise<void> {
  await eventually(`${it.name} is at rest`, async () => {
    const { metadata, spec } = await it.get();
    const held = metadata.managedFields?.some(({ manager }) => manager === "modelrollout");
    if (held === false && (spec.paused === true) === paused) return true;
    throw new Error(`paused ${spec.paused}, held by ${JSON.stringify(metadata.managedFields)}`);
  });
  const spec = { ...image(version, before), ...(paused ? { paused } : {}) };
  expect(ownFields(await it.get())).toEqual({ ...ownFields(before), spec });
}

/** What holds with the policies and without. */
export function inPlaceCases(cluster: InPlaceWorld, guarded: boolean): void {
  const paused = !guarded;
  const clean = ({ metadata, spec }: UserDeployment): UserDeployment => {
    const { paused: _paused, ...rest } = spec;
    return { metadata, spec: rest };
  };

  test("a new template goes through the steps; afterwards every field is the user's", async () => {
    const it = await cluster.adopt("good");
    const before = clean(await it.get());
    await expectAtRest(it, before, "v1", paused);
    await it.release(approvals(20, 50));
    await it.apply({ version: "v2", replicas: 10 });
    const first = await it.rollout.waitForState("AwaitingApproval");
    await it.settled({ v1: 8, v2: 2 });
    expect(first.status?.weight).toMatchObject({ desired: 20, acknowledged: 20, observed: 20 });
    await it.rollout.annotate("approve", first.status?.awaiting ?? "");
    const second = await it.rollout.waitFor(
      "step 2",
      ({ status }) => status?.awaiting?.endsWith("/2") === true,
    );
    await it.settled({ v1: 5, v2: 5 });
    await it.rollout.annotate("approve", second.status?.awaiting ?? "");
    const done = await it.rollout.waitForReady();
    await it.settled({ v1: 0, v2: 10 });
    expect(done.status?.history?.[0]).toMatchObject({ modelVersion: "v2", outcome: "Promoted" });
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(10);
    await expectAtRest(it, before, "v2", paused);
    await it.apply({ version: "v2", replicas: 10 });
  });

  test("an abort brings all pods of the stable version back, never fewer Ready than minAvailable, and every field", async () => {
    const it = await cluster.adopt("abort", { annotations: { "modelrollout.dev/test-ready-delay": "1s" } });
    const before = clean(await it.get());
    await it.release({
      strategy: { ...approvals(50).strategy, rollback: { minAvailable: "70%" } },
    });
    await it.apply({
      version: "v2",
      replicas: 10,
      annotations: { "modelrollout.dev/test-ready-delay": "1s" },
    });
    const waiting = await it.rollout.waitForState("AwaitingApproval");
    await it.settled({ v1: 5, v2: 5 });
    it.pods.reset();
    await it.rollout.annotate("abort", waiting.status?.release ?? "");
    await it.rollout.waitForState("RolledBack");
    await it.settled({ v1: 10, v2: 0 });
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(7);
    await eventually("the failed ReplicaSet is gone", async () => {
      return (await podSetsOf(cluster.world.client, cluster.world.namespace, "abort")).join() === "v1";
    });
    await expectAtRest(it, before, "v1", paused);
    await it.apply({
      version: "v1",
      replicas: 10,
      annotations: { "modelrollout.dev/test-ready-delay": "1s" },
    });
  });

  test("pods that load slowly cost no capacity", async () => {
    const it = await cluster.adopt("slow");
    await it.release(released(20, 50));
    await it.apply({
      version: "v2",
      replicas: 10,
      annotations: { "modelrollout.dev/test-ready-delay": "1s" },
    });
    await it.rollout.waitFor(
      "promoted",
      ({ status }) => status?.history?.[0]?.outcome === "Promoted",
      90_000,
    );
    await it.settled({ v1: 0, v2: 10 });
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(10);
  });

  test("pods that never get Ready stay as few as the user's own limits allow, and are taken back after stepTimeout", async () => {
    const it = await cluster.adopt("stuck");
    const before = clean(await it.get());
    await it.release({ strategy: { ...released(50).strategy, stepTimeout: "3s" } });
    await it.apply({
      version: "v2",
      replicas: 10,
      annotations: { "modelrollout.dev/test-never-ready": "true" },
    });
    const back = await it.rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("StepTimeout");
    await it.settled({ v1: 10, v2: 0 });
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(10);
    expect(it.pods.most("v2")).toBe(1);
    await expectAtRest(it, before, "v1", paused);
  });

  test("pods that crash later take the canary back", async () => {
    const it = await cluster.adopt("crash");
    await it.release(approvals(20));
    await it.apply({ version: "v2", replicas: 10 });
    await it.rollout.waitForState("AwaitingApproval");
    await it.settled({ v1: 8, v2: 2 });
    for (const pod of await it.podNames("v2")) {
      await it.kubectl("annotate", "pod", pod, "modelrollout.dev/test-unready=true");
    }
    const back = await it.rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("CanaryUnavailable");
    await it.settled({ v1: 10, v2: 0 });
  });

  test("an alarm that fires takes the canary back", async () => {
    cluster.world.simulator.alarms.put("errors", { region: cluster.world.simulator.region, state: "OK" });
    const analysis = { analysis: { alarms: [{ name: "errors" }] } };
    const it = await cluster.adopt("alarmed", { rollout: { ...approvals(50), ...analysis } });
    await it.apply({ version: "v2", replicas: 10 });
    await it.rollout.waitForState("AwaitingApproval");
    await it.settled({ v1: 5, v2: 5 });
    it.pods.reset();
    cluster.world.simulator.alarms.set("errors", "ALARM");
    const back = await it.rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("AlarmFiring");
    await it.settled({ v1: 10, v2: 0 });
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(5);
  });

  test("an autoscaler in mid-release: the share stays, 0 goes back to stable first, and never the failed one", async () => {
    const it = await cluster.adopt("scaled", { autoscaled: true });
    await it.release(approvals(50));
    await it.apply({ version: "v2" });
    const waiting = await it.rollout.waitForState("AwaitingApproval");
    await it.settled({ v1: 5, v2: 5 });
    for (const [replicas, v1, v2] of [
      [8, 4, 4],
      [4, 2, 2],
      [14, 7, 7],
      [10, 5, 5],
    ] as const) {
      await it.scale(replicas);
      await it.settled({ v1, v2 });
    }
    await it.scale(0);
    await it.rollout.waitFor("taken back", ({ status }) => status?.history?.[0]?.reason === "TooFewReplicas");
    it.pods.reset();
    await it.scale(10);
    await it.rollout.waitFor(
      "the release begins again",
      ({ status }) => status?.release !== waiting.status?.release && status?.state === "AwaitingApproval",
    );
    await it.settled({ v1: 5, v2: 5 });
    expect(it.pods.most("v2")).toBe(5);
    const again = it.rollout.latest?.status?.release ?? "";
    await it.rollout.annotate("abort", again);
    await it.rollout.waitForState("RolledBack");
    await it.settled({ v1: 10, v2: 0 });
    await it.apply({ version: "v2" }, { force: true, manager: "gitops" });
    await eventually(
      "the failed template stands there, paused",
      async () => (await it.get()).spec.paused === true,
    );
    it.pods.reset();
    for (const replicas of [8, 0, 10, 4, 0, 10]) {
      await it.scale(replicas);
      await it.settled({ v1: replicas, v2: 0 });
    }
    expect(it.pods.most("v2")).toBe(0);
    expect((await it.get()).spec.template.spec.containers[0]?.image).toBe("registry.example/scaled:v2");
  });

  test("deletion in every state leaves the stable template, as the user wrote it", async () => {
    const states = {
      rest: async (): Promise<void> => undefined,
      release: async (it: InPlace): Promise<void> => {
        await it.apply({ version: "v2", replicas: 4 });
        await it.rollout.waitForState("AwaitingApproval");
      },
      failed: async (it: InPlace): Promise<void> => {
        await states.release(it);
        await it.rollout.annotate("abort", it.rollout.latest?.status?.release ?? "");
        await it.rollout.waitForState("RolledBack");
        await it.apply({ version: "v2", replicas: 4 }, { force: true });
        await eventually("paused", async () => (await it.get()).spec.paused === true);
      },
    };
    for (const [state, reach] of Object.entries(states)) {
      const it = await cluster.adopt(`deleted-${state}`, { replicas: 4, rollout: approvals(50) });
      const before = clean(await it.get());
      await reach(it);
      await it.rollout.delete();
      await it.rollout.waitGone();
      await it.settled({ v1: 4, v2: 0 });
      const after = await it.get();
      expect(ownFields(after)).toEqual({ ...ownFields(before), spec: before.spec });
      expect(Object.keys(after.metadata.labels ?? {})).toEqual(["app"]);
      await it.apply({ version: "v1", replicas: 4 });
    }
  });
}

/** Re-applies a manifest with force every two seconds, as a GitOps tool that heals itself does. */
function gitOps(
  it: InPlace,
  manifest: Parameters<InPlace["apply"]>[0],
): { readonly applied: number; stop(): Promise<void> } {
  const ended = Promise.withResolvers<void>();
  let stopped = false;
  let applied = 0;
  let wake: NodeJS.Timeout | undefined;
  const turn = async (): Promise<void> => {
    await it.apply(manifest, { force: true, manager: "gitops" });
    applied += 1;
    if (stopped) ended.resolve();
    else wake = setTimeout(() => void turn().catch(ended.reject), 2_000);
  };
  void turn().catch(ended.reject);
  return {
    get applied() {
      return applied;
    },
    stop: async () => {
      stopped = true;
      clearTimeout(wake);
      ended.resolve();
      await ended.promise;
    },
  };
}

/** A GitOps tool that insists on its manifest, before, during and after a rollback. */
export function gitOpsCases(cluster: InPlaceWorld, guarded: boolean): void {
  test("a GitOps tool that insists on the failed manifest starts nothing of it after the rollback", async () => {
    const it = await cluster.adopt("insists");
    await it.release(approvals(20));
    const loop = gitOps(it, { version: "v2", replicas: 10 });
    try {
      const waiting = await it.rollout.waitForState("AwaitingApproval");
      await it.settled({ v1: 8, v2: 2 });
      if (guarded) expect(it.pods.most("v2")).toBe(2);
      await it.rollout.annotate("abort", waiting.status?.release ?? "");
      await it.rollout.waitForState("RolledBack");
      await it.settled({ v1: 10, v2: 0 });
      it.pods.reset();
      await eventually("the failed template stands there again, paused", async () => {
        const { spec } = await it.get();
        return spec.paused === true && spec.template.spec.containers[0]?.image.endsWith(":v2") === true;
      });
      const before = loop.applied;
      await eventually("it was applied twice more", () => loop.applied >= before + 2);
      await it.scale(0);
      await it.settled({ v1: 0, v2: 0 });
      await it.scale(10);
      await it.settled({ v1: 10, v2: 0 });
      expect(it.pods.most("v2")).toBe(0);
    } finally {
      await loop.stop();
    }
    await it.apply({ version: "v3", replicas: 10 }, { force: true, manager: "gitops" });
    await it.rollout.waitForState("AwaitingApproval");
    await it.settled({ v1: 8, v3: 2 });
  });
}
