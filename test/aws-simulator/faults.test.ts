import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type AppMeshClient, DescribeRouteCommand } from "@aws-sdk/client-app-mesh";
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeRulesCommand, ModifyRuleCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMeshClient } from "./app-mesh/fixtures.ts";
import type { Call } from "./calls.ts";
import { type Clients, createClients } from "./clients.ts";
import { createVirtualClock, type VirtualClock } from "./clock.ts";
import { createStack, type Stack } from "./fixtures.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

let clock: VirtualClock;
let simulator: Simulator;
let clients: Clients;
let mesh: AppMeshClient;
let stack: Stack;

beforeEach(async () => {
  clock = createVirtualClock();
  simulator = await startSimulator({ clock });
  clients = createClients(simulator);
  mesh = createMeshClient(simulator);
  stack = createStack(simulator, { name: "web" });
  simulator.alarms.put("errors");
});

afterEach(async () => {
  clients.destroy();
  mesh.destroy();
  await simulator.stop();
});

const readRule = (abortSignal?: AbortSignal) =>
  clients.elb.send(
    new DescribeRulesCommand({ RuleArns: [stack.ruleArn] }),
    abortSignal ? { abortSignal } : {},
  );
const readAlarms = () => clients.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ["errors"] }));
const readRoute = () =>
  mesh.send(new DescribeRouteCommand({ meshName: "m", virtualRouterName: "r", routeName: "x" }));
const modify = (a: number, b: number, client = clients) =>
  client.elb.send(
    new ModifyRuleCommand({
      RuleArn: stack.ruleArn,
      Actions: [
        {
          Type: "forward",
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: stack.group("a"), Weight: a },
              { TargetGroupArn: stack.group("b"), Weight: b },
            ],
          },
        },
      ],
    }),
  );
const weights = () => Object.values(simulator.elb.weights(stack.ruleArn));

describe("refusals in each protocol's own shape", () => {
  it.each([
    ["throttle", ["Throttling", 400], ["Throttling", 400], ["TooManyRequestsException", 429]],
    ["denied", ["AccessDenied", 403], ["AccessDenied", 403], ["AccessDeniedException", 403]],
    ["expiredToken", ["ExpiredToken", 403], ["ExpiredToken", 403], ["ExpiredTokenException", 403]],
    [
      "error500",
      ["InternalFailure", 500],
      ["InternalServiceFault", 500],
      ["InternalServerErrorException", 500],
    ],
    [
      "error503",
      ["ServiceUnavailable", 503],
      ["ServiceUnavailable", 503],
      ["ServiceUnavailableException", 503],
    ],
  ] as const)("%s", async (kind, ...expected) => {
    simulator.faults.add({ kind });
    for (const [index, send] of [readRule, readAlarms, readRoute].entries()) {
      const [name, httpStatusCode] = expected[index] ?? ["", 0];
      await expect(send(), `call ${index}`).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    }
    expect(simulator.calls.map((call) => call.fault)).toEqual([kind, kind, kind]);
  });

  it("throttling is known as such by the SDK, which tries again", async () => {
    const patient = createClients(simulator, { maxAttempts: 3 });
    simulator.faults.add({ kind: "throttle", operation: "DescribeAlarms", times: 1 });
    await patient.cloudwatch.send(new DescribeAlarmsCommand({}));
    patient.destroy();
    expect(simulator.callsOf("DescribeAlarms").map((call) => call.outcome)).toEqual([
      { kind: "error", status: 400, code: "Throttling" },
      { kind: "ok", status: 200 },
    ]);
  });

  it("a refused write has no effect", async () => {
    simulator.faults.add({ kind: "throttle", operation: "ModifyRule" });
    await expect(modify(5, 5)).rejects.toMatchObject({ name: "Throttling", Code: "Throttling" });
    expect(weights()).toEqual([1, 0]);
  });
});

describe("answers that do not come", () => {
  it("lostAnswer: the write took effect, the caller sees a broken connection", async () => {
    const fault = simulator.faults.add({ kind: "lostAnswer", operation: "ModifyRule", times: 1 });
    await expect(modify(3, 7)).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(weights()).toEqual([3, 7]);
    expect(fault.hits).toBe(1);
    expect(simulator.callsOf("ModifyRule")[0]?.outcome).toEqual({ kind: "dropped", applied: true });
    await modify(4, 6);
    expect(weights()).toEqual([4, 6]);
  });

  it("refuse: the connection is cut and nothing took effect", async () => {
    simulator.faults.add({ kind: "refuse", operation: "ModifyRule" });
    await expect(modify(3, 7)).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(weights()).toEqual([1, 0]);
  });

  it("hang: no answer until the fault is removed", async () => {
    const met = new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (simulator.calls.length === 0) return;
        clearInterval(look);
        resolve();
      }, 5);
    });
    const fault = simulator.faults.add({ kind: "hang" });
    const settled = readRule().then(
      () => "answered",
      (error: { code?: string }) => error.code,
    );
    await met;
    expect(simulator.calls[0]?.outcome).toEqual({ kind: "pending" });
    fault.remove();
    expect(await settled).toBe("ECONNRESET");
  });

  it("hang: a caller that gives up is free, and stopping lets the rest go", async () => {
    simulator.faults.add({ kind: "hang" });
    await expect(readRule(AbortSignal.timeout(50))).rejects.toMatchObject({ name: "AbortError" });
  });

  it("down: every connection is refused; up: the same endpoint answers again", async () => {
    await simulator.down();
    await expect(readRule()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await simulator.up();
    expect((await readRule()).Rules).toHaveLength(1);
  });
});

