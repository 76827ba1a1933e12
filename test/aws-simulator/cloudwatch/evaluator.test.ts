import {
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  type StateValue,
} from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Clients, createClients } from "../clients.ts";
import { createVirtualClock, type VirtualClock } from "../clock.ts";
import { type Simulator, startSimulator } from "../simulator.ts";

let clock: VirtualClock;
let simulator: Simulator;
let clients: Clients;

beforeEach(async () => {
  clock = createVirtualClock();
  simulator = await startSimulator({ clock });
  clients = createClients(simulator);
});

afterEach(async () => {
  clients.destroy();
  await simulator.stop();
});

const putAlarm = (AlarmName: string, more: Partial<PutMetricAlarmCommandInput> = {}) =>
  clients.cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: "App",
      MetricName: "Errors",
      Dimensions: [{ Name: "Service", Value: "web" }],
      Statistic: "Sum",
      Period: 1,
      EvaluationPeriods: 2,
      Threshold: 3,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      ...more,
    }),
  );
const putData = (value: number, MetricName = "Errors", Value = "web") =>
  clients.cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: "App",
      MetricData: [
        {
          MetricName,
          Dimensions: [{ Name: "Service", Value }],
          Value: value,
          Timestamp: new Date(clock.now()),
        },
      ],
    }),
  );
const alarm = async (name: string) => {
  const { MetricAlarms, CompositeAlarms } = await clients.cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
  );
  return MetricAlarms?.[0] ?? CompositeAlarms?.[0];
};
const state = async (name: string) => (await alarm(name))?.StateValue;
const set = (AlarmName: string, StateValue: StateValue) =>
  clients.cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "by hand" }));

