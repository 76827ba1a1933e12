import { beforeAll, expect, test } from "vitest";
import { readAuditLog } from "../control-plane/audit.ts";
import { kubectl } from "../control-plane/manifests.ts";
import { useOwnControlPlane } from "../control-plane/shared.ts";
import type { OperatorProcess } from "../world/operator-process.ts";
import { startWorld, type World } from "../world/world.ts";
import { deploy } from "./rendered.ts";

const cluster = useOwnControlPlane();
const account = "system:serviceaccount:modelrollout-system:modelrollout";

beforeAll(async () => {
  await kubectl(cluster.plane, ["apply", "-f", deploy("install.yaml")]);
});

/** A release, a rollback and a deletion, by an operator that has its service account's token. */
async function live(world: World, flags: Readonly<Record<string, string | false>>): Promise<void> {
  const operator: OperatorProcess = await world.startOperator({
    kubeconfig: await cluster.plane.kubeconfigFor(account),
    flags: { "leader-election-namespace": "modelrollout-system", ...flags },
  });
  await operator.waitReady();
  const edge = await world.createEdge({ name: "model" });
  const rollout = world.rollouts.of({ name: "model", edge });
  await rollout.apply({ version: "v1" });
  await rollout.waitForReady();
  await rollout.apply({ version: "v2" });
  const done = await rollout.waitForReady();
  expect(done.status?.history?.[0]).toMatchObject({ modelVersion: "v2", outcome: "Promoted" });
  const bad = { version: "v3", steps: [{ weight: 20, hold: "60s" }] };
  await rollout.apply(bad);
  const holding = await rollout.waitForState("Holding");
  await rollout.annotate("abort", holding.status?.release ?? "");
  await rollout.waitForState("RolledBack");
  await rollout.delete();
  await rollout.waitGone();
  expect(await operator.kill("SIGTERM")).toBe("exit code 0");
}

/** What the API server has refused to the service account. */
async function refused(since: number): Promise<readonly string[]> {
  const requests = (await readAuditLog(cluster.plane.auditLogPath)).filter(
    ({ user, receivedAt }) => user === account && receivedAt >= since,
  );
  expect(requests.length).toBeGreaterThan(20);
  return requests
    .filter(({ code }) => code === 403)
    .map(({ verb, resource, namespace }) => `${verb} ${resource} ${namespace}`);
}

async function inWorld(live: (world: World) => Promise<void>): Promise<void> {
  const world = await startWorld({ controlPlane: cluster.plane });
  try {
    await live(world);
  } finally {
    await world.stop();
  }
}

test("the rights of install.yaml are enough for all of a rollout's life, in all namespaces", async () => {
  const since = Date.now();
  await inWorld((world) => live(world, { namespaces: false }));
  expect(await refused(since)).toEqual([]);
});

test("so are the Roles of the namespaced overlay, in the namespaces that have them", async () => {
  const since = Date.now();
  await inWorld(async (world) => {
    await kubectl(cluster.plane, ["delete", "clusterrolebinding", "modelrollout"]);
    const role = deploy("overlays/namespaced/watched/role.yaml");
    await kubectl(cluster.plane, ["apply", "-n", world.namespace, "-f", role]);
    await live(world, {});
  });
  expect(await refused(since)).toEqual([]);
});
