import {
  DeleteAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  GetMetricDataCommand,
  ListTagsForResourceCommand,
  type MetricDataQuery,
  type MetricDatum,
  PutMetricDataCommand,
  TagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Clients, createClients } from "../clients.ts";
import { createVirtualClock, type VirtualClock } from "../clock.ts";
import { type Simulator, startSimulator } from "../simulator.ts";

let clock: VirtualClock;
let simulator: Simulator;
let clients: Clients;
let start: number;

beforeEach(async () => {
  clock = createVirtualClock();
  start = clock.now();
  simulator = await startSimulator({ clock });
  clients = createClients(simulator);
});

afterEach(async () => {
  clients.destroy();
  await simulator.stop();
});

const put = (...MetricData: MetricDatum[]) =>
  clients.cloudwatch.send(new PutMetricDataCommand({ Namespace: "App", MetricData }));
const stat = (Id: string, Stat: string, more: Partial<MetricDataQuery> = {}): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: "App", MetricName: "Latency" }, Period: 60, Stat },
  ...more,
});
const get = (MetricDataQueries: MetricDataQuery[], more: object = {}) =>
  clients.cloudwatch.send(
    new GetMetricDataCommand({
      MetricDataQueries,
      StartTime: new Date(start),
      EndTime: new Date(start + 180_000),
      ...more,
    }),
  );
const at = (seconds: number): Date => new Date(start + seconds * 1000);

describe("metric data", () => {
  it("comes back by statistic, percentiles included", async () => {
    const Values = Array.from({ length: 100 }, (_, index) => index + 1);
    await put({ MetricName: "Latency", Timestamp: at(5), Values });
    const names = ["Sum", "Average", "Minimum", "Maximum", "SampleCount", "p99", "p50"];
    const { MetricDataResults } = await get(names.map((name, index) => stat(`m${index}`, name)));
    expect(MetricDataResults?.map((result) => result.Values)).toEqual([
      [5050],
      [50.5],
      [1],
      [100],
      [100],
      [99],
      [50],
    ]);
    expect(MetricDataResults?.every((result) => result.StatusCode === "Complete")).toBe(true);
  });

  it("newest first unless asked otherwise, start inclusive and end exclusive", async () => {
    await put(...[0, 60, 120, 180].map((s) => ({ MetricName: "Latency", Timestamp: at(s), Value: s })));
    const newest = (await get([stat("m", "Sum")])).MetricDataResults?.[0];
    expect(newest?.Values).toEqual([120, 60, 0]);
    expect(newest?.Timestamps).toEqual([at(120), at(60), at(0)]);
    const oldest = await get([stat("m", "Sum")], { ScanBy: "TimestampAscending" });
    expect(oldest.MetricDataResults?.[0]?.Values).toEqual([0, 60, 120]);
  });

  it("math over ids, hidden ones left out of the answer", async () => {
    await put(
      { MetricName: "Latency", Timestamp: at(0), Value: 8 },
      { MetricName: "Latency", Timestamp: at(0), Value: 2 },
    );
    const hidden = { ReturnData: false };
    const sums = [stat("s", "Sum", hidden), stat("c", "SampleCount", hidden)];
    const { MetricDataResults } = await get([...sums, { Id: "e", Expression: "(s - c) / c + -1 * 2 ^ 2" }]);
    expect(MetricDataResults?.map((result) => [result.Id, result.Values])).toEqual([["e", [0]]]);
    await expect(get([{ Id: "e", Expression: "nobody * 2" }])).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  it("a metric nobody put is an empty, complete series", async () => {
    const { MetricDataResults } = await get([stat("m", "Sum")]);
    expect(MetricDataResults).toMatchObject([
      { Id: "m", Values: [], Timestamps: [], StatusCode: "Complete" },
    ]);
  });

  it("takes compressed requests, statistic sets and entities", async () => {
    const many = Array.from({ length: 900 }, () => ({ MetricName: "Latency", Timestamp: at(0), Value: 1 }));
    await put(...many);
    await put({
      MetricName: "Latency",
      Timestamp: at(0),
      StatisticValues: { SampleCount: 100, Sum: 100, Minimum: 1, Maximum: 1 },
    });
    await clients.cloudwatch.send(
      new PutMetricDataCommand({
        Namespace: "App",
        EntityMetricData: [{ MetricData: [{ MetricName: "Latency", Timestamp: at(0), Value: 1 }] }],
      }),
    );
    const { MetricDataResults } = await get([stat("m", "SampleCount")]);
    expect(MetricDataResults?.[0]?.Values).toEqual([1001]);
  });

  it("is forgotten after the retention", async () => {
    const small = await startSimulator({ clock, metricRetentionMs: 60_000 });
    const { metrics } = small.world.region(small.account, small.region).cloudwatch;
    const metric = { namespace: "App", name: "Old", dimensions: {} };
    metrics.put(metric, start, 1);
    for (let second = 0; second < 1100; second++)
      metrics.put({ ...metric, name: "New" }, start + second * 1000, 1);
    expect(metrics.aggregate(metric, start, start + 1000)).toBeUndefined();
    await small.stop();
  });
});

describe("alarms around their state", () => {
  it("actions can be switched off and on", async () => {
    simulator.alarms.put("errors");
    await clients.cloudwatch.send(new DisableAlarmActionsCommand({ AlarmNames: ["errors"] }));
    expect(simulator.alarms.get("errors")?.actionsEnabled).toBe(false);
    await clients.cloudwatch.send(new EnableAlarmActionsCommand({ AlarmNames: ["errors"] }));
    expect(simulator.alarms.get("errors")?.actionsEnabled).toBe(true);
  });

  it("tags are kept by ARN", async () => {
    simulator.alarms.put("errors");
    const ResourceARN = simulator.alarms.get("errors")?.arn;
    await clients.cloudwatch.send(
      new TagResourceCommand({ ResourceARN, Tags: [{ Key: "team", Value: "ml" }] }),
    );
    const { Tags } = await clients.cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN }));
    expect(Tags).toEqual([{ Key: "team", Value: "ml" }]);
    const unknown = new ListTagsForResourceCommand({ ResourceARN: `${ResourceARN}x` });
    await expect(clients.cloudwatch.send(unknown)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("deletion is all or nothing", async () => {
    simulator.alarms.put("errors");
    const remove = (...AlarmNames: string[]) =>
      clients.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames }));
    await expect(remove("errors", "typo")).rejects.toMatchObject({ name: "ResourceNotFound" });
    expect(simulator.alarms.get("errors")).toBeDefined();
    await remove("errors");
    expect(simulator.alarms.get("errors")).toBeUndefined();
  });
});
