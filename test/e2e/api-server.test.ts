import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { eventually } from "../control-plane/eventually.ts";
import { applyDefinitions, definitionFiles } from "../control-plane/manifests.ts";
import { startWorld, type World } from "../world/world.ts";
import { type Applied, elected } from "./shared.ts";

// A control plane of its own: the others are not to notice.
let plane: ControlPlane;
let world: World;

beforeAll(async () => {
  plane = await startControlPlane({ nodes: 1 });
  await applyDefinitions(plane, await definitionFiles());
  world = await startWorld({ controlPlane: plane });
});
afterAll(async () => {
  plane.resumeApiServer();
  await world.stop();
  await plane.stop();
});

/** v2 stands in the hold of 20 %, guarded by the alarm NAME-5xx. */
async function inHold(name: string, steps: NonNullable<Applied["steps"]>) {
  const edge = await world.createEdge({ name });
  const rollout = world.rollouts.of({ name, edge });
  edge.putManualAlarm(`${name}-5xx`);
  await rollout.apply({});
  await rollout.waitForReady();
  await rollout.apply({ version: "v2", alarms: [`${name}-5xx`], steps, strategy: { retain: "1s" } });
  await rollout.waitForState("Holding");
  return { rollout, edge };
}

test("a frozen API server does not hold a rollback up", async () => {
  const operator = await world.startOperator();
  await operator.waitReady();
  const { rollout, edge } = await inHold("frozen", [{ weight: 20, hold: "60s" }]);
  plane.pauseApiServer();
  const since = performance.now();
  world.simulator.alarms.set("frozen-5xx", "ALARM");
  await eventually("the weights are back", () => edge.weights().b === 0, { withinMs: 10_000 });
  // A poll of 1 s, and the second that storing the intent may take.
  expect(performance.now() - since).toBeLessThan(4_000);
  plane.resumeApiServer();
  const back = await rollout.waitForState("RolledBack");
  expect(back.status?.failedReason).toBe("AlarmFiring");
  await operator.kill("SIGTERM");
});

test("an API server that is killed and comes back: nothing goes up meanwhile, and the operator goes on by itself", async () => {
  const operator = await world.startOperator();
  await operator.waitReady();
  const { rollout, edge } = await inHold("killed", [
    { weight: 20, hold: "2s" },
    { weight: 50, hold: "1s" },
  ]);
  await plane.stopApiServer();
  const polls = world.operatorCalls("DescribeAlarms").length;
  await eventually(
    "alarms are read all the same",
    () => world.operatorCalls("DescribeAlarms").length >= polls + 5,
  );
  expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20]);
  await plane.startApiServer();
  const done = await rollout.waitForReady();
  expect(done.status?.stable?.modelVersion).toBe("v2");
  expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20, 50, 100]);
  expect(operator.hasEnded()).toBe(false);
  await operator.kill("SIGTERM");
});

test("a leader that cannot renew its Lease writes nothing more, and goes on by itself when nobody else has led", async () => {
  const operator = await world.startOperator(elected);
  await operator.waitReady();
  const { rollout, edge } = await inHold("leader", [{ weight: 20, hold: "1s" }]);
  plane.pauseApiServer();
  await operator.waitForLog("it is away", ({ msg }) => msg?.startsWith("API SERVER AWAY") === true);
  // The hold is over by now.
  const polls = world.operatorCalls("DescribeAlarms").length;
  await eventually("alarms are read", () => world.operatorCalls("DescribeAlarms").length >= polls + 3);
  expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20]);
  plane.resumeApiServer();
  const done = await rollout.waitForReady();
  expect(done.status?.stable?.modelVersion).toBe("v2");
  expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20, 100]);
  expect(operator.hasEnded()).toBe(false);
  await operator.kill("SIGTERM");
});
