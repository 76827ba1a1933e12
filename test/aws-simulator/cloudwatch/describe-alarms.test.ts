import {
  DescribeAlarmsCommand,
  type DescribeAlarmsInput,
  SetAlarmStateCommand,
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

const describeAlarms = (input: DescribeAlarmsInput) =>
  clients.cloudwatch.send(new DescribeAlarmsCommand(input));

describe("DescribeAlarms", () => {
  it("leaves unknown names out without a word", async () => {
    simulator.alarms.put("errors");
    const { MetricAlarms } = await describeAlarms({ AlarmNames: ["errors", "typo"] });
    expect(MetricAlarms?.map((alarm) => [alarm.AlarmName, alarm.StateValue])).toEqual([["errors", "OK"]]);
    expect(MetricAlarms?.[0]?.AlarmArn).toBe("arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors");
  });

  it("shows metric alarms only unless asked for the other types", async () => {
    simulator.alarms.put("metric");
    simulator.alarms.put("composite", { type: "CompositeAlarm", config: { AlarmRule: "ALARM(metric)" } });
    simulator.alarms.put("log", { type: "LogAlarm", state: "ALARM" });
    const names = ["metric", "composite", "log"];
    const plain = await describeAlarms({ AlarmNames: names });
    expect(plain.MetricAlarms).toHaveLength(1);
    expect(plain.CompositeAlarms).toEqual([]);
    expect(plain.LogAlarms).toBeUndefined();
    const all = await describeAlarms({
      AlarmNames: names,
      AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
    });
    expect(all.MetricAlarms?.[0]?.AlarmName).toBe("metric");
    expect(all.CompositeAlarms?.[0]).toMatchObject({ AlarmName: "composite", AlarmRule: "ALARM(metric)" });
    expect(all.LogAlarms?.[0]).toMatchObject({ AlarmName: "log", StateValue: "ALARM" });
  });

  it("takes a hundred names and no more", async () => {
    const names = Array.from({ length: 101 }, (_, index) => `alarm-${String(index).padStart(3, "0")}`);
    for (const name of names) simulator.alarms.put(name);
    await expect(describeAlarms({ AlarmNames: names })).rejects.toMatchObject({
      name: "ValidationException",
      $metadata: { httpStatusCode: 400 },
    });
    const hundred = await describeAlarms({ AlarmNames: names.slice(0, 100), MaxRecords: 100 });
    expect(hundred.MetricAlarms).toHaveLength(100);
    expect(hundred.NextToken).toBeUndefined();
  });

  it("pages, fifty at a time unless told otherwise", async () => {
    for (let index = 0; index < 60; index++) simulator.alarms.put(`alarm-${String(index).padStart(2, "0")}`);
    const first = await describeAlarms({});
    expect(first.MetricAlarms).toHaveLength(50);
    const second = await describeAlarms({ NextToken: first.NextToken });
    expect(second.MetricAlarms?.[0]?.AlarmName).toBe("alarm-50");
    expect(second.NextToken).toBeUndefined();
    await expect(describeAlarms({ NextToken: "nonsense" })).rejects.toMatchObject({
      name: "InvalidNextToken",
    });
    for (const MaxRecords of [0, 101]) {
      await expect(describeAlarms({ MaxRecords })).rejects.toMatchObject({ name: "ValidationException" });
    }
  });

  it("filters by prefix and by state, and refuses a prefix beside names", async () => {
    simulator.alarms.put("app-errors", { state: "ALARM" });
    simulator.alarms.put("app-latency");
    simulator.alarms.put("db-errors", { state: "ALARM" });
    const found = await describeAlarms({ AlarmNamePrefix: "app-", StateValue: "ALARM" });
    expect(found.MetricAlarms?.map((alarm) => alarm.AlarmName)).toEqual(["app-errors"]);
    const both = describeAlarms({ AlarmNamePrefix: "app-", AlarmNames: ["app-errors"] });
    await expect(both).rejects.toMatchObject({ name: "ValidationException" });
  });

  it("knows each region's and each account's alarms apart", async () => {
    simulator.alarms.put("errors");
    simulator.alarms.put("errors", { region: "eu-west-1", state: "ALARM" });
    simulator.alarms.put("errors", { account: "999999999999", state: "INSUFFICIENT_DATA" });
    const states = [];
    for (const options of [{}, { region: "eu-west-1" }, { account: "999999999999" }]) {
      const elsewhere = createClients(simulator, options);
      const { MetricAlarms } = await elsewhere.cloudwatch.send(
        new DescribeAlarmsCommand({ AlarmNames: ["errors"] }),
      );
      states.push(MetricAlarms?.[0]?.StateValue);
      elsewhere.destroy();
    }
    expect(states).toEqual(["OK", "ALARM", "INSUFFICIENT_DATA"]);
  });
});

describe("SetAlarmState", () => {
  const set = (AlarmName: string, StateValue: "OK" | "ALARM") =>
    clients.cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "by hand" }));

  it("moves StateTransitionedTimestamp only when the value changes", async () => {
    simulator.alarms.put("errors");
    const created = clock.now();
    clock.advance(10_000);
    await set("errors", "OK");
    const same = (await describeAlarms({ AlarmNames: ["errors"] })).MetricAlarms?.[0];
    expect(same?.StateTransitionedTimestamp?.getTime()).toBe(created);
    clock.advance(10_000);
    await set("errors", "ALARM");
    const changed = (await describeAlarms({ AlarmNames: ["errors"] })).MetricAlarms?.[0];
    expect(changed?.StateTransitionedTimestamp?.getTime()).toBe(created + 20_000);
    expect(changed).toMatchObject({ StateValue: "ALARM", StateReason: "by hand" });
  });

  it("refuses an unknown alarm with 404", async () => {
    await expect(set("typo", "ALARM")).rejects.toMatchObject({
      name: "ResourceNotFound",
      $metadata: { httpStatusCode: 404 },
    });
  });

  it("leaves StateTransitionedTimestamp alone when the evaluation breaks", async () => {
    simulator.alarms.put("errors");
    const created = clock.now();
    clock.advance(5_000);
    simulator.alarms.setEvaluationState("errors", "EVALUATION_FAILURE");
    const broken = (await describeAlarms({ AlarmNames: ["errors"] })).MetricAlarms?.[0];
    expect(broken).toMatchObject({ StateValue: "OK", EvaluationState: "EVALUATION_FAILURE" });
    expect(broken?.StateTransitionedTimestamp?.getTime()).toBe(created);
    expect(broken?.StateUpdatedTimestamp?.getTime()).toBe(created + 5_000);
    simulator.alarms.setEvaluationState("errors", undefined);
    expect(
      (await describeAlarms({ AlarmNames: ["errors"] })).MetricAlarms?.[0]?.EvaluationState,
    ).toBeUndefined();
  });
});
