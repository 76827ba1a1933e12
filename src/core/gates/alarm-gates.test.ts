import { expect, test } from "vitest";
import type { Context } from "../context.ts";
import type { Verdict } from "../verdict.ts";
import { alarmsAllowStart, alarmsPass, failingAlarm } from "./alarm-gates.ts";

const verdict = (given: Partial<Verdict>): Verdict => ({
  alarm: {
    name: "5xx",
    region: "us-east-1",
    onAlarm: "Rollback",
    onInsufficientData: "Hold",
  },
  verdict: "Pass",
  reason: "AlarmOk",
  message: "5xx: OK",
  blind: false,
  pauses: false,
  rehold: false,
  ...given,
});
const judged = (...given: readonly Partial<Verdict>[]) =>
  ({ verdicts: given.map(verdict) }) as unknown as Context;

const passes = {};
const firing = { verdict: "Fail", reason: "AlarmFiring", message: "5xx: in ALARM" } as const;
const pausing = { verdict: "Wait", reason: "AlarmFiring", message: "5xx: in ALARM", pauses: true } as const;
const missing = { verdict: "Wait", reason: "AlarmMissing", message: "5xx: missing", blind: true } as const;
const unread = { verdict: "Wait", reason: "AlarmUnread", message: "5xx: not read yet" } as const;
const insufficient = { verdict: "Wait", reason: "AlarmInsufficientData", message: "5xx: no data" } as const;

test.each([
  ["passes", [passes], "pass", undefined],
  ["fires", [passes, firing], "block", "AlarmFiring"],
  ["would pause", [passes, pausing], "block", "AlarmFiring"],
  ["cannot be seen", [passes, missing], "block", "AlarmUnreadable"],
  ["was not read yet", [passes, unread], "wait", "AlarmUnread"],
  ["has no data yet: a version that takes no traffic has none", [passes, insufficient], "pass", undefined],
  ["fires behind one that cannot be seen", [missing, firing], "block", "AlarmFiring"],
] as const)("a start, when an alarm %s", (_name, given, kind, reason) => {
  const answer = alarmsAllowStart(judged(...given));
  expect(answer.kind).toBe(kind);
  expect("reason" in answer ? answer.reason : undefined).toBe(reason);
});

test.each([
  ["passes", [passes], "pass", undefined],
  ["pauses", [passes, pausing], "wait", "AlarmUnread"],
  ["cannot be seen", [passes, missing], "wait", "AlarmUnreadable"],
  ["was not read yet", [passes, unread], "wait", "AlarmUnread"],
  ["has no data", [passes, insufficient], "wait", "AlarmInsufficientData"],
] as const)("a raise, when an alarm %s", (_name, given, kind, reason) => {
  const answer = alarmsPass(judged(...given));
  expect(answer.kind).toBe(kind);
  expect("reason" in answer ? answer.reason : undefined).toBe(reason);
});

test("where there are no alarms the gates say so, and pass", () => {
  expect(alarmsPass(judged())).toEqual({ kind: "pass", message: "no alarms to ask" });
  expect(alarmsAllowStart(judged())).toEqual({ kind: "pass", message: "no alarms to ask" });
  expect(alarmsPass(judged({}, {})).message).toBe("2 of 2 alarms pass");
});

test("only a failing verdict takes traffic back", () => {
  expect(failingAlarm(judged(passes, pausing, missing))).toBeUndefined();
  expect(failingAlarm(judged(passes, firing))?.message).toBe("5xx: in ALARM");
});
