import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { readAuditLog } from "../control-plane/audit.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { eventually } from "../control-plane/eventually.ts";
import { applyDefinitions, definitionFiles } from "../control-plane/manifests.ts";
import type { Edge } from "../world/edge.ts";
import type { LogLine, OperatorOptions, OperatorProcess } from "../world/operator-process.ts";
import type { Rollout } from "../world/rollouts.ts";
import { startTap, type Tap } from "../world/tap.ts";
import { startWorld, type World } from "../world/world.ts";
import { type Applied, elected } from "./shared.ts";

/**
 * docs/adr/0009: the API server is away for longer than the Lease, as when a managed control plane is replaced. A leader
 * that lost its Lease for want of an answer may still return the traffic to stable, where nobody has touched it.
 */
let plane: ControlPlane;
let world: World;
const operators: OperatorProcess[] = [];

const start = async (options: OperatorOptions = {}): Promise<OperatorProcess> => {
  const operator = await world.startOperator({ ...elected, ...options });
  operators.push(operator);
  return operator;
};

beforeAll(async () => {
  plane = await startControlPlane({ nodes: 1 });
  await applyDefinitions(plane, await definitionFiles());
  world = await startWorld({ controlPlane: plane });
});
afterEach(async () => {
  plane.resumeApiServer();
  for (const operator of operators.splice(0)) {
    operator.signal("SIGCONT");
    await operator.kill("SIGTERM");
  }
});
afterAll(async () => {
  await world.stop();
  await plane.stop();
});

const away = ({ msg }: LogLine): boolean => msg?.startsWith("API SERVER AWAY: the lease") === true;
const written = ({ msg }: LogLine): boolean => msg === "API SERVER AWAY: written";
const metric = async ({ metricsUrl }: OperatorProcess, name: string): Promise<string | undefined> => {
  const text = await (await fetch(`${metricsUrl}/metrics`)).text();
  return text.split("\n").find((line) => line.startsWith(name));
};

async function inHold(
  name: string,
  applied: Partial<Applied> = {},
): Promise<{ readonly rollout: Rollout; readonly edge: Edge }> {
  const edge = await world.createEdge({ name });
  const rollout = world.rollouts.of({ name, edge });
  edge.putManualAlarm(`${name}-5xx`);
  await rollout.apply({});
  await rollout.waitForReady();
  await rollout.apply({
    version: "v2",
    alarms: [`${name}-5xx`],
    steps: [{ weight: 50, hold: "10m" }],
    strategy: { retain: "10m", stepTimeout: "1h" },
    ...applied,
  });
  await rollout.waitFor(
    "50 % are acknowledged, and nothing moves",
    ({ status }) => status?.state === "Holding" || status?.state === "AwaitingApproval",
  );
  return { rollout, edge };
}

test.each(["frozen", "gone"] as const)(
  "the API server is %s for longer than the Lease: a failing alarm still gives stable the traffic, and no pod is touched",
  async (how) => {
    const operator = await start();
    await operator.waitReady();
    const { rollout, edge } = await inHold(how);
    if (how === "frozen") plane.pauseApiServer();
    else await plane.stopApiServer();
    await operator.waitForLog("it is away", away);
    expect(await metric(operator, "modelrollout_api_server_silent")).toMatch(/ 1$/);
    expect(await metric(operator, "leader_election_master_status")).toMatch(/ 0$/);
    expect(edge.weights()).toEqual({ a: 50, b: 50 });
    world.simulator.alarms.set(`${how}-5xx`, "ALARM");
    await eventually("the traffic is back", () => edge.weights().b === 0, { withinMs: 10_000 });
    await operator.waitForLog("it shouts", written);
    const from = Date.now();
    if (how === "frozen") plane.resumeApiServer();
    else await plane.startApiServer();
    const back = await rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toMatch(/AlarmFiring|AlarmFired/);
    expect(edge.raises("b")).toHaveLength(1);
    expect(await metric(operator, "modelrollout_api_server_silent")).toMatch(/ 0$/);
    expect(operator.hasEnded()).toBe(false);
    // It had the Lease again before it wrote anything, but for Events of what was before.
    const own = (await readAuditLog(plane.auditLogPath)).filter(
      ({ userAgent, receivedAt, verb, resource, code = 0 }) =>
        userAgent.startsWith("modelrollout/") &&
        receivedAt > from &&
        code < 300 &&
        resource !== "events" &&
        ["update", "patch", "create"].includes(verb),
    );
    expect(own[0]).toMatchObject({ resource: "leases", verb: "update" });
  },
);

