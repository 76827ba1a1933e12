import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type AuditedRequest, readAuditLog } from "../control-plane/audit.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { eventually } from "../control-plane/eventually.ts";
import { applyDefinitions, definitionFiles } from "../control-plane/manifests.ts";
import type { Edge } from "../world/edge.ts";
import type { LogLine, OperatorProcess } from "../world/operator-process.ts";
import type { Rollout } from "../world/rollouts.ts";
import { startTap, type Tap } from "../world/tap.ts";
import { startWorld, type World } from "../world/world.ts";
import { elected } from "./shared.ts";

/**
 * Two replicas, told apart by taps: what the one that does not hold the Lease says is heard on its own wires, in the
 * simulator's log and in the API server's audit log. What a killed and a stopped leader do is in leaders.test.ts.
 */
let plane: ControlPlane;
let world: World;
const running: OperatorProcess[] = [];
const taps: Tap[] = [];

beforeAll(async () => {
  plane = await startControlPlane({ nodes: 1 });
  await applyDefinitions(plane, await definitionFiles());
  world = await startWorld({ controlPlane: plane });
});
afterEach(async () => {
  plane.resumeApiServer();
  for (const operator of running.splice(0)) {
    operator.signal("SIGCONT");
    await operator.kill("SIGTERM");
  }
  await Promise.all(taps.splice(0).map((tap) => tap.close()));
});
afterAll(async () => {
  await world.stop();
  await plane.stop();
});

type Replica = {
  readonly operator: OperatorProcess;
  readonly tap: Tap;
  /** Instants (ms since 1970) of its writes, those of its Lease left out. */
  readonly writes: readonly { readonly at: number; readonly name: string }[];
};

async function startReplica(): Promise<Replica> {
  const tap = await startTap({
    kubeconfigPath: world.operatorKubeconfigPath,
    awsEndpoint: world.simulator.endpoint,
    folder: world.folder,
  });
  taps.push(tap);
  const writes: { at: number; name: string }[] = [];
  tap.judge(({ writes: effect, name }) => {
    if (effect && !name.endsWith(" leases") && !name.endsWith(" events"))
      writes.push({ at: Date.now(), name });
    return "pass";
  });
  const env = { AWS_ENDPOINT_URL: tap.awsEndpoint };
  const operator = await world.startOperator({ ...elected, kubeconfig: tap.kubeconfigPath, env });
  running.push(operator);
  return { operator, tap, writes };
}

/** The first leads, the second waits. */
async function twoReplicas(): Promise<readonly [Replica, Replica]> {
  const first = await startReplica();
  await first.operator.waitReady();
  const second = await startReplica();
  await second.operator.waitForLog("started", ({ msg }) => msg === "started");
  return [first, second];
}

/** A release of v2 whose holds are over at once but for the last, which a person has to approve. */
async function releasing(name: string): Promise<{ readonly rollout: Rollout; readonly edge: Edge }> {
  const edge = await world.createEdge({ name });
  const rollout = world.rollouts.of({ name, edge });
  await rollout.apply({});
  await rollout.waitForReady();
  await rollout.apply({
    version: "v2",
    steps: [
      { weight: 20, hold: "3s" },
      { weight: 50, hold: "3s" },
      { weight: 80, hold: "3s" },
    ],
    strategy: { retain: "1s", drain: "1s", stepTimeout: "5m" },
  });
  await rollout.waitForState("Holding");
  return { rollout, edge };
}

const toldAt = async ({ operator }: Replica, said: (line: LogLine) => boolean): Promise<number> =>
  Date.parse(String((await operator.waitForLog("a line", said))["time"]));
const leads = ({ msg }: LogLine): boolean => msg === "leading";

const promoted = async (rollout: Rollout, edge: Edge): Promise<void> => {
  const done = await rollout.waitForReady(60_000);
  expect(done.status?.stable?.modelVersion).toBe("v2");
  expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20, 50, 80, 100]);
};

/** Writes of the cluster by operators, in order; whose they were the taps know. */
const audited = async (from: number): Promise<readonly AuditedRequest[]> =>
  (await readAuditLog(plane.auditLogPath)).filter(
    ({ userAgent, verb, receivedAt, resource }) =>
      userAgent.startsWith("modelrollout/") &&
      receivedAt >= from &&
      ["create", "update", "patch", "delete"].includes(verb) &&
      resource === "modelrollouts",
  );

test("a leader that is frozen for 20 s in mid-release writes nothing when it wakes up: neither to AWS nor to the cluster", async () => {
  const [first, second] = await twoReplicas();
  const { rollout, edge } = await releasing("frozen");
  const frozenAt = Date.now();
  first.operator.signal("SIGSTOP");
  await second.operator.waitReady();
  console.log(`the next leader leads ${(await toldAt(second, leads)) - frozenAt} ms after the freeze`);
  await eventually("20 s are over", () => Date.now() - frozenAt > 20_000, { withinMs: 30_000, everyMs: 200 });
  // What it had sent before has been read by its tap long ago: from here on nothing may come.
  const before = first.writes.length;
  const calls = world.operatorCalls("ModifyRule").length;
  const ours = second.writes.length;
  const wokenAt = Date.now();
  first.operator.signal("SIGCONT");
  expect(await first.operator.ended).toBe("exit code 1");
  console.log(`the frozen one has ended ${Date.now() - wokenAt} ms after it woke up`);
  expect(first.writes.slice(before)).toEqual([]);
  await promoted(rollout, edge);
  expect(world.operatorCalls("ModifyRule").length - calls).toBe(
    second.writes.slice(ours).filter(({ name }) => name === "ModifyRule").length,
  );
  // Every status write since then was the second's.
  const theirs = second.writes.filter(
    ({ at, name }) => at >= wokenAt && name === "update modelrollouts/status",
  );
  const all = (await audited(wokenAt)).filter(({ subresource }) => subresource === "status");
  expect(all.length).toBeLessThanOrEqual(theirs.length + 1);
});

test("a leader whose network to the API server is cut: the next one leads within 8 s, and the first has stopped before", async () => {
  const [first, second] = await twoReplicas();
  const { rollout, edge } = await releasing("cut");
  const cutAt = Date.now();
  first.tap.set("silent", "kubernetes");
  await second.operator.waitReady();
  const ledAt = await toldAt(second, leads);
  console.log(`network cut: the next leader leads after ${ledAt - cutAt} ms`);
  expect(ledAt - cutAt).toBeLessThan(8_000);
  await promoted(rollout, edge);
  expect(first.writes.filter(({ at }) => at >= ledAt)).toEqual([]);
  first.tap.set("open");
  expect(await first.operator.ended).toBe("exit code 1");
  expect(first.writes.filter(({ at }) => at >= ledAt)).toEqual([]);
});

test("the API server frozen for longer than the Lease, with two replicas: afterwards one of them goes on, and only one", async () => {
  const [first, second] = await twoReplicas();
  const { rollout, edge } = await releasing("paused");
  plane.pauseApiServer();
  await first.operator.waitForLog("it is away", ({ msg }) => msg?.startsWith("API SERVER AWAY") === true);
  const from = [first, second].map(({ writes }) => writes.length);
  plane.resumeApiServer();
  await promoted(rollout, edge);
  const wrote = [first, second].map(({ writes }, index) =>
    writes.slice(from[index]).filter(({ name }) => name === "ModifyRule"),
  );
  expect(wrote.filter((each) => each.length > 0)).toHaveLength(1);
});
