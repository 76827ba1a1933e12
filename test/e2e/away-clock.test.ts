import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import { slotsOf } from "../world/slots.ts";
import { useWorld } from "./shared.ts";

const world = useWorld({ operator: false });
const hour = 3_600_000;
let file: string;

beforeAll(async () => {
  file = join(world.folder, "shift");
  const preload = new URL("away-clock-preload.ts", import.meta.url).href;
  await world.restart({ env: { NODE_OPTIONS: `--import ${preload}`, TEST_CLOCK_SHIFT: file } });
});
afterAll(async () => await world.operator.kill("SIGTERM"));

/** Somebody sets the clock of the operator's machine. */
async function setClock(shift: number): Promise<void> {
  await writeFile(file, String(shift));
  world.operator.signal("SIGUSR2");
}

test("a clock that is set forward by an hour shortens neither a hold nor a drain; set back, an alarm still counts", async () => {
  const { rollout, edge } = await world.stableRollout("clock");
  edge.putManualAlarm("clock-5xx");
  const release = { alarms: ["clock-5xx"], strategy: { retain: "1s", drain: "6s", stepTimeout: "5h" } };
  await rollout.apply({ ...release, version: "v2", steps: [{ weight: 50, hold: "6s" }] });
  await rollout.waitForState("Holding");
  await setClock(hour);
  await eventually("the next weight is written", () => edge.weights().b === 100);
  const at = (b: number): number => edge.writes.find(({ weights }) => weights.b === b)?.at ?? 0;
  expect(at(100) - at(50)).toBeGreaterThanOrEqual(6_000);
  const slots = slotsOf(world.client, world.namespace, "clock");
  await rollout.waitFor("promoted", ({ status }) => status?.retained !== undefined);
  await setClock(2 * hour);
  await eventually(
    "the old version is scaled down",
    async () => (await slots.deployment("a"))?.spec.replicas === 0,
  );
  expect(Date.now() - at(100)).toBeGreaterThanOrEqual(6_000);
  await rollout.waitForReady();

  await rollout.apply({ ...release, version: "v3", steps: [{ weight: 20, hold: "60s" }] });
  await rollout.waitForState("Holding");
  await setClock(0);
  world.simulator.alarms.set("clock-5xx", "ALARM");
  await eventually("the weights are back", () => edge.weights().a === 0);
  const back = await rollout.waitForState("RolledBack");
  expect(back.status?.failedReason).toMatch(/AlarmFiring|AlarmFired/);
});
