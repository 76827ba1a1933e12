import { describe, expect, test } from "vitest";
import type { FaultSpec } from "../aws-simulator/faults.ts";
import { eventually } from "../control-plane/eventually.ts";
import { conditionOf } from "../world/rollouts.ts";
import { expectReadable, sentenceOf } from "./sentences.ts";
import { useWorld } from "./shared.ts";

const world = useWorld();
const elbReads = ["DescribeRules", "DescribeTargetHealth", "DescribeTags", "DescribeTargetGroupAttributes"];

/** A release of v2 that stands in the long hold of its first step, with one alarm, NAME-5xx, set by hand. */
async function inHold(name: string, analysis: object = {}) {
  const made = await world.stableRollout(name);
  made.edge.putManualAlarm(`${name}-5xx`);
  await made.rollout.apply({
    version: "v2",
    steps: [
      { weight: 20, hold: "2s" },
      { weight: 100, hold: "0s" },
    ],
    strategy: { retain: "1s", stepTimeout: "60s" },
    spec: { analysis: { alarms: [{ name: `${name}-5xx` }], ...analysis } },
  });
  await made.rollout.waitForState("Holding");
  return made;
}

describe("trouble in a hold holds: no weight goes up, and the release goes on by itself afterwards", () => {
  test.each<[string, FaultSpec, RegExp]>([
    ["denied", { kind: "denied" }, /AccessDenied|not authorized/i],
    ["expired", { kind: "expiredToken" }, /ExpiredToken|expired/i],
    ["throttled", { kind: "throttle" }, /Throttling|throttled|rate/i],
  ])("%s", async (name, fault, says) => {
    const { rollout, edge } = await inHold(name);
    const trouble = world.simulator.faults.add(fault);
    const seen = await rollout.waitFor("it says so", (each) => {
      const { status, message } = conditionOf(each, "AlarmsHealthy") ?? {};
      return status === "Unknown" && says.test(message ?? "");
    });
    expect(sentenceOf(seen, "AlarmsHealthy")).toContain("-5xx");
    const hold = Date.parse(rollout.latest?.status?.step?.holdUntil ?? "");
    await rollout.waitFor(
      "the hold's end is past, and it waits",
      (each) => Date.now() > hold && says.test(conditionOf(each, "Ready")?.message ?? ""),
    );
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20]);
    trouble.remove();
    const done = await rollout.waitForReady();
    expect(done.status?.stable?.modelVersion).toBe("v2");
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20, 100]);
    expectReadable(rollout);
  });

  test("AWS gone altogether, and back", async () => {
    const { rollout, edge } = await inHold("gone");
    await world.simulator.down();
    try {
      const seen = await rollout.waitForCondition("AlarmsHealthy", "Unknown", "AlarmUnreadable");
      expect(seen.message).toContain("gone-5xx");
      await rollout.waitForCondition("TrafficSettled", "Unknown", "RouterUnreadable");
      expect(edge.weights().b).toBe(20);
    } finally {
      await world.simulator.up();
    }
    await rollout.waitForReady();
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20, 100]);
    expectReadable(rollout);
  });
});

describe("a blind operator takes the canary back in the end", () => {
  test("alarms that stay unreadable, after unreadable.rollbackAfter", async () => {
    const { rollout, edge } = await inHold("blind", { unreadable: { rollbackAfter: "3s" } });
    world.simulator.faults.add({ kind: "denied", service: "monitoring" });
    const back = await rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("AlarmUnreadable");
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20]);
    expect(edge.weights().b).toBe(0);
  });

  test("an alarm that somebody deletes in the hold", async () => {
    const { rollout, edge } = await inHold("deleted", { unreadable: { rollbackAfter: "3s" } });
    world.simulator.alarms.delete("deleted-5xx");
    const seen = await rollout.waitForCondition("AlarmsHealthy", "Unknown", "AlarmMissing");
    expect(seen.message).toMatch(/deleted-5xx: does not exist in us-east-1/);
    const back = await rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("AlarmUnreadable");
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20]);
  });

  test("weights that cannot be written, after stepTimeout", async () => {
    const { rollout, edge } = await world.stableRollout("unwritable");
    world.simulator.faults.add({ kind: "denied", operation: "ModifyRule" });
    await rollout.apply({ version: "v2", strategy: { stepTimeout: "5s" } });
    const back = await rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("StepTimeout");
    expect(sentenceOf(back)).toMatch(/ModifyRule/);
    expect(edge.writes.filter(({ weights }) => weights.b > 0)).toEqual([]);
  });

  test("AWS gone while an alarm fires: the stable weights are written as soon as it is back", async () => {
    const { rollout, edge } = await inHold("gone-alarm");
    await world.simulator.down();
    try {
      await rollout.waitForCondition("AlarmsHealthy", "Unknown", "AlarmUnreadable");
      world.simulator.alarms.set("gone-alarm-5xx", "ALARM");
    } finally {
      await world.simulator.up();
    }
    const back = await rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toMatch(/AlarmFiring|AlarmFired/);
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20]);
  });
});