describe("a metric alarm", () => {
  it("starts without data, goes OK and into ALARM by what the metric says", async () => {
    await putAlarm("errors");
    expect(await alarm("errors")).toMatchObject({
      StateValue: "INSUFFICIENT_DATA",
      StateReason: "Unchecked: Initial alarm creation",
    });
    await putData(0);
    clock.advance(1_000);
    expect(await state("errors")).toBe("OK");
    await putData(5);
    clock.advance(1_000);
    expect(await state("errors")).toBe("OK");
    await putData(2);
    await putData(1);
    clock.advance(1_000);
    expect(await alarm("errors")).toMatchObject({
      StateValue: "ALARM",
      StateReason: expect.stringContaining("2 datapoint(s) [3, 5]"),
      StateTransitionedTimestamp: new Date(clock.now()),
    });
    clock.advance(10_000);
    expect(await state("errors")).toBe("INSUFFICIENT_DATA");
  });

  it("looks at its own dimensions only", async () => {
    await putAlarm("errors", { EvaluationPeriods: 1, TreatMissingData: "notBreaching" });
    await putData(100, "Errors", "other");
    clock.advance(1_000);
    expect(await state("errors")).toBe("OK");
  });

  it("snaps back from SetAlarmState at its next evaluation", async () => {
    await putAlarm("errors", { TreatMissingData: "notBreaching" });
    clock.advance(1_000);
    await set("errors", "ALARM");
    expect(await state("errors")).toBe("ALARM");
    clock.advance(1_000);
    expect(await state("errors")).toBe("OK");
  });

  it("evaluates short periods each period, 10 to 30 s each ten seconds, longer ones each minute", async () => {
    for (const [name, Period] of [
      ["short", 5],
      ["high", 30],
      ["long", 300],
    ] as const) {
      await putAlarm(name, { Period, EvaluationPeriods: 1, TreatMissingData: "notBreaching" });
    }
    const seen: Record<string, number> = {};
    for (let second = 1; second <= 60; second++) {
      clock.advance(1_000);
      for (const name of ["short", "high", "long"]) {
        if (simulator.alarms.get(name)?.state === "OK") seen[name] ??= second;
      }
    }
    expect(seen).toEqual({ short: 5, high: 10, long: 60 });
  });

  it("stands still while its evaluation is broken", async () => {
    await putAlarm("errors", { EvaluationPeriods: 1 });
    await putData(0);
    clock.advance(1_000);
    simulator.alarms.setEvaluationState("errors", "EVALUATION_ERROR");
    await putData(9);
    clock.advance(1_000);
    expect(await alarm("errors")).toMatchObject({ StateValue: "OK", EvaluationState: "EVALUATION_ERROR" });
  });

  it("is in error when its queries make no sense", async () => {
    const config = {
      Period: 1,
      EvaluationPeriods: 1,
      Metrics: [{ Id: "e", Expression: "nobody", Period: 1 }],
    };
    simulator.alarms.put("odd", { evaluate: true, config });
    clock.advance(1_000);
    expect(await alarm("odd")).toMatchObject({ StateValue: "OK", EvaluationState: "EVALUATION_ERROR" });
  });

  it("keeps its state when its configuration is replaced", async () => {
    await putAlarm("errors", { TreatMissingData: "breaching" });
    clock.advance(1_000);
    const before = await alarm("errors");
    await putAlarm("errors", { TreatMissingData: "breaching", Threshold: 4 });
    const after = await alarm("errors");
    expect(after).toMatchObject({ StateValue: "ALARM", Threshold: 4 });
    expect(after?.AlarmConfigurationUpdatedTimestamp?.getTime()).toBe(clock.now());
    expect(after?.StateTransitionedTimestamp).toEqual(before?.StateTransitionedTimestamp);
  });

  it("set by a test's own hand stays as it is set", async () => {
    simulator.alarms.put("errors", { state: "ALARM" });
    clock.advance(600_000);
    expect(await state("errors")).toBe("ALARM");
  });

  it("judges metric math: an error rate in percent", async () => {
    const stat = (Id: string, MetricName: string) => ({
      Id,
      ReturnData: false,
      MetricStat: {
        Metric: { Namespace: "App", MetricName, Dimensions: [{ Name: "Service", Value: "web" }] },
        Period: 1,
        Stat: "Sum",
      },
    });
    await putAlarm("rate", {
      Namespace: undefined,
      MetricName: undefined,
      Dimensions: undefined,
      Statistic: undefined,
      Period: undefined,
      EvaluationPeriods: 1,
      Threshold: 5,
      TreatMissingData: "notBreaching",
      Metrics: [
        stat("errors", "Errors"),
        stat("requests", "Requests"),
        {
          Id: "rate",
          Expression: "IF(requests > 10, FILL(errors, 0) / requests * 100, 0)",
          Label: "error rate",
        },
      ],
    });
    await putData(100, "Requests");
    clock.advance(1_000);
    expect(await state("rate")).toBe("OK");
    await putData(100, "Requests");
    await putData(6);
    clock.advance(1_000);
    expect(await state("rate")).toBe("ALARM");
    await putData(9, "Requests");
    await putData(9);
    clock.advance(1_000);
    expect(await state("rate")).toBe("OK");
  });

  it.each<[string, Partial<PutMetricAlarmCommandInput>]>([
    ["a period of 45 s", { Period: 45 }],
    ["no metric", { MetricName: undefined }],
    ["more datapoints than periods", { DatapointsToAlarm: 3 }],
    ["an unknown statistic", { Statistic: undefined, ExtendedStatistic: "p101" }],
    ["an unknown treatment", { TreatMissingData: "guess" }],
    ["more than a day", { Period: 60, EvaluationPeriods: 1441 }],
    ["an expression that is none", { Metrics: [{ Id: "e", Expression: "1 +" }] }],
    ["an expression on an unknown id", { Metrics: [{ Id: "e", Expression: "nobody * 2" }] }],
    ["an expression on itself", { Metrics: [{ Id: "e", Expression: "e + 1" }] }],
    ["an unknown function", { Metrics: [{ Id: "e", Expression: "GUESS(m1)" }] }],
  ])("refuses %s", async (_, wrong) => {
    await expect(putAlarm("wrong", wrong)).rejects.toMatchObject({ name: "ValidationException" });
    expect(await alarm("wrong")).toBeUndefined();
  });
});

