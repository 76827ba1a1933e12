import { describe, expect, test } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import { watchObjects } from "../target-binder/watched-objects.ts";
import { conditionOf } from "../world/rollouts.ts";
import { type SlotDeployment, type Slots, slotsOf } from "../world/slots.ts";
import { eventReasons, expectReadable, sentenceOf } from "./sentences.ts";
import { type Applied, useWorld } from "./shared.ts";

const world = useWorld();
const longHold: NonNullable<Applied["steps"]> = [{ weight: 50, hold: "60s" }];

const slots = (name: string): Slots => slotsOf(world.client, world.namespace, name);
const replicasOf = async (name: string, slot: "a" | "b"): Promise<number | undefined> =>
  (await slots(name).deployment(slot))?.spec.replicas;

/** v2 stands in a hold at 50 %. */
async function inHold(name: string, spec: Applied = {}) {
  const made = await world.stableRollout(name, spec);
  await made.rollout.apply({ version: "v2", steps: longHold, ...spec });
  await made.rollout.waitForState("Holding");
  return made;
}

describe("a slot's Deployment that somebody deletes in mid-release", () => {
  test("stable's is made again, of the same revision and size, before the traffic needs it", async () => {
    const { rollout, edge } = await inHold("lost-stable");
    const before = await slots("lost-stable").deployment("a");
    await slots("lost-stable").deleteDeployment("a");
    await eventually("it is there again, with its pods", async () => {
      const now = await slots("lost-stable").deployment("a");
      return (
        now !== undefined && now.metadata.uid !== before?.metadata.uid && now.status?.readyReplicas === 2
      );
    });
    const again = await slots("lost-stable").deployment("a");
    expect(again?.metadata.labels).toEqual(before?.metadata.labels);
    await eventually("an event says so", async () => (await eventReasons(rollout)).includes("SlotRebuilt"));
    expect(rollout.latest?.status?.state).toBe("Holding");
    await rollout.annotate("abort", rollout.latest?.status?.release ?? "");
    await rollout.waitForState("RolledBack");
    expect(edge.weights().b).toBe(0);
    expectReadable(rollout);
  });

  test("the canary's takes the canary back: nothing healthy", async () => {
    const { rollout, edge } = await inHold("lost-canary", {
      podAnnotations: { "modelrollout.dev/test-ready-delay": "1500ms" },
    });
    await slots("lost-canary").deleteDeployment("b");
    const back = await rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("CanaryUnavailable");
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([50]);
    expect(edge.weights().b).toBe(0);
  });

  test("at rest the serving one is made again", async () => {
    const { rollout } = await world.stableRollout("lost-at-rest");
    await slots("lost-at-rest").deleteDeployment("a");
    await rollout.waitForCondition("Ready", "False", "CapacityPending");
    await rollout.waitForReady();
    expect(await slots("lost-at-rest").pods("a")).toHaveLength(2);
  });
});

describe("pods that go", () => {
  test("all of the canary in a hold: CanaryUnavailable at once", async () => {
    const { rollout, edge } = await inHold("canary-gone");
    await slots("canary-gone").setReady("b", false);
    const since = performance.now();
    await eventually("the weights are back", () => edge.weights().b === 0, { withinMs: 10_000 });
    expect(performance.now() - since).toBeLessThan(5_000);
    const back = await rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("CanaryUnavailable");
    expect(sentenceOf(back)).toMatch(/nothing healthy at b/);
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([50]);
  });

  test("all of stable when the alarm fires: its capacity first, and shouted about; then the traffic", async () => {
    const { rollout, edge } = await world.stableRollout("stable-gone");
    edge.putManualAlarm("stable-gone-5xx");
    await rollout.apply({ version: "v2", steps: longHold, alarms: ["stable-gone-5xx"] });
    await rollout.waitForState("Holding");
    await slots("stable-gone").setReady("a", false);
    await eventually("the group sees it", () =>
      Object.values(world.simulator.elb.targetHealth(edge.stack.group("a"))).every(
        (state) => state !== "healthy",
      ),
    );
    // A poll later the operator has seen it too: its knowledge may be two polls old.
    const health = world.operatorCalls("DescribeTargetHealth").length;
    await eventually(
      "the operator has read it",
      () => world.operatorCalls("DescribeTargetHealth").length >= health + 4,
    );
    const writes = edge.writes.length;
    world.simulator.alarms.set("stable-gone-5xx", "ALARM");
    const shouted = await rollout.waitFor(
      "NoStableCapacity",
      (each) => conditionOf(each, "Ready")?.reason === "NoStableCapacity",
    );
    expect(shouted.status?.state).toBe("RollingBack");
    expect(sentenceOf(shouted)).toMatch(/nothing healthy at a/);
    expect(edge.writes.length).toBe(writes);
    await slots("stable-gone").setReady("a", true);
    await rollout.waitForState("RolledBack");
    expect(edge.weights().b).toBe(0);
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([50]);
    await eventually("an event shouts", async () =>
      (await eventReasons(rollout)).includes("NoStableCapacity"),
    );
  });
});

