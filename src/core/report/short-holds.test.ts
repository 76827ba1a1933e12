import { expect, test } from "vitest";
import type { Context } from "../context.ts";
import { shortHold } from "./short-holds.ts";

const MIN = 60_000;
const context = (holds: readonly number[], ...alarms: readonly (readonly [string, number?, string?])[]) =>
  ({
    settings: { steps: holds.map((minutes) => ({ weight: 10, holdMs: minutes * MIN, approval: false })) },
    verdicts: alarms.map(([name, window, onAlarm = "Rollback"]) => ({
      alarm: { name, onAlarm },
      ...(window === undefined ? {} : { read: { windowMs: window * MIN } }),
    })),
  }) as unknown as Context;

test("a hold must last two minutes longer than the slowest alarm's window", () => {
  expect(shortHold(context([7], ["5xx", 5]))).toBeUndefined();
  expect(shortHold(context([6], ["5xx", 5]))).toBe(
    "the hold of step 1 (6 min) is shorter than 5xx needs to speak (7 min)",
  );
});

test("the first step that is too short for the slowest alarm is named", () => {
  const found = shortHold(context([20, 11, 3], ["5xx", 5], ["p99", 10], ["cpu", 1]));
  expect(found).toBe("the hold of step 2 (11 min) is shorter than p99 needs to speak (12 min)");
});

test("an alarm that gates nothing, or was never read, needs no hold", () => {
  expect(shortHold(context([1], ["5xx"]))).toBeUndefined();
  expect(shortHold(context([1], ["5xx", 5, "Record"]))).toBeUndefined();
  expect(shortHold(context([1]))).toBeUndefined();
});