describe("a composite alarm", () => {
  const putComposite = (AlarmName: string, AlarmRule: string) =>
    clients.cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule }));

  it("is without data just after its creation, then follows its children at once", async () => {
    simulator.alarms.put("errors");
    simulator.alarms.put("latency high", { state: "ALARM" });
    await putComposite("both", 'ALARM(errors) AND ALARM("latency high")');
    expect(await state("both")).toBe("INSUFFICIENT_DATA");
    clock.advance(100);
    expect(await state("both")).toBe("OK");
    await set("errors", "ALARM");
    expect(await state("both")).toBe("ALARM");
    await putComposite("outer", "NOT (OK(both) OR FALSE)");
    clock.advance(100);
    expect(await state("outer")).toBe("ALARM");
    await set("errors", "INSUFFICIENT_DATA");
    expect([await state("both"), await state("outer")]).toEqual(["OK", "OK"]);
  });

  it("names its children by ARN as well", async () => {
    simulator.alarms.put("errors", { state: "ALARM" });
    await putComposite("one", "ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors)");
    clock.advance(100);
    expect(await state("one")).toBe("ALARM");
  });

  it("set by hand stays wrong until a child changes", async () => {
    simulator.alarms.put("errors");
    await putComposite("one", "ALARM(errors)");
    clock.advance(100);
    await set("one", "ALARM");
    clock.advance(600_000);
    expect(await state("one")).toBe("ALARM");
    await set("errors", "INSUFFICIENT_DATA");
    expect(await state("one")).toBe("OK");
  });

  it("refuses a rule that is none, and children that do not exist", async () => {
    for (const rule of ["ALARM(", "errors", "ALARM(errors) AND", "ALARM(nobody)", ""]) {
      await expect(putComposite("wrong", rule), rule).rejects.toMatchObject({ name: "ValidationException" });
    }
  });
});

describe("DescribeAlarmHistory", () => {
  it("tells every change of state with both reasons, newest first, by date and in pages", async () => {
    simulator.alarms.put("errors");
    const start = clock.now();
    for (const next of ["ALARM", "OK", "ALARM"] as const) {
      clock.advance(60_000);
      await set("errors", next);
    }
    const ask = (more: object) =>
      clients.cloudwatch.send(
        new DescribeAlarmHistoryCommand({ AlarmName: "errors", HistoryItemType: "StateUpdate", ...more }),
      );
    const { AlarmHistoryItems: all } = await ask({ StartDate: new Date(start + 1) });
    expect(all?.map((item) => item.HistorySummary)).toEqual([
      "Alarm updated from OK to ALARM",
      "Alarm updated from ALARM to OK",
      "Alarm updated from OK to ALARM",
    ]);
    expect(JSON.parse(all?.[0]?.HistoryData ?? "")).toEqual({
      version: "1.0",
      oldState: { stateValue: "OK", stateReason: "by hand" },
      newState: { stateValue: "ALARM", stateReason: "by hand" },
    });
    const middle = await ask({ StartDate: new Date(start + 90_000), EndDate: new Date(start + 150_000) });
    expect(middle.AlarmHistoryItems?.map((item) => item.Timestamp?.getTime())).toEqual([start + 120_000]);
    const page = await ask({ MaxRecords: 2, ScanBy: "TimestampAscending", StartDate: new Date(start + 1) });
    expect(page.AlarmHistoryItems).toHaveLength(2);
    const input = { MaxRecords: 2, ScanBy: "TimestampAscending", StartDate: new Date(start + 1) };
    const rest = await ask({ ...input, NextToken: page.NextToken });
    expect(rest.AlarmHistoryItems?.map((item) => item.Timestamp?.getTime())).toEqual([start + 180_000]);
  });

  it("leaves composite alarms out unless asked for them", async () => {
    simulator.alarms.put("composite", {
      type: "CompositeAlarm",
      config: { AlarmRule: "TRUE" },
      state: "ALARM",
    });
    const ask = async (AlarmTypes?: ["CompositeAlarm"]) =>
      (await clients.cloudwatch.send(new DescribeAlarmHistoryCommand({ AlarmName: "composite", AlarmTypes })))
        .AlarmHistoryItems;
    expect(await ask()).toEqual([]);
    expect(await ask(["CompositeAlarm"])).not.toEqual([]);
  });
});
