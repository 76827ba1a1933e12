import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { eventually } from "../control-plane/eventually.ts";
import { applyDefinitions, definitionFiles } from "../control-plane/manifests.ts";
import { ProcessGroup } from "../control-plane/process-group.ts";
import { startWorld, type World } from "../world/world.ts";
import { elected } from "./shared.ts";

let plane: ControlPlane;
let world: World;
let group: ProcessGroup;

beforeAll(async () => {
  plane = await startControlPlane({ nodes: 1 });
  await applyDefinitions(plane, await definitionFiles());
  world = await startWorld({ controlPlane: plane });
  group = new ProcessGroup(await mkdtemp(join(tmpdir(), "modelrollout-etcd-")));
});
afterAll(async () => {
  await world.stop();
  await plane.stop();
  await group.close();
});

/** Kills etcd without a goodbye and starts it again on its own data. */
async function restartStore(): Promise<void> {
  const pid = plane.pids["etcd"];
  if (pid === undefined) throw new Error("etcd does not run");
  const [file = "", ...args] = (await readFile(`/proc/${pid}/cmdline`, "utf8"))
    .split("\0")
    .filter((arg) => arg !== "");
  process.kill(pid, "SIGKILL");
  await eventually("etcd is gone", () => plane.pids["etcd"] === undefined);
  group.start("etcd", file, args, { PATH: process.env["PATH"] });
}

test("etcd and then the API server are killed and started again, between any two steps of a release: it goes on", async () => {
  const operator = await world.startOperator(elected);
  await operator.waitReady();
  const edge = await world.createEdge({ name: "stored" });
  const rollout = world.rollouts.of({ name: "stored", edge });
  await rollout.apply({});
  await rollout.waitForReady();
  await rollout.apply({
    version: "v2",
    steps: [
      { weight: 20, hold: "2s" },
      { weight: 50, hold: "2s" },
    ],
    strategy: { retain: "1s", drain: "1s", stepTimeout: "5m" },
  });
  await eventually("20 % are written", () => edge.weights().b === 20);
  await restartStore();
  await eventually("50 % are written", () => edge.weights().b === 50, { withinMs: 60_000 });
  await plane.restartApiServer();
  const done = await rollout.waitForReady(60_000);
  expect(done.status?.stable?.modelVersion).toBe("v2");
  expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20, 50, 100]);
  expect(operator.hasEnded()).toBe(false);
});
