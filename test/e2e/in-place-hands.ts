import { expect, test } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import type { InPlaceWorld } from "./in-place-shared.ts";
import { approvals, type InPlace, podSetsOf, released } from "./in-place-world.ts";

type Hand = (it: InPlace) => Promise<unknown>;

const hands: Readonly<Record<"restart" | "undo" | "set image", Hand>> = {
  restart: async (it) => await it.kubectl("rollout", "restart", `deployment/${it.name}`),
  undo: async (it) => await it.kubectl("rollout", "undo", `deployment/${it.name}`),
  "set image": async (it) =>
    await it.kubectl("set", "image", `deployment/${it.name}`, `server=registry.example/${it.name}:v3`),
};

const waitsForApproval = async (it: InPlace, version: string): Promise<void> => {
  await it.rollout.waitFor(
    `${version} waits for a person`,
    ({ status }) => status?.state === "AwaitingApproval" && status.canary?.modelVersion === version,
  );
};

const onStable = async (it: InPlace): Promise<void> => {
  await it.settled({ v1: 4, v2: 0, v3: 0 });
};

/** How a Deployment of 4 with steps 50 and 100 gets into a state. */
const states = {
  rest: async (): Promise<void> => undefined,
  release: async (it: InPlace): Promise<void> => {
    await it.apply({ version: "v2", replicas: 4 });
    await waitsForApproval(it, "v2");
    await it.settled({ v1: 2, v2: 2 });
  },
  failed: async (it: InPlace): Promise<void> => {
    await states.release(it);
    await it.rollout.annotate("abort", it.rollout.latest?.status?.release ?? "");
    await it.rollout.waitForState("RolledBack");
    await it.apply({ version: "v2", replicas: 4 }, { force: true });
    await eventually("paused", async () => (await it.get()).spec.paused === true);
    await onStable(it);
  },
};