describe("answers that mislead", () => {
  it("slow: applied, and answered late", async () => {
    simulator.faults.add({ kind: "slow", ms: 80 });
    const startedAt = performance.now();
    await readRule();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(75);
  });

  it("garbage: a proxy's page, which the SDK reports with its status", async () => {
    simulator.faults.add({ kind: "garbage" });
    await expect(readAlarms()).rejects.toMatchObject({ $metadata: { httpStatusCode: 502 } });
    await expect(readRule()).rejects.toMatchObject({ $metadata: { httpStatusCode: 502 } });
  });

  it("staleRead: reads show the past, writes take effect now", async () => {
    clock.advance(10_000);
    await modify(5, 5);
    simulator.alarms.set("errors", "ALARM");
    clock.advance(1_000);
    const fault = simulator.faults.add({ kind: "staleRead", ms: 2_000 });
    const weightsRead = async () =>
      (await readRule()).Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups?.map((group) => group.Weight);
    expect(await weightsRead()).toEqual([1, 0]);
    expect((await readAlarms()).MetricAlarms?.[0]?.StateValue).toBe("OK");
    await modify(6, 4);
    expect(weights()).toEqual([6, 4]);
    fault.remove();
    expect(await weightsRead()).toEqual([6, 4]);
    expect((await readAlarms()).MetricAlarms?.[0]?.StateValue).toBe("ALARM");
  });
});

describe("which calls a fault meets", () => {
  it("only its service, operation and resource, and only so many times", async () => {
    const other = createStack(simulator, { name: "other" });
    simulator.faults.add({
      kind: "denied",
      service: "elasticloadbalancing",
      operation: ["DescribeRules", "ModifyRule"],
      resource: stack.ruleArn,
      times: 1,
    });
    await readAlarms();
    await clients.elb.send(new DescribeRulesCommand({ RuleArns: [other.ruleArn] }));
    await expect(readRule()).rejects.toMatchObject({ name: "AccessDenied" });
    await readRule();
  });

  it("the one that was added first", async () => {
    simulator.faults.add({ kind: "denied", times: 1 });
    simulator.faults.add({ kind: "expiredToken" });
    await expect(readRule()).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(readRule()).rejects.toMatchObject({ name: "ExpiredToken" });
    simulator.faults.clear();
    await readRule();
  });
});

describe("the call log", () => {
  it("keeps every call in order with input, outcome, region and user agent", async () => {
    const seen: Call[] = [];
    const stop = simulator.onCall((call) => seen.push(call));
    await readRule();
    await readAlarms();
    await expect(modify(1000, 0)).rejects.toThrow(/between '0' and '999'/);
    stop();
    await readRule();
    expect(seen.map((call) => [call.seq, call.service, call.operation, call.outcome])).toEqual([
      [1, "elasticloadbalancing", "DescribeRules", { kind: "ok", status: 200 }],
      [2, "monitoring", "DescribeAlarms", { kind: "ok", status: 200 }],
      [3, "elasticloadbalancing", "ModifyRule", { kind: "error", status: 400, code: "ValidationError" }],
    ]);
    expect(simulator.calls).toHaveLength(4);
    expect(seen[0]).toMatchObject({
      input: { RuleArns: [stack.ruleArn] },
      region: "us-east-1",
      at: clock.now(),
    });
    expect(seen[0]?.userAgent).toMatch(/aws-sdk-js/);
  });

  it("forgets the oldest beyond its limit", async () => {
    const small = await startSimulator({ callLimit: 2 });
    const few = createClients(small);
    for (const name of ["one", "two", "three"]) {
      await few.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
    }
    expect(small.calls.map((call) => call.input)).toEqual([
      { AlarmNames: ["two"] },
      { AlarmNames: ["three"] },
    ]);
    expect(small.callLog.total).toBe(3);
    few.destroy();
    await small.stop();
  });

  it("lets hooks hold a call before and after its effect", async () => {
    const order: string[] = [];
    const note = (when: string) => (call: Call) => {
      if (call.operation === "ModifyRule") order.push(`${when} ${weights().join("/")}`);
    };
    const forget = [simulator.onBeforeCall(note("before")), simulator.onAfterCall(note("after"))];
    await modify(2, 8);
    for (const each of forget) each();
    await modify(1, 9);
    expect(order).toEqual(["before 1/0", "after 2/8"]);
  });
});

it("stops although its port is taken again meanwhile", async () => {
  await simulator.down();
  const port = Number(new URL(simulator.endpoint).port);
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(port, "127.0.0.1", resolve));
  expect((squatter.address() as AddressInfo).port).toBe(port);
  await expect(simulator.up()).rejects.toMatchObject({ code: "EADDRINUSE" });
  await new Promise((resolve) => squatter.close(resolve));
});