test("only for as long as `retain`", async () => {
  const operator = await start();
  await operator.waitReady();
  const { rollout, edge } = await inHold("retained", { strategy: { retain: "1s", stepTimeout: "1h" } });
  plane.pauseApiServer();
  await operator.waitForLog("it is away", away);
  const polls = world.operatorCalls("DescribeAlarms").length;
  await eventually("some polls", () => world.operatorCalls("DescribeAlarms").length >= polls + 3);
  world.simulator.alarms.set("retained-5xx", "ALARM");
  const refusal = await operator.waitForLog("it is refused", (line) => line["refused"] !== undefined);
  expect(refusal["refused"]).toMatch(/retain/);
  expect(edge.weights()).toEqual({ a: 50, b: 50 });
  plane.resumeApiServer();
  await rollout.waitForState("RolledBack");
});

/** A leader behind a tap, and a replica beside it that waits. */
async function twoReplicas(): Promise<{
  first: OperatorProcess;
  tap: Tap;
  second: OperatorProcess;
  wrote: () => number;
}> {
  const tap = await startTap({
    kubeconfigPath: world.operatorKubeconfigPath,
    awsEndpoint: world.simulator.endpoint,
    folder: world.folder,
  });
  let writes = 0;
  tap.judge(({ service, writes: effect }) => {
    if (service === "aws" && effect) writes += 1;
    return "pass";
  });
  const env = { AWS_ENDPOINT_URL: tap.awsEndpoint };
  const first = await start({ kubeconfig: tap.kubeconfigPath, env });
  await first.waitReady();
  const second = await start();
  await second.waitForLog("started", ({ msg }) => msg === "started");
  return { first, tap, second, wrote: () => writes };
}

test("a second replica that got the Lease and moved on is not fought: the first writes nothing, and ends when it hears of it", async () => {
  const { first, tap, second, wrote } = await twoReplicas();
  const { rollout, edge } = await inHold("moved", {
    steps: [
      { weight: 50, hold: "0s", approval: true },
      { weight: 80, hold: "10m" },
    ],
  });
  expect(second.hasEnded()).toBe(false);
  tap.set("cut", "kubernetes");
  await first.waitForLog("it is away", away);
  await second.waitReady();
  await rollout.annotate("approve", rollout.latest?.status?.awaiting ?? "");
  await eventually("the second has moved on", () => edge.weights().b === 80);
  const before = wrote();
  world.simulator.alarms.set("moved-5xx", "ALARM");
  await rollout.waitForState("RolledBack");
  expect(wrote()).toBe(before);
  expect(edge.weights().b).toBe(0);
  tap.set("open");
  expect(await first.ended).toBe("exit code 1");
  expect(wrote()).toBe(before);
  await tap.close();
});

test("a second replica that got the Lease and stands still: the first returns the traffic, the second finishes", async () => {
  const { first, tap, second, wrote } = await twoReplicas();
  const { rollout, edge } = await inHold("still");
  tap.set("silent", "kubernetes");
  await second.waitReady();
  await first.waitForLog("it is away", away);
  second.signal("SIGSTOP");
  const before = wrote();
  world.simulator.alarms.set("still-5xx", "ALARM");
  await eventually("the traffic is back", () => edge.weights().b === 0, { withinMs: 10_000 });
  expect(wrote()).toBe(before + 1);
  second.signal("SIGCONT");
  // It goes on if nobody led meanwhile, else it ends, and the third goes on.
  await start();
  await rollout.waitForState("RolledBack");
  expect(edge.raises("b")).toHaveLength(1);
  tap.set("open");
  expect(await first.ended).toBe("exit code 1");
  expect(wrote()).toBe(before + 1);
  await tap.close();
});
