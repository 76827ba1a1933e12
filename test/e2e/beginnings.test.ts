import { describe, expect, test } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import { slotsOf } from "../world/slots.ts";
import { useWorld } from "./shared.ts";

const world = useWorld();
const bare = { replicas: undefined, selector: undefined, template: undefined };

describe("the first release", () => {
  test("beside somebody's running service: that is stable, and v1 goes through all the steps", async () => {
    const { rollout, edge } = await world.newRollout("unmanaged", { weights: { a: 100, b: 0 } });
    const target = { id: "192.0.2.30", port: 8080 };
    world.servers.setOutside(target.id, { version: "old" });
    world.simulator.elb.registerTargets(edge.stack.group("a"), [target]);
    await eventually(
      "it serves",
      () => Object.values(world.simulator.elb.targetHealth(edge.stack.group("a")))[0] === "healthy",
    );
    const load = edge.startLoad();
    await rollout.apply({
      steps: [
        { weight: 20, hold: "1s" },
        { weight: 50, hold: "1s" },
      ],
    });
    const first = await rollout.waitForState("Holding");
    expect(first.status?.stable).toMatchObject({ unmanaged: true, slot: "a" });
    expect(first.status?.canary).toMatchObject({ slot: "b", modelVersion: "v1" });
    await rollout.waitFor(
      "nothing is retained any more",
      ({ status }) =>
        status?.state === "Idle" && status.retained === undefined && status.stable?.slot === "b",
    );
    await rollout.waitForReady();
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20, 50, 100]);
    await load.stop();
    expect(Object.keys(load.counts().byStatus)).toEqual(["200"]);
    // Somebody's targets are not the operator's to remove.
    expect(Object.keys(world.simulator.elb.targetHealth(edge.stack.group("a")))).toEqual(["192.0.2.30:8080"]);
    expect(await slotsOf(world.client, world.namespace, "unmanaged").deployment("a")).toBeUndefined();
  });

  test("with nothing behind the rule takes no steps", async () => {
    const { rollout, edge } = await world.newRollout("empty", { weights: { a: 0, b: 1 } });
    await rollout.apply({ steps: [{ weight: 20, hold: "60s" }] });
    const ready = await rollout.waitForReady();
    expect(ready.status?.stable).toMatchObject({ slot: "a", modelVersion: "v1" });
    expect(edge.writes.map(({ weights }) => weights)).toEqual([{ a: 100, b: 0 }]);
  });
});

