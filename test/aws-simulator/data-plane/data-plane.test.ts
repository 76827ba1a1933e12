import { GetMetricDataCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { ModifyRuleCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Clients, createClients } from "../clients.ts";
import { createVirtualClock, type VirtualClock } from "../clock.ts";
import { createStack, type Stack } from "../fixtures.ts";
import { type Simulator, startSimulator } from "../simulator.ts";
import type { Respond } from "./data-plane.ts";
import type { DataPlane } from "./front.ts";
import { startLoad } from "./load.ts";
import { loadBalancerDimension, targetGroupDimension } from "./metrics.ts";
import { stuckTo } from "./stickiness.ts";

let clock: VirtualClock;
let simulator: Simulator;
let clients: Clients;
let stack: Stack;
let plane: DataPlane;
let respond: Respond;

beforeEach(async () => {
  clock = createVirtualClock();
  simulator = await startSimulator({ clock });
  clients = createClients(simulator);
  stack = createStack(simulator, { name: "web", weights: { a: 80, b: 20 } });
  respond = async ({ targetGroupArn }) => ({
    status: 200,
    latencyMs: 0,
    version: targetGroupArn === stack.group("a") ? "v1" : "v2",
    body: "hello",
  });
  plane = await simulator.startDataPlane(stack.loadBalancerArn, {
    respond: (request) => respond(request),
    seed: 7,
  });
});

afterEach(async () => {
  clients.destroy();
  await simulator.stop();
});

const A = { id: "10.0.0.1", port: 8080 };
const B = { id: "10.0.0.2", port: 8080 };

const fill = (): void => {
  simulator.elb.registerTargets(stack.group("a"), [A]);
  simulator.elb.registerTargets(stack.group("b"), [B]);
  clock.advance(300);
};

const forward = (a: number, b: number, stickySeconds?: number) =>
  clients.elb.send(
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
            ...(stickySeconds !== undefined && {
              TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: stickySeconds },
            }),
          },
        },
      ],
    }),
  );

const get = async (path = "/", headers: Record<string, string> = {}) => {
  const answer = await fetch(`${plane.url}${path}`, { headers, redirect: "manual" });
  await answer.arrayBuffer();
  return answer;
};
const versionOf = async (headers?: Record<string, string>) =>
  (await get("/", headers)).headers.get("x-version");
const cookieOf = (answer: Response) => (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";

describe("routing", () => {
  it("shares requests by weight", async () => {
    fill();
    for (let count = 0; count < 500; count++) await get();
    const { byVersion, total } = plane.stats();
    expect(total).toBe(500);
    expect(byVersion["v2"]).toBeGreaterThan(70);
    expect(byVersion["v2"]).toBeLessThan(130);
  });

  it("sends nothing to weight 0, and everything after one ModifyRule", async () => {
    fill();
    await forward(100, 0);
    for (let count = 0; count < 20; count++) expect(await versionOf()).toBe("v1");
    await forward(0, 100);
    for (let count = 0; count < 20; count++) expect(await versionOf()).toBe("v2");
  });

  it("answers 503 when all weights are 0 or the chosen group is empty", async () => {
    fill();
    await forward(0, 0);
    expect((await get()).status).toBe(503);
    simulator.elb.deregisterTargets(stack.group("b"), [B]);
    await forward(0, 1);
    expect((await get()).status).toBe(503);
  });

  it("takes healthy targets in turn, all of them when none is healthy, and none that drains", async () => {
    const targets = [A, { id: "10.0.0.3" }, { id: "10.0.0.4" }];
    simulator.setProbe(({ id }) => id !== "10.0.0.4");
    simulator.elb.registerTargets(stack.group("a"), targets);
    await forward(1, 0);
    const hosts = async () => {
      const seen = new Set<string | null>();
      for (let count = 0; count < 6; count++) seen.add((await get()).headers.get("x-target"));
      return [...seen].map(String).sort((a, b) => a.localeCompare(b));
    };
    expect(await hosts()).toEqual(["10.0.0.1:8080", "10.0.0.3:8080", "10.0.0.4:8080"]);
    clock.advance(300);
    expect(await hosts()).toEqual(["10.0.0.1:8080", "10.0.0.3:8080"]);
    simulator.elb.deregisterTargets(stack.group("a"), [A]);
    expect(await hosts()).toEqual(["10.0.0.3:8080"]);
  });

  it("follows priority, path and host, then the default action", async () => {
    const create = (Priority: number, Conditions: object[], StatusCode: string) =>
      simulator.invoke("elasticloadbalancing", "CreateRule", {
        ListenerArn: stack.listenerArn,
        Priority,
        Conditions,
        Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode, MessageBody: "fixed" } }],
      });
    create(1, [{ Field: "path-pattern", Values: ["/admin/*"] }], "403");
    create(
      2,
      [{ Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "X-Debug", Values: ["on*"] } }],
      "418",
    );
    create(3, [{ Field: "query-string", QueryStringConfig: { Values: [{ Key: "v", Value: "2" }] } }], "206");
    fill();
    expect((await get("/admin/x")).status).toBe(403);
    expect((await get("/Admin/x")).status).toBe(200);
    expect((await get("/", { "x-debug": "only" })).status).toBe(418);
    expect((await get("/?v=2")).status).toBe(206);
    simulator.invoke("elasticloadbalancing", "DeleteRule", { RuleArn: stack.ruleArn });
    expect((await get()).status).toBe(404);
  });

  it("redirects", async () => {
    const action = {
      Type: "redirect",
      RedirectConfig: { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" },
    };
    simulator.invoke("elasticloadbalancing", "ModifyRule", { RuleArn: stack.ruleArn, Actions: [action] });
    const answer = await get("/shop?x=1");
    expect(answer.status).toBe(301);
    expect(answer.headers.get("location")).toBe("https://127.0.0.1:443/shop?x=1");
  });

  it("answers 502 itself when the target does not", async () => {
    fill();
    respond = () => Promise.reject(new Error("gone"));
    expect((await get()).status).toBe(502);
  });
});

