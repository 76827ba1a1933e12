import { expect, test } from "vitest";
import { conditionOf } from "../world/rollouts.ts";
import { useWorld } from "./shared.ts";

const world = useWorld();

test("a good version is released to 100 % through its steps, and no request fails", async () => {
  const { rollout, edge } = await world.newRollout("good");
  await rollout.apply({ version: "v1" });
  await rollout.waitForReady();
  expect(edge.weights().b).toBe(0);
  const load = edge.startLoad();
  edge.putErrorRateAlarm({ name: "good-5xx" });

  await rollout.apply({ version: "v2", alarms: ["good-5xx"] });
  await rollout.waitForState("Holding");
  const done = await rollout.waitForReady();

  const steps = edge.writes.map(({ weights }) => weights.b);
  expect(steps).toEqual([20, 50, 100]);
  expect(done.status?.stable).toMatchObject({ modelVersion: "v2", slot: "b", replicas: 2, readyReplicas: 2 });
  expect(done.status?.weight).toMatchObject({ desired: 0, acknowledged: 0 });
  expect(done.status?.history?.[0]).toMatchObject({ modelVersion: "v2", outcome: "Promoted" });
  await load.stop();
  const { byVersion, byStatus, errors } = load.counts();
  expect(byVersion["v2"]).toBeGreaterThan(20);
  expect(errors).toBe(0);
  expect(Object.keys(byStatus)).toEqual(["200"]);
});

test("a bad version makes 5xx, the 5xx make the alarm, the alarm takes it back", async () => {
  const { rollout, edge } = await world.newRollout("bad");
  edge.putErrorRateAlarm({ name: "bad-5xx" });
  world.servers.behave("v2-bad", { errorRate: 0.5 });
  await rollout.apply({ version: "v1", alarms: ["bad-5xx"] });
  await rollout.waitForReady();
  const load = edge.startLoad();

  await rollout.apply({ version: "v2-bad", alarms: ["bad-5xx"], steps: [{ weight: 20, hold: "20s" }] });
  await rollout.waitForState("Holding");
  const back = await rollout.waitForState("RolledBack");
  expect(edge.weights()).toEqual({ a: 100, b: 0 });
  expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20]);
  const ready = conditionOf(back, "Ready");
  expect(ready).toMatchObject({ status: "False", reason: "RolledBack" });
  expect(ready?.message).toMatch(/bad-5xx/);
  expect(back.status?.failedRevision).toBeDefined();
  await load.stop();
});