describe("other ways to name the traffic", () => {
  test("a listener's default action", async () => {
    const { rollout, edge } = await world.stableRollout("default", {}, { listenerRule: false });
    expect(edge.stack.ruleArn).toMatch(/:listener\//);
    await rollout.apply({ version: "v2", steps: [{ weight: 50, hold: "0s" }] });
    const done = await rollout.waitForReady();
    expect(done.status?.stable?.modelVersion).toBe("v2");
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([50, 100]);
    expect(done.status?.targets?.[0]).toMatchObject({ kind: "Listener", id: edge.stack.ruleArn });
  });

  test("several rules move together, and one that cannot be written holds all of them back", async () => {
    const { rollout, edge } = await world.newRollout("several");
    const second = world.simulator.invoke("elasticloadbalancing", "CreateRule", {
      ListenerArn: edge.stack.listenerArn,
      Priority: 20,
      Conditions: [{ Field: "path-pattern", Values: ["/second/*"] }],
      Actions: world.simulator.elb.actions(edge.stack.ruleArn),
      Tags: [{ Key: "modelrollout.dev/namespaces", Value: "@all" }],
    }) as { Rules: [{ RuleArn: string }] };
    const other = second.Rules[0].RuleArn;
    const alb = { rules: [{ arn: edge.stack.ruleArn }, { arn: other }] };
    const group = edge.stack.group("b");
    await rollout.apply({ alb });
    await rollout.waitForReady();
    const refused = world.simulator.faults.add({ kind: "denied", operation: "ModifyRule", resource: other });
    await rollout.apply({
      alb,
      version: "v2",
      steps: [
        { weight: 20, hold: "1s" },
        { weight: 50, hold: "0s" },
      ],
    });
    await eventually("the first is written", () => edge.weights().b === 20);
    await rollout.waitFor(
      "it says which is not",
      ({ status }) => status?.conditions?.some(({ message }) => message.includes("ModifyRule")) === true,
    );
    expect(rollout.latest?.status?.weight?.acknowledged).toBe(0);
    expect(world.simulator.elb.weights(other)[group]).toBe(0);
    refused.remove();
    await rollout.waitForReady();
    expect(edge.weights().b).toBe(100);
    expect(world.simulator.elb.weights(other)[group]).toBe(100);
  });
});

describe("targets that live outside the cluster", () => {
  test("a release is a change of destination, and one the other way takes it back", async () => {
    const { rollout, edge } = await world.newRollout("outside");
    for (const [slot, id, version] of [
      ["a", "192.0.2.41", "blue"],
      ["b", "192.0.2.42", "green"],
    ] as const) {
      world.servers.setOutside(id, { version });
      world.simulator.elb.registerTargets(edge.stack.group(slot), [{ id, port: 8080 }]);
    }
    const alb = { service: undefined };
    const steps = [{ weight: 50, hold: "1s" }];
    const to = (destination: "a" | "b", version: string) => ({
      version,
      alb,
      steps,
      strategy: { retain: "30s" },
      spec: { ...bare, destination, model: { version } },
    });
    await rollout.apply(to("a", "blue"));
    const first = await rollout.waitForReady();
    expect(first.status?.stable).toMatchObject({ slot: "a" });
    expect(edge.writes).toEqual([]);
    await rollout.apply(to("b", "green"));
    const done = await rollout.waitForReady();
    expect(done.status?.stable).toMatchObject({ slot: "b", modelVersion: "green" });
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([50, 100]);
    await rollout.apply(to("a", "blue"));
    const back = await rollout.waitForReady();
    expect(back.status?.stable).toMatchObject({ slot: "a" });
    expect(edge.weights()).toEqual({ a: 100, b: 0 });
    expect(edge.raises("a").map(({ weights }) => weights.a)).toEqual([100]);
  });

  test("an unhealthy destination gets nothing", async () => {
    const { rollout, edge } = await world.newRollout("outside-ill");
    world.servers.setOutside("192.0.2.51", { version: "blue" });
    world.servers.setOutside("192.0.2.52", { version: "green", healthy: false });
    world.simulator.elb.registerTargets(edge.stack.group("a"), [{ id: "192.0.2.51", port: 8080 }]);
    world.simulator.elb.registerTargets(edge.stack.group("b"), [{ id: "192.0.2.52", port: 8080 }]);
    const alb = { service: undefined };
    await rollout.apply({ alb, spec: { ...bare, destination: "a", model: undefined } });
    await rollout.waitForReady();
    await rollout.apply({
      alb,
      spec: { ...bare, destination: "b", model: undefined },
      strategy: { stepTimeout: "3s" },
    });
    const found = await rollout.waitForState("RolledBack");
    expect(found.status?.failedReason).toBe("StepTimeout");
    expect(edge.writes.filter(({ weights }) => weights.b > 0)).toEqual([]);
  });
});

describe("sticky sessions", () => {
  test("a rollback turns the cookies off with the weights, so that nobody stays with the bad version", async () => {
    const { rollout, edge } = await world.stableRollout(
      "sticky",
      {},
      { stickiness: { Enabled: true, DurationSeconds: 4 } },
    );
    edge.putErrorRateAlarm({ name: "sticky-5xx" });
    world.servers.behave("v2-sticky", { errorRate: 0.5 });
    await rollout.apply({
      version: "v2-sticky",
      alarms: ["sticky-5xx"],
      steps: [{ weight: 50, hold: "60s" }],
    });
    await rollout.waitForState("Holding");
    // Clients that come now: half of them get the bad version, and a cookie for it.
    const load = edge.startLoad({ clients: 20 });
    const back = await rollout.waitForState("RolledBack");
    const zero = edge.writes.find(
      ({ weights, seq }) => weights.b === 0 && seq > (edge.raises("b")[0]?.seq ?? 0),
    );
    expect(zero).toMatchObject({ weights: { a: 100, b: 0 }, sticky: false });
    expect(back.status?.failedReason).toBe("AlarmFiring");
    // From the write on no client is led to the bad version by its cookie.
    await eventually("only v1 answers", () => {
      const { byVersion, total } = load.counts(500);
      return total > 10 && byVersion["v2-sticky"] === undefined;
    });
    await eventually(
      "stickiness is put back when the cookies' life has passed",
      () => edge.writes.at(-1)?.sticky === true,
    );
    expect(edge.weights().b).toBe(0);
    await load.stop();
  });
});