describe("stickiness", () => {
  it("keeps a client on its group whatever the weights, until the cookie's life has passed", async () => {
    fill();
    await forward(0, 1, 60);
    const cookie = cookieOf(await get());
    expect(cookie).toMatch(/^AWSALBTG=/);
    await forward(1, 0, 60);
    expect(await versionOf({ cookie })).toBe("v2");
    expect(await versionOf()).toBe("v1");
    clock.advance(59_000);
    const renewed = await get("/", { cookie });
    expect(renewed.headers.get("x-version")).toBe("v2");
    clock.advance(1_000);
    expect(await versionOf({ cookie })).toBe("v1");
    expect(await versionOf({ cookie: cookieOf(renewed) })).toBe("v2");
  });

  it("does not when it is off, or the group is no longer named", async () => {
    fill();
    await forward(0, 1, 60);
    const cookie = cookieOf(await get());
    await forward(1, 0);
    const answer = await get("/", { cookie });
    expect(answer.headers.get("x-version")).toBe("v1");
    expect(answer.headers.get("set-cookie")).toBeNull();
    await forward(1, 0, 60);
    expect(await versionOf({ cookie })).toBe("v2");
    const only = {
      Type: "forward",
      ForwardConfig: {
        TargetGroups: [{ TargetGroupArn: stack.group("a") }],
        TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
      },
    };
    simulator.invoke("elasticloadbalancing", "ModifyRule", { RuleArn: stack.ruleArn, Actions: [only] });
    expect(await versionOf({ cookie })).toBe("v1");
  });

  it("gives 503 to a client stuck to an empty group", async () => {
    fill();
    await forward(0, 1, 60);
    const cookie = cookieOf(await get());
    simulator.elb.deregisterTargets(stack.group("b"), [B]);
    await forward(1, 0, 60);
    expect((await get("/", { cookie })).status).toBe(503);
    expect((await get()).status).toBe(200);
  });
});

describe("metrics", () => {
  const metric = async (name: string, Stat = "Sum", group?: string) => {
    const Dimensions = [{ Name: "LoadBalancer", Value: loadBalancerDimension(stack.loadBalancerArn) }];
    if (group !== undefined)
      Dimensions.push({ Name: "TargetGroup", Value: targetGroupDimension(stack.group(group)) });
    const Metric = { Namespace: "AWS/ApplicationELB", MetricName: name, Dimensions };
    const { MetricDataResults } = await clients.cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: [{ Id: "m", MetricStat: { Metric, Period: 60, Stat } }],
        StartTime: new Date(clock.now() - 60_000),
        EndTime: new Date(clock.now() + 60_000),
      }),
    );
    return MetricDataResults?.[0]?.Values;
  };

  it("count requests and errors per load balancer and target group, nothing where there is nothing", async () => {
    fill();
    respond = async ({ targetGroupArn }) => ({
      status: targetGroupArn === stack.group("b") ? 500 : 200,
      latencyMs: 20,
    });
    await forward(1, 0);
    for (let count = 0; count < 3; count++) await get();
    await forward(0, 1);
    for (let count = 0; count < 2; count++) await get();
    await forward(0, 0);
    await get();
    expect(loadBalancerDimension(stack.loadBalancerArn)).toMatch(/^app\/web\/[0-9a-f]{16}$/);
    expect(targetGroupDimension(stack.group("a"))).toMatch(/^targetgroup\/web-a\/[0-9a-f]{16}$/);
    expect(await metric("RequestCount")).toEqual([5]);
    expect(await metric("RequestCount", "Sum", "a")).toEqual([3]);
    expect(await metric("RequestCount", "Sum", "b")).toEqual([2]);
    expect(await metric("HTTPCode_Target_5XX_Count", "Sum", "b")).toEqual([2]);
    expect(await metric("HTTPCode_Target_5XX_Count", "Sum", "a")).toEqual([]);
    expect(await metric("HTTPCode_Target_2XX_Count", "Sum", "a")).toEqual([3]);
    expect(await metric("HTTPCode_ELB_5XX_Count")).toEqual([1]);
    expect(await metric("HTTPCode_ELB_503_Count")).toEqual([1]);
    expect(await metric("TargetResponseTime", "p99", "a")).toEqual([0.02]);
  });

  it("can arrive late, with the time of the request", async () => {
    const late = await simulator.startDataPlane(stack.loadBalancerArn, { respond, metricDelayMs: 90_000 });
    fill();
    await (await fetch(late.url)).arrayBuffer();
    expect(await metric("RequestCount")).toEqual([]);
    clock.advance(59_000);
    expect(await metric("RequestCount")).toEqual([]);
    clock.advance(31_000);
    const from = clock.now() - 91_000;
    const store = simulator.world.region(simulator.account, simulator.region).cloudwatch.metrics;
    const name = {
      namespace: "AWS/ApplicationELB",
      name: "RequestCount",
      dimensions: { LoadBalancer: loadBalancerDimension(stack.loadBalancerArn) },
    };
    expect(store.aggregate(name, from, from + 2_000)?.sum).toBe(1);
  });
});

