import type { AlarmHistoryItem } from "@aws-sdk/client-cloudwatch";
import { describe, expect, it } from "vitest";
import { judgeHistory } from "./alarm-history.ts";

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