/** The table of docs/in-place.md: what kubectl's own commands do in each state. */
export function handsCases(cluster: InPlaceWorld, guarded: boolean): void {
  const at = async (name: string, state: keyof typeof states): Promise<InPlace> => {
    const it = await cluster.adopt(name, { replicas: 4, rollout: approvals(50) });
    await states[state](it);
    return it;
  };

  test("set image: a new revision through the steps, at rest, in mid-release and over a failed one", async () => {
    for (const state of ["rest", "release", "failed"] as const) {
      const it = await at(`image-${state}`, state);
      await hands["set image"](it);
      await waitsForApproval(it, "v3");
      await it.settled({ v1: 2, v2: 0, v3: 2 });
      expect(it.pods.most("v3")).toBe(2);
    }
  });

  test("rollout restart: a new revision through the steps at rest", async () => {
    const it = await at("restart-rest", "rest");
    const before = it.rollout.latest?.status?.stable?.revision;
    // kubectl itself refuses to restart what is paused.
    const paused = (await it.get()).spec.paused === true;
    const said = await hands.restart(it).then(
      () => "",
      (error: unknown) => String(error),
    );
    if (paused) {
      expect(said).toMatch(/paused/);
      return;
    }
    await waitsForApproval(it, "v1");
    expect(it.rollout.latest?.status?.canary?.revision).not.toBe(before);
  });

  test("rollout restart and undo in mid-release: kubectl refuses, for the Deployment is paused between two moves", async () => {
    const it = await at("hands-release", "release");
    await eventually("paused", async () => (await it.get()).spec.paused === true);
    await expect(hands.restart(it)).rejects.toThrow(/paused/);
    await expect(hands.undo(it)).rejects.toThrow(/paused/);
    await it.settled({ v1: 2, v2: 2 });
  });

  test("rollout restart and undo over a failed template: kubectl refuses", async () => {
    const it = await at("failed-hands", "failed");
    await expect(hands.restart(it)).rejects.toThrow(/paused/);
    await expect(hands.undo(it)).rejects.toThrow(/no rollout history|paused/);
    await onStable(it);
  });

  /** v2 is on its way back, pod by pod, and those of v1 take their time: longer than kubectl on a busy machine. */
  const onTheWayBack = async (name: string): Promise<InPlace> => {
    const annotations = { "modelrollout.dev/test-ready-delay": "4s" };
    const strategy = { ...approvals(50).strategy, rollback: { minAvailable: "100%" } };
    const it = await cluster.adopt(name, { replicas: 4, annotations, rollout: { strategy } });
    await it.apply({ version: "v2", replicas: 4 });
    await waitsForApproval(it, "v2");
    await it.settled({ v1: 2, v2: 2 });
    await it.rollout.annotate("abort", it.rollout.latest?.status?.release ?? "");
    await it.rollout.waitForState("RollingBack");
    await eventually(
      "stable's template stands there",
      async () => (await it.get()).spec.template.spec.containers[0]?.image.endsWith(":v1") === true,
    );
    return it;
  };
  const tookBack = ({ rollout }: InPlace): unknown =>
    rollout.latest?.status?.history?.find(({ modelVersion }) => modelVersion === "v2")?.outcome;

  test("set image on the way back: a third version is released once all pods are back, never three at a time", async () => {
    const it = await onTheWayBack("back-image");
    it.pods.reset();
    await hands["set image"](it);
    await waitsForApproval(it, "v3");
    await it.settled({ v1: 2, v2: 0, v3: 2 });
    expect(tookBack(it)).toBe("RolledBack");
    expect(it.pods.together).toBe(2);
    expect(it.pods.most("v3")).toBe(2);
  });

  test("rollout restart on the way back: released once all pods are back", async () => {
    const it = await onTheWayBack("back-restart");
    const stable = it.rollout.latest?.status?.stable?.revision;
    await hands.restart(it);
    await waitsForApproval(it, "v1");
    await it.settled({ v1: 4, v2: 0 });
    expect(tookBack(it)).toBe("RolledBack");
    expect(it.rollout.latest?.status?.stable?.revision).toBe(stable);
    expect(it.rollout.latest?.status?.canary?.revision).not.toBe(stable);
  });

  test("rollout undo on the way back: the version that is taken back is put back", async () => {
    const it = await onTheWayBack("back-undo");
    const before = it.pods.count("v2");
    it.pods.reset();
    await hands.undo(it);
    await it.rollout.waitForState("RolledBack");
    await onStable(it);
    // Without the policies Kubernetes may be quicker than the operator by a pod.
    expect(it.pods.most("v2")).toBeLessThanOrEqual(guarded ? before : before + 2);
    expect((await it.get()).spec.template.spec.containers[0]?.image).toMatch(/:v1$/);
  });

  test("the stable template applied again in mid-release: back to stable", async () => {
    const it = await at("back-release", "release");
    await it.apply({ version: "v1", replicas: 4 }, { force: true });
    await it.rollout.waitFor("reverted", ({ status }) => status?.history?.[0]?.reason === "Reverted");
    await onStable(it);
    expect((await it.get()).spec.template.spec.containers[0]?.image).toMatch(/:v1$/);
  });

  test("back to the version before within retain needs no steps", async () => {
    const it = await cluster.adopt("retained", { replicas: 4 });
    await it.release({ strategy: { ...released(50).strategy, retain: "60s" } });
    await it.apply({ version: "v2", replicas: 4 });
    await it.rollout.waitFor("promoted", ({ status }) => status?.history?.[0]?.outcome === "Promoted");
    await it.settled({ v1: 0, v2: 4 });
    await it.apply({ version: "v1", replicas: 4 }, { force: true });
    await it.rollout.waitFor("reverted", ({ status }) => status?.history?.[0]?.reason === "Reverted");
    await onStable(it);
  });

  test("retry releases the failed revision again although the Deployment stands on stable", async () => {
    const it = await at("again", "release");
    const release = it.rollout.latest?.status?.release ?? "";
    await it.rollout.annotate("abort", release);
    await it.rollout.waitForState("RolledBack");
    await onStable(it);
    await it.rollout.annotate("retry", release);
    await waitsForApproval(it, "v2");
    await it.settled({ v1: 2, v2: 2 });
  });

  test("a whole manifest applied by force in mid-release: the brake holds, and the user's settings come back", async () => {
    const it = await at("whole", "release");
    const spec = { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 4, maxUnavailable: 0 } } };
    await it.apply({ version: "v2", replicas: 4, spec }, { force: true, manager: "gitops" });
    await eventually(
      "the brake is on",
      async () => (await it.get()).spec["minReadySeconds"] === 2_147_483_646,
    );
    // Without the policies the Deployment controller may be quicker than the operator.
    if (guarded) expect(it.pods.most("v2")).toBe(2);
    await it.rollout.annotate("abort", it.rollout.latest?.status?.release ?? "");
    await it.rollout.waitForState("RolledBack");
    await onStable(it);
    // Hidden by the policies it has to be applied again; else it was stored, and stands now.
    const { rollingUpdate } = (await it.get()).spec["strategy"] as typeof spec.strategy;
    expect(rollingUpdate).toEqual({ maxSurge: guarded ? 1 : 4, maxUnavailable: 0 });
    const told = (await it.rollout.events()).map(({ reason }) => reason);
    expect(told.includes("SettingsDeferred")).toBe(!guarded);
    await it.apply({ version: "v1", replicas: 4, spec }, { manager: "gitops" });
    expect((await it.get()).spec["strategy"]).toEqual(spec.strategy);
  });

  test("a status wiped in mid-release: the stable version gets everything back", async () => {
    const it = await at("wiped", "release");
    await it.rollout.patch({ status: null }, "status");
    await onStable(it);
    await eventually(
      "the user's settings",
      async () => (await it.get()).spec["minReadySeconds"] === undefined,
    );
  });

  test("150 replicas: exactly the step's pods, no capacity lost", async () => {
    const it = await cluster.adopt("many", { replicas: 150, spec: wide, rollout: approvals(5) });
    await it.apply({ version: "v2", replicas: 150, spec: wide });
    await waitsForApproval(it, "v2");
    expect(it.pods.most("v2")).toBe(8);
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(150);
    await it.rollout.annotate("abort", it.rollout.latest?.status?.release ?? "");
    await it.rollout.waitForState("RolledBack");
    await it.settled({ v1: 150, v2: 0 });
    expect((await podSetsOf(cluster.world.client, cluster.world.namespace, "many")).join()).toBe("v1");
  });

  test("the user's own minReadySeconds counts before a step is held", async () => {
    const spec = { minReadySeconds: 2 };
    const it = await cluster.adopt("ripe", { replicas: 4, spec, rollout: approvals(50) });
    const since = performance.now();
    await it.apply({ version: "v2", replicas: 4, spec });
    await waitsForApproval(it, "v2");
    expect(performance.now() - since).toBeGreaterThan(2_000);
    await it.rollout.annotate("abort", it.rollout.latest?.status?.release ?? "");
    await it.rollout.waitForState("RolledBack");
    await onStable(it);
    expect((await it.get()).spec["minReadySeconds"]).toBe(2);
  });
}

const wide = { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "10%", maxUnavailable: 0 } } };