describe("each call of a release in trouble, in turn: it still ends right", () => {
  const kinds: readonly FaultSpec[] = [
    { kind: "throttle", operation: [...elbReads, "DescribeListeners"], times: 4 },
    ...elbReads.map((operation) => ({ kind: "throttle" as const, operation, times: 3 })),
    { kind: "throttle", operation: "DescribeAlarms", times: 3 },
    { kind: "throttle", operation: "DescribeAlarmHistory", times: 3 },
    { kind: "throttle", operation: "ModifyRule", times: 3 },
    { kind: "lostAnswer", operation: "ModifyRule", times: 2 },
    { kind: "slow", ms: 2_000, operation: "ModifyRule", times: 1 },
    { kind: "hang", operation: "ModifyRule", times: 1 },
    { kind: "staleRead", ms: 3_000, operation: "DescribeRules", times: 4 },
  ];

  test("a good release is promoted, each weight raised once", async () => {
    const { rollout, edge } = await world.stableRollout("in-turn");
    edge.putManualAlarm("in-turn-5xx");
    const before = new Set<string>();
    let serving: "a" | "b" = "a";
    for (const [index, fault] of kinds.entries()) {
      const other: "a" | "b" = serving === "a" ? "b" : "a";
      const from = edge.writes.length;
      const handle = world.simulator.faults.add(fault);
      await rollout.apply({
        version: `v${index + 2}`,
        alarms: ["in-turn-5xx"],
        steps: [{ weight: 50, hold: "0s" }],
        strategy: { retain: "0s", drain: "0s" },
      });
      const done = await rollout.waitForReady();
      handle.remove();
      expect(done.status?.stable, JSON.stringify(fault)).toMatchObject({
        modelVersion: `v${index + 2}`,
        slot: other,
      });
      const raised = edge.writes.slice(from).map(({ weights }) => weights[other]);
      // After a stale read the 0 that is there already may be written once more.
      expect(
        [...new Set(raised)].filter((weight) => weight > 0),
        JSON.stringify(fault),
      ).toEqual([50, 100]);
      expect(raised, JSON.stringify(fault)).toEqual(raised.toSorted((left, right) => left - right));
      serving = other;
      for (const { operation } of world.operatorCalls()) before.add(operation);
    }
    // Whatever the operator calls was in trouble once, or this list is to be made longer.
    const troubled = new Set(kinds.flatMap(({ operation = [] }) => [operation].flat()));
    expect([...before].filter((operation) => !troubled.has(operation))).toEqual([]);
  }, 240_000);

  test.each<FaultSpec>([
    { kind: "throttle", operation: "ModifyRule", times: 4 },
    { kind: "throttle", operation: elbReads },
    { kind: "hang", operation: elbReads },
    { kind: "hang", operation: "ModifyRule", times: 1 },
    { kind: "lostAnswer", operation: "ModifyRule", times: 1 },
  ])("a rollback arrives all the same: %j", async (fault) => {
    const name = `back-${world.simulator.callLog.total}`;
    const { rollout, edge } = await inHold(name);
    const handle = world.simulator.faults.add(fault);
    world.simulator.alarms.set(`${name}-5xx`, "ALARM");
    const since = performance.now();
    await eventually("the weights are back", () => edge.weights().b === 0, { withinMs: 15_000 });
    // A poll, and at most two writes that AWS did not take.
    expect(performance.now() - since, JSON.stringify(fault)).toBeLessThan(7_000);
    handle.remove();
    const back = await rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("AlarmFiring");
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20]);
  });
});

test("no credentials at all: AccessDenied, nothing moves, and the next operator goes on", async () => {
  const { rollout, edge } = await inHold("nobody");
  await world.operator.kill("SIGTERM");
  const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
  await world.restart({ env: none });
  const seen = await rollout.waitFor("it says so", (each) =>
    /credentials/i.test(conditionOf(each, "AlarmsHealthy")?.message ?? ""),
  );
  sentenceOf(seen, "AlarmsHealthy");
  sentenceOf(seen, "TrafficSettled");
  expect(edge.weights().b).toBe(20);
  await world.operator.kill("SIGTERM");
  await world.restart();
  await rollout.waitForReady();
  expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20, 100]);
});
