import { describe, expect, test } from "vitest";
import type { Call } from "../aws-simulator/calls.ts";
import { eventually } from "../control-plane/eventually.ts";
import type { Edge } from "../world/edge.ts";
import type { OperatorOptions } from "../world/operator-process.ts";
import type { Rollout } from "../world/rollouts.ts";
import { slotsOf } from "../world/slots.ts";
import { type Applied, useWorld } from "./shared.ts";

/** Without a Lease: nobody waits for a dead leader's to run out. */
const alone: OperatorOptions = { flags: { "leader-elect": "false" } };
const world = useWorld({ operator: alone });
const release: Applied = {
  version: "v2",
  steps: [
    { weight: 20, hold: "1s" },
    { weight: 50, hold: "1s" },
  ],
  strategy: { retain: "1s", drain: "1s" },
};

/** What must be the same however often the operator died on the way. */
const endState = async (name: string, { latest }: Rollout, edge: Edge): Promise<object> => {
  const { stable, canary, retained, intent, rollback, step, history, state, failedReason } =
    latest?.status ?? {};
  const slots = slotsOf(world.client, world.namespace, name);
  const [a, b] = [await slots.deployment("a"), await slots.deployment("b")];
  return {
    state,
    stable: { version: stable?.modelVersion, slot: stable?.slot },
    left: [canary, retained, intent, rollback, step].filter((each) => each !== undefined),
    history: history?.map(({ outcome, modelVersion }) => `${modelVersion} ${outcome}`),
    failedReason,
    weights: edge.weights(),
    replicas: [a?.spec.replicas, b?.spec.replicas],
  };
};

const settled = async (rollout: Rollout): Promise<void> => {
  await rollout.waitForReady();
  await rollout.waitFor(
    "nothing is retained",
    ({ status }) => status?.retained === undefined && status?.canary === undefined,
  );
  const slots = slotsOf(world.client, world.namespace, rollout.name);
  await eventually(
    "the old version has gone",
    async () => (await slots.deployment("a"))?.spec.replicas === 0,
  );
};

const promoted = {
  state: "Idle",
  stable: { version: "v2", slot: "b" },
  left: [],
  history: ["v2 Promoted", "v1 Promoted"],
  failedReason: undefined,
  weights: { a: 0, b: 100 },
  replicas: [0, 2],
};

/** Kills the operator at each call of ModifyRule for this edge, and starts it again. */
function killedAt(moment: "onBeforeCall" | "onAfterCall", edge: Edge) {
  const kills: Promise<unknown>[] = [];
  const forget = world.simulator[moment](async ({ operation, input, userAgent }: Call) => {
    if (operation !== "ModifyRule" || !userAgent.includes("modelrollout/")) return;
    if (!JSON.stringify(input).includes(edge.stack.ruleArn) || world.operator.hasEnded()) return;
    await world.operator.kill("SIGKILL");
    kills.push(world.restart(alone));
  });
  return {
    kills,
    stop: async () => {
      forget();
      await Promise.all(kills);
    },
  };
}