it("a bad version's errors put an alarm on the error rate into ALARM, and its leaving ends it", async () => {
  fill();
  const TargetGroup = { Name: "TargetGroup", Value: targetGroupDimension(stack.group("b")) };
  const LoadBalancer = { Name: "LoadBalancer", Value: loadBalancerDimension(stack.loadBalancerArn) };
  const sum = (Id: string, MetricName: string) => {
    const Metric = { Namespace: "AWS/ApplicationELB", MetricName, Dimensions: [TargetGroup, LoadBalancer] };
    return { Id, ReturnData: false, MetricStat: { Metric, Period: 5, Stat: "Sum" } };
  };
  await clients.cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: "bad",
      EvaluationPeriods: 1,
      Threshold: 5,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching",
      Metrics: [
        sum("errors", "HTTPCode_Target_5XX_Count"),
        sum("requests", "RequestCount"),
        { Id: "rate", Expression: "100 * FILL(errors, 0) / requests" },
      ],
    }),
  );
  const step = async (): Promise<string | undefined> => {
    for (let count = 0; count < 40; count++) await get();
    clock.advance(5_000);
    return simulator.alarms.get("bad")?.state;
  };
  expect(await step()).toBe("OK");
  respond = async ({ targetGroupArn }) => ({
    status: targetGroupArn === stack.group("b") ? 500 : 200,
    latencyMs: 0,
  });
  expect(await step()).toBe("ALARM");
  await forward(1, 0);
  const after = [await step(), await step(), await step()];
  expect(after.at(-1)).toBe("OK");
});

describe("load", () => {
  it("sends real requests at a rate and counts what clients saw", async () => {
    fill();
    respond = async ({ targetGroupArn }) =>
      targetGroupArn === stack.group("b")
        ? { status: 500, latencyMs: 1, version: "v2" }
        : { status: 200, latencyMs: 1, version: "v1" };
    let outcomes = 0;
    const enough = Promise.withResolvers<void>();
    const onOutcome = (): void => {
      if (++outcomes === 100) enough.resolve();
    };
    const load = startLoad({ url: plane.url, rps: 400, onOutcome });
    await enough.promise;
    await load.stop();
    const counts = load.counts();
    expect(counts.total).toBe(outcomes);
    expect(counts.errors).toBe(0);
    expect(counts.byVersionAndStatus["v1"]?.["200"]).toBe(counts.byStatus["200"]);
    expect(counts.byVersionAndStatus["v2"]?.["500"]).toBe(counts.byStatus["500"]);
    expect(plane.stats()).toEqual(counts);
  });

  it("with clients that keep their cookie, each stays where its cookie says", async () => {
    fill();
    await forward(1, 1, 3600);
    const stuck: [cookie: string, group: string][] = [];
    const enough = Promise.withResolvers<void>();
    respond = async ({ targetGroupArn, request }) => {
      const named = stuckTo([request.headers["cookie"] ?? ""].flat().join(";"), clock.now());
      if (named !== undefined && stuck.push([named, targetGroupArn]) === 30) enough.resolve();
      return { status: 200, latencyMs: 0 };
    };
    const load = startLoad({ url: plane.url, rps: 200, clients: 3 });
    await enough.promise;
    await load.stop();
    for (const [cookie, group] of stuck) expect(group).toBe(cookie);
  });

  it("counts requests that get no answer", async () => {
    await plane.stop();
    const failed = Promise.withResolvers<void>();
    const load = startLoad({ url: plane.url, rps: 50, onOutcome: () => failed.resolve() });
    await failed.promise;
    await load.stop();
    expect(load.counts().errors).toBeGreaterThan(0);
    expect(load.counts().errors).toBe(load.counts().total);
  });
});
