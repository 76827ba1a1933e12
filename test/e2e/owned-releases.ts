import { expect, test } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import { approvals, podSetsOf, released } from "./in-place-world.ts";
import { type Owned, type OwnedWorld, slow } from "./owned-world.ts";

/** The course of releases, with the admission policies and without. */
export function ownedReleases(cluster: OwnedWorld): void {
  const inHalf = async (name: string, spec: Partial<Parameters<Owned["apply"]>[0]> = {}): Promise<Owned> => {
    const it = await cluster.stable(name, spec);
    await it.apply({ version: "v2", ...spec });
    await it.waitsAt("v2");
    await it.settled({ v1: 2, v2: 2 });
    return it;
  };

  test("an abort brings all pods back; the version stays failed until a person retries it", async () => {
    const spec = { replicas: 10, annotations: slow("500ms") };
    const strategy = { ...approvals(50).strategy, rollback: { minAvailable: "70%" } };
    const it = await cluster.stable("abort", { ...spec, strategy });
    await it.apply({ version: "v2", ...spec, strategy });
    const waiting = await it.waitsAt("v2");
    await it.settled({ v1: 5, v2: 5 });
    it.pods.reset();
    await it.abort();
    const back = await it.rollout.waitForState("RolledBack");
    await it.settled({ v1: 10, v2: 0 });
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(7);
    expect(back.status?.failedRelease).toBe(waiting.status?.release);
    await eventually("the failed ReplicaSet is gone", async () => {
      return (await podSetsOf(cluster.world.client, cluster.world.namespace, "abort")).join() === "v1";
    });
    await it.apply({ version: "v2", ...spec, strategy, paused: false });
    await it.rollout.waitForState("RolledBack");
    it.pods.reset();
    await it.rollout.annotate("retry", waiting.status?.release ?? "");
    const again = await it.waitsAt("v2");
    expect(again.status?.release).toBe(`${waiting.status?.canary?.revision}-2`);
    await it.settled({ v1: 5, v2: 5 });
    await it.approve();
    await it.rollout.waitForReady();
    await it.settled({ v1: 0, v2: 10 });
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(10);
  });

  test("an alarm that fires takes the canary back, and the promoted one in retain", async () => {
    const { simulator } = cluster.world;
    simulator.alarms.put("errors", { region: simulator.region, state: "OK" });
    const spec = { analysis: { alarms: [{ name: "errors" }] } };
    const strategy = { ...approvals(50).strategy, retain: "10m" };
    const it = await inHalf("alarmed", { ...spec, strategy });
    it.pods.reset();
    simulator.alarms.set("errors", "ALARM");
    const back = await it.rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("AlarmFiring");
    await it.settled({ v1: 4, v2: 0 });
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(2);
    simulator.alarms.set("errors", "OK");
    await it.apply({ version: "v3", ...spec, strategy });
    await it.waitsAt("v3");
    await it.approve();
    await it.rollout.waitFor("v3 is promoted", ({ status }) => status?.stable?.modelVersion === "v3");
    await it.settled({ v1: 0, v3: 4 });
    simulator.alarms.set("errors", "ALARM");
    await it.rollout.waitFor("v3 has failed", ({ status }) => status?.failedReason === "AlarmFiring");
    await it.settled({ v1: 4, v3: 0 });
    expect(it.rollout.latest?.status?.stable?.modelVersion).toBe("v1");
  });

  test("pods that stop being Ready later take the canary back", async () => {
    const it = await inHalf("unready");
    for (const pod of it.pods.names("v2")) {
      await it.kubectl("annotate", "pod", pod, "modelrollout.dev/test-unready=true");
    }
    const back = await it.rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("CanaryUnavailable");
    await it.settled({ v1: 4, v2: 0 });
  });

  test("a newer version in mid-release: the canary goes first, never three versions", async () => {
    const it = await inHalf("superseded");
    await it.apply({ version: "v3" });
    const next = await it.waitsAt("v3");
    expect(next.status?.history?.[0]).toMatchObject({ outcome: "Superseded", modelVersion: "v2" });
    await it.settled({ v1: 2, v2: 0, v3: 2 });
    expect(it.pods.together).toBeLessThanOrEqual(2);
    await it.approve();
    await it.rollout.waitForReady();
    await it.settled({ v1: 0, v3: 4 });
  });

  test("the stable version again in mid-release takes the canary back; the version before within retain needs no steps", async () => {
    const strategy = { ...approvals(50).strategy, retain: "10m" };
    const it = await inHalf("reverted", { strategy });
    await it.apply({ version: "v1", strategy });
    await it.rollout.waitForReady();
    await it.settled({ v1: 4, v2: 0 });
    expect(it.rollout.latest?.status?.history?.[0]?.reason).toBe("Reverted");
    expect(it.rollout.latest?.status?.failedRevision).toBeUndefined();
    await it.apply({ version: "v2", strategy });
    await it.waitsAt("v2");
    await it.approve();
    await it.rollout.waitForReady();
    await it.settled({ v1: 0, v2: 4 });
    it.pods.reset();
    await it.apply({ version: "v1", strategy });
    await it.rollout.waitForReady();
    await it.settled({ v1: 4, v2: 0 });
    expect(it.rollout.latest?.status?.state).toBe("Idle");
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(2);
  });

  test("paused, no step is taken; promoted by a person, holds and approvals are skipped, capacity is not", async () => {
    const strategy = approvals(25, 50, 75).strategy;
    const it = await cluster.stable("promoted", { strategy });
    await it.apply({ version: "v2", strategy, paused: true });
    await it.rollout.waitForState("Paused");
    expect((await it.deployment()).spec.template.spec.containers[0]?.image).toMatch(/:v1$/);
    await it.apply({ version: "v2", strategy });
    const waiting = await it.waitsAt("v2");
    await it.apply({ version: "v2", strategy, paused: true });
    await it.rollout.waitForState("Paused");
    await it.rollout.annotate("approve", waiting.status?.awaiting ?? "");
    await it.rollout.waitForState("Paused");
    await it.settled({ v1: 3, v2: 1 });
    await it.apply({ version: "v2", strategy });
    await it.waitsAt("v2", 2);
    await it.rollout.annotate("promote", it.rollout.latest?.status?.release ?? "");
    await it.rollout.waitForReady();
    await it.settled({ v1: 0, v2: 4 });
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(4);
  });

  test("another model with the same template is a new version, with its own variables", async () => {
    const it = await cluster.stable("model");
    const spec = it.rollout.latest?.spec;
    await it.rollout.patch({ spec: { model: { ...spec?.model, version: "v2", uri: "s3://models/b" } } });
    await it.waitsAt("v2");
    await it.approve();
    await it.rollout.waitForReady();
    const [server] = (await it.deployment()).spec.template.spec.containers;
    expect(server).toMatchObject({
      image: "registry.example/model:v1",
      env: [{}, { name: "MODEL_VERSION", value: "v2" }, { name: "MODEL_URI", value: "s3://models/b" }],
    });
  });

  test("a template that the API server refuses is Blocked, at the first sight and later; nothing is touched", async () => {
    const it = await cluster.of("refused");
    const labels = { app: "refused" };
    const bad = { metadata: { labels }, spec: { containers: [{ name: "server", imge: "typo:v1" }] } };
    await it.apply({ version: "v1", template: bad });
    const first = await it.rollout.waitForCondition("Stalled", "True", "TemplateInvalid");
    expect(first.message).toContain("imge");
    expect(await it.find()).toBeUndefined();
    await it.apply({ version: "v1" });
    await it.rollout.waitForReady();
    const before = await it.deployment();
    await it.apply({ version: "v2", template: bad });
    await it.rollout.waitForCondition("Stalled", "True", "TemplateInvalid");
    expect((await it.deployment()).spec).toEqual(before.spec);
    await it.apply({ version: "v2", ...released(50) });
    await it.rollout.waitForReady();
    await it.settled({ v1: 0, v2: 4 });
  });

  test("replicas: at once at rest; in a release a higher number at once, a lower one at its end", async () => {
    const it = await cluster.stable("sized");
    await it.rollout.scale(6);
    await it.settled({ v1: 6 });
    await it.rollout.scale(4);
    await it.settled({ v1: 4 });
    await it.apply({ version: "v2" });
    await it.waitsAt("v2");
    await it.settled({ v1: 2, v2: 2 });
    await it.rollout.scale(8);
    await it.settled({ v1: 4, v2: 4 });
    await it.rollout.scale(2);
    await eventually("it is said that fewer replicas wait", async () =>
      (await it.rollout.events()).some(({ reason }) => reason === "ReplicasDeferred"),
    );
    expect((await it.deployment()).spec.replicas).toBe(8);
    await it.settled({ v1: 4, v2: 4 });
    await it.approve();
    await it.settled({ v1: 0, v2: 2 });
    await it.rollout.waitForReady();
    const sized = await it.rollout.waitFor("2 replicas", ({ status }) => status?.replicas === 2);
    expect(sized.status?.selector).toBe("app=sized");
    expect(sized.status?.size).toBeUndefined();
    await it.rollout.scale(0);
    await it.settled({ v2: 0 });
    await it.rollout.waitForReady();
    await it.rollout.scale(3);
    await it.settled({ v2: 3 });
    expect(await it.kubectl("get", "mro", "sized", "--no-headers")).toMatch(/^sized\s+True\s+Idle/);
  });

  test("with 0 replicas the first version is Ready at once, and a release waits for replicas", async () => {
    const it = await cluster.of("zero");
    await it.apply({ version: "v1", replicas: 0 });
    await it.rollout.waitForReady();
    await it.apply({ version: "v2", replicas: 0 });
    await it.rollout.waitForCondition("Ready", "False", "CapacityPending");
    await it.apply({ version: "v2", replicas: 2 });
    await it.waitsAt("v2");
    await it.settled({ v1: 1, v2: 1 });
  });

  test("deleted in every state, nothing of it is left", async () => {
    const states = {
      beginning: async (it: Owned) => {
        await it.apply({ version: "v1", annotations: { "modelrollout.dev/test-never-ready": "true" } });
        await eventually("its pods are made", () => it.pods.count("v1") === 4);
      },
      failed: async (it: Owned) => {
        await it.apply({ version: "v1" });
        await it.rollout.waitForReady();
        await it.apply({ version: "v2" });
        await it.waitsAt("v2");
        await it.abort();
        await it.rollout.waitForState("RolledBack");
      },
      retained: async (it: Owned) => {
        const strategy = { ...released(50).strategy, retain: "10m" };
        await it.apply({ version: "v1", strategy });
        await it.rollout.waitForReady();
        await it.apply({ version: "v2", strategy });
        await it.rollout.waitFor("v2 is promoted", ({ status }) => status?.retained !== undefined);
      },
    };
    for (const [state, reach] of Object.entries(states)) {
      const it = await cluster.of(`deleted-${state}`);
      await reach(it);
      await it.rollout.delete("Foreground");
      await it.rollout.waitReleased();
      await eventually("the Deployment is gone", async () => (await it.find()) === undefined);
      await it.settled({ v1: 0, v2: 0 });
    }
    const { client, namespace } = cluster.world;
    const path = `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`;
    const { items } = await client.get<{ items: { metadata: { name: string } }[] }>(path);
    expect(items.filter(({ metadata }) => metadata.name.startsWith("deleted-"))).toEqual([]);
  });
}