describe("replicas", () => {
  test("0 and back in mid-release: neither version loses a pod", async () => {
    const { rollout, edge } = await inHold("zero");
    const seen = new Set<number>();
    const path = `/apis/apps/v1/namespaces/${world.namespace}/deployments`;
    const watched = await watchObjects<SlotDeployment>(world.client, path, (object) => {
      if (object?.metadata.name === "zero-a") seen.add(object.spec.replicas);
    });
    seen.add((await slots("zero").deployment("a"))?.spec.replicas ?? 0);
    await rollout.apply({ version: "v2", steps: longHold, replicas: 0 });
    const said = await rollout.waitFor(
      "it says that this waits",
      ({ metadata, status }) => status?.observedGeneration === metadata.generation,
    );
    expect(said.status?.state).toBe("Holding");
    await eventually("an event says so", async () =>
      (await eventReasons(rollout)).includes("ReplicasDeferred"),
    );
    await rollout.apply({ version: "v2", steps: [{ weight: 50, hold: "1s" }], replicas: 2 });
    await rollout.waitForReady();
    await watched.stop();
    expect([...seen]).toEqual([2]);
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([50, 100]);
  });

  test("the scale subresource works in every state", async () => {
    const { rollout } = await world.stableRollout("scaled");
    const settledAt = async (slot: "a" | "b", replicas: number): Promise<void> => {
      await eventually(
        `slot ${slot} has ${replicas}`,
        async () => (await replicasOf("scaled", slot)) === replicas,
      );
    };
    await rollout.scale(4);
    await settledAt("a", 4);
    await rollout.waitForReady();
    expect(rollout.latest?.status).toMatchObject({ replicas: 4 });
    await rollout.scale(3);
    await settledAt("a", 3);

    await rollout.apply({ version: "v2", replicas: 3, steps: [...longHold] });
    await rollout.waitForState("Holding");
    expect(await replicasOf("scaled", "b")).toBe(2);
    await rollout.scale(4);
    await settledAt("a", 4);
    await rollout.scale(2);
    await eventually("an event says that it waits", async () =>
      (await eventReasons(rollout)).includes("ReplicasDeferred"),
    );
    expect(await replicasOf("scaled", "a")).toBeGreaterThan(2);
    await rollout.annotate("promote", rollout.latest?.status?.release ?? "");
    await rollout.waitForReady();
    await settledAt("b", 2);
    await settledAt("a", 0);
  });

  test("the selector of the scale subresource finds the serving pods", async () => {
    const { rollout } = await world.stableRollout("selector");
    const path = `/apis/modelrollout.dev/v1alpha1/namespaces/${world.namespace}/modelrollouts/selector/scale`;
    const scale = await world.client.get<{ status: { replicas: number; selector: string } }>(path);
    expect(scale.status.replicas).toBe(2);
    const query = `/api/v1/namespaces/${world.namespace}/pods?labelSelector=${encodeURIComponent(scale.status.selector)}`;
    expect((await world.client.get<{ items: unknown[] }>(query)).items).toHaveLength(2);
    expect(rollout.latest?.status?.selector).toBe(scale.status.selector);
  });
});