describe("kill -9", () => {
  test.each(["onBeforeCall", "onAfterCall"] as const)(
    "at every write of the rule (%s): the same end",
    async (moment) => {
      const name = moment.toLowerCase();
      const { rollout, edge } = await world.stableRollout(name);
      const killed = killedAt(moment, edge);
      await rollout.apply(release);
      await settled(rollout);
      await killed.stop();
      expect(killed.kills.length).toBeGreaterThanOrEqual(3);
      expect(await endState(name, rollout, edge)).toEqual(promoted);
      expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20, 50, 100]);
    },
  );

  test("at every write of the rule that does not even arrive: the same end", async () => {
    const { rollout, edge } = await world.stableRollout("lost");
    let refused = 0;
    const forget = world.simulator.onCall(({ operation, fault }) => {
      if (operation !== "ModifyRule" || fault !== "refuse") return;
      refused += 1;
      world.operator.signal("SIGKILL");
    });
    await rollout.apply(release);
    for (const weight of [20, 50, 100]) {
      world.simulator.faults.add({
        kind: "refuse",
        operation: "ModifyRule",
        resource: edge.stack.ruleArn,
        times: 1,
      });
      const times = refused;
      await eventually(`the write of ${weight} was refused`, () => refused > times);
      await world.operator.ended;
      expect(edge.raises("b").at(-1)?.weights.b ?? 0).toBeLessThan(weight);
      await world.restart(alone);
      await eventually(`${weight} is written`, () => edge.weights().b >= weight);
    }
    forget();
    await settled(rollout);
    expect(await endState("lost", rollout, edge)).toEqual(promoted);
  });

  test("after every status write of a release: the same end", async () => {
    const { rollout, edge } = await world.stableRollout("written");
    await rollout.apply(release);
    const known = new Set(rollout.seen.map(({ metadata }) => metadata.resourceVersion));
    let kills = 0;
    let over = false;
    while (!over) {
      const next = await rollout.waitFor(
        "a status write",
        ({ metadata }) => !known.has(metadata.resourceVersion),
      );
      await world.operator.kill("SIGKILL");
      kills += 1;
      // What it wrote in its last moment is not written again.
      for (const { metadata } of rollout.seen) known.add(metadata.resourceVersion);
      over = next.status?.stable?.modelVersion === "v2";
      await world.restart(alone);
    }
    await settled(rollout);
    expect(kills).toBeGreaterThan(5);
    expect(await endState("written", rollout, edge)).toEqual(promoted);
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20, 50, 100]);
  });

  test.each(["onBeforeCall", "onAfterCall"] as const)(
    "in a rollback, at its write (%s): stable gets everything back",
    async (moment) => {
      const name = `back-${moment.toLowerCase()}`;
      const { rollout, edge } = await world.stableRollout(name);
      edge.putManualAlarm(`${name}-5xx`);
      await rollout.apply({ ...release, alarms: [`${name}-5xx`], steps: [{ weight: 50, hold: "60s" }] });
      await rollout.waitForState("Holding");
      const killed = killedAt(moment, edge);
      world.simulator.alarms.set(`${name}-5xx`, "ALARM");
      await eventually("it was killed", () => killed.kills.length > 0);
      await killed.stop();
      // The alarm is quiet when the new process looks for the first time: its history still tells.
      world.simulator.alarms.set(`${name}-5xx`, "OK");
      await rollout.waitForState("RolledBack");
      expect(edge.weights().b).toBe(0);
      expect(await endState(name, rollout, edge)).toMatchObject({
        state: "RolledBack",
        stable: { version: "v1", slot: "a" },
        left: [],
      });
      expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([50]);
    },
  );
});

describe("a status edited by hand", () => {
  const holding = async (name: string) => {
    const made = await world.stableRollout(name);
    await made.rollout.apply({
      version: "v2",
      steps: [
        { weight: 20, hold: "60s" },
        { weight: 50, hold: "60s" },
      ],
    });
    await made.rollout.waitForState("Holding");
    return made;
  };
  /** Three reads of the rule after the edit: whatever the operator makes of it, it has made. */
  const looked = async (): Promise<void> => {
    const reads = world.operatorCalls("DescribeRules").length;
    await eventually(
      "the operator has looked",
      () => world.operatorCalls("DescribeRules").length >= reads + 4,
    );
  };

  test.each([
    ["weight", { weight: { desired: 100, acknowledged: 100 } }],
    ["step", { step: { index: 1, weight: 50 } }],
    ["step far off", { step: { index: 19, weight: 100, count: 20 } }],
    ["hold", { step: { holdUntil: "2020-01-01T00:00:00Z" } }],
    ["roles", { stable: null }],
    ["everything", null],
  ])("%s: no weight goes up, and what stands says something sensible", async (name, status) => {
    const { rollout, edge } = await holding(`edited-${name.replaceAll(" ", "-")}`);
    await rollout.patch({ status }, "status");
    await looked();
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20]);
    expect(edge.weights().b).toBe(20);
    await rollout.waitFor(
      "it is reported on again",
      (each) => each.status?.conditions?.some(({ type }) => type === "Ready") === true,
    );
  });
});

describe("SIGTERM", () => {
  test("ends within 10 s with exit code 0, also when AWS hangs in the middle of a raise; the next one goes on", async () => {
    const { rollout, edge } = await world.stableRollout("term");
    const hanging = world.simulator.faults.add({ kind: "hang", operation: "ModifyRule" });
    await rollout.apply(release);
    await eventually("a raise hangs", () => hanging.hits > 0);
    const since = performance.now();
    expect(await world.operator.kill("SIGTERM")).toBe("exit code 0");
    expect(performance.now() - since).toBeLessThan(10_000);
    hanging.remove();
    await world.restart(alone);
    await settled(rollout);
    expect(await endState("term", rollout, edge)).toEqual(promoted);
  });
});
