import type { AlarmHistoryItem, CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { describe, expect, it } from "vitest";
import { judgeHistory, readHistory } from "./alarm-history.ts";

const since = "2026-01-01T12:00:00.000Z";
const after = (ms: number): Date => new Date(Date.parse(since) + ms);

/** A StateUpdate item as CloudWatch writes it. */
const item = (ms: number, from: string, to: string): AlarmHistoryItem => ({
  Timestamp: after(ms),
  HistoryItemType: "StateUpdate",
  HistorySummary: `Alarm updated from ${from} to ${to}`,
  HistoryData: JSON.stringify({
    version: "1.0",
    oldState: { stateValue: from },
    newState: { stateValue: to },
  }),
});

describe("judgeHistory", () => {
  it("fired and recovered", () => {
    const items = [item(60_000, "OK", "ALARM"), item(120_000, "ALARM", "OK")];
    expect(judgeHistory(items, since, "OK")).toBe("fired");
    expect(judgeHistory(items.toReversed(), since, "OK")).toBe("fired");
  });

  it("quiet: it moved, and not through ALARM", () => {
    const items = [item(60_000, "OK", "INSUFFICIENT_DATA"), item(120_000, "INSUFFICIENT_DATA", "OK")];
    expect(judgeHistory(items, since, "OK")).toBe("quiet");
  });

  it("what was before the baseline does not count, nor the baseline's own change dated a moment later", () => {
    const items = [
      item(-60_000, "OK", "ALARM"),
      item(12, "ALARM", "OK"),
      item(60_000, "OK", "INSUFFICIENT_DATA"),
    ];
    expect(judgeHistory(items, since, "INSUFFICIENT_DATA")).toBe("quiet");
  });

  it("a flash right after the baseline counts", () => {
    expect(judgeHistory([item(200, "OK", "ALARM"), item(400, "ALARM", "OK")], since, "OK")).toBe("fired");
  });

  it("leaving ALARM later on, the entry being lost, counts", () => {
    expect(judgeHistory([item(90_000, "ALARM", "OK")], since, "OK")).toBe("fired");
  });

  it("a history that lags behind the state says unknown", () => {
    expect(judgeHistory([], since, "OK")).toBe("unknown");
    expect(judgeHistory([item(60_000, "OK", "INSUFFICIENT_DATA")], since, "OK")).toBe("unknown");
    expect(judgeHistory([item(12, "ALARM", "OK")], since, "OK")).toBe("unknown");
  });

  it("the summary serves where the data cannot be read; neither: unknown", () => {
    const broken = { ...item(60_000, "OK", "ALARM"), HistoryData: "{" };
    expect(judgeHistory([broken], since, "OK")).toBe("fired");
    expect(judgeHistory([{ ...broken, HistorySummary: "something" }], since, "OK")).toBe("unknown");
    expect(judgeHistory([item(60_000, "OK", "ALARM")], "never", "OK")).toBe("unknown");
  });
});

describe("what a history must hold to be believed", () => {
  it("a change that has nothing to do with ALARM counts from the first moment on", () => {
    expect(judgeHistory([item(200, "OK", "INSUFFICIENT_DATA")], since, "INSUFFICIENT_DATA")).toBe("quiet");
  });

  it("one entry that cannot be read, or has no time, spoils it", () => {
    const good = item(60_000, "OK", "INSUFFICIENT_DATA");
    const mute = { ...item(50_000, "OK", "OK"), HistoryData: "{", HistorySummary: "something" };
    expect(judgeHistory([mute, good], since, "INSUFFICIENT_DATA")).toBe("unknown");
    const { Timestamp: _none, ...timeless } = item(50_000, "OK", "INSUFFICIENT_DATA");
    expect(judgeHistory([timeless, good], since, "INSUFFICIENT_DATA")).toBe("unknown");
  });

  it("the data is believed before the summary", () => {
    const told = { ...item(60_000, "OK", "ALARM"), HistorySummary: "Alarm updated from OK to OK" };
    expect(judgeHistory([told], since, "OK")).toBe("fired");
  });
});

describe("readHistory", () => {
  const reading = (pages: number) => {
    const inputs: Record<string, unknown>[] = [];
    const client = {
      send: async ({ input }: { input: Record<string, unknown> }) => {
        inputs.push(input);
        const more = inputs.length < pages ? { NextToken: `page-${inputs.length}` } : {};
        return { AlarmHistoryItems: [item(inputs.length, "OK", "ALARM")], ...more };
      },
    } as unknown as CloudWatchClient;
    const read = () => readHistory(client, "5xx", since, new AbortController().signal);
    return { inputs, read };
  };

  it("asks for the changes of state of any kind of alarm since then, a hundred a page", async () => {
    const { inputs, read } = reading(1);
    expect(await read()).toHaveLength(1);
    expect(inputs).toEqual([
      {
        AlarmName: "5xx",
        AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
        HistoryItemType: "StateUpdate",
        StartDate: new Date(since),
        MaxRecords: 100,
        ScanBy: "TimestampDescending",
      },
    ]);
  });

  it("follows five pages and no more", async () => {
    const five = reading(5);
    expect(await five.read()).toHaveLength(5);
    expect(five.inputs.map(({ NextToken }) => NextToken)).toEqual([
      undefined,
      "page-1",
      "page-2",
      "page-3",
      "page-4",
    ]);
    const six = reading(6);
    await expect(six.read()).rejects.toThrow(RangeError);
    expect(six.inputs).toHaveLength(5);
  });
});
