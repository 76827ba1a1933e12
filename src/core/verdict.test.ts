import { describe, expect, test } from "vitest";
import type { AlarmRead } from "./observed.ts";
import { type JudgedAlarm, type JudgeInput, judge } from "./verdict.ts";

const alarm: JudgedAlarm = {
  name: "5xx",
  region: "us-east-1",
  onAlarm: "Rollback",
  onInsufficientData: "Hold",
};
const T0 = "2026-01-05T09:00:00.000Z";
const T1 = "2026-01-05T10:05:00.000Z";
const ok: AlarmRead = {
  name: "5xx",
  region: "us-east-1",
  at: 100_000,
  outcome: "read",
  state: "OK",
  transitionedAt: T0,
};
const now: JudgeInput = {
  now: 105_000,
  evidenceSince: 90_000,
  alarmPollMs: 10_000,
  overridden: false,
  judged: "b",
  baseline: T0,
};
const history = (answer: "fired" | "quiet" | "unknown", since = T0) => ({ since, answer });
const moved: AlarmRead = { ...ok, transitionedAt: T1 };

interface Case {
  readonly name: string;
  readonly alarm?: Partial<JudgedAlarm>;
  readonly read: AlarmRead | undefined;
  readonly input?: Partial<JudgeInput>;
  readonly expected: string;
}

/** The whole table: verdict, reason, and what goes with it. */
const cases: readonly Case[] = [
  { name: "OK, read since the weight was acknowledged", read: ok, expected: "Pass AlarmOk" },
  { name: "not read yet", read: undefined, expected: "Wait AlarmUnread" },
  { name: "missing", read: { ...ok, outcome: "missing" }, expected: "Wait AlarmMissing blind" },
  {
    name: "denied, with an old OK beside it",
    read: { ...ok, outcome: "problem", problem: { kind: "denied", message: "no" } },
    expected: "Wait AlarmUnreadable blind",
  },
  { name: "in ALARM", read: { ...ok, state: "ALARM" }, expected: "Fail AlarmFiring" },
  { name: "in ALARM, read long ago", read: { ...ok, state: "ALARM", at: 1 }, expected: "Fail AlarmFiring" },
  {
    name: "in ALARM although nobody evaluates it",
    read: { ...ok, state: "ALARM", evaluationBroken: "EVALUATION_ERROR" },
    expected: "Fail AlarmFiring",
  },
  {
    name: "OK although nobody evaluates it",
    read: { ...ok, evaluationBroken: "EVALUATION_FAILURE" },
    expected: "Wait AlarmUnreadable blind",
  },
  {
    name: "INSUFFICIENT_DATA although nobody evaluates it, onInsufficientData Rollback",
    alarm: { onInsufficientData: "Rollback" },
    read: { ...ok, state: "INSUFFICIENT_DATA", evaluationBroken: "EVALUATION_ERROR" },
    expected: "Wait AlarmUnreadable blind",
  },
  {
    name: "INSUFFICIENT_DATA, Hold",
    read: { ...ok, state: "INSUFFICIENT_DATA" },
    expected: "Wait AlarmInsufficientData",
  },
  {
    name: "INSUFFICIENT_DATA, Rollback",
    alarm: { onInsufficientData: "Rollback" },
    read: { ...ok, state: "INSUFFICIENT_DATA" },
    expected: "Fail AlarmInsufficientData",
  },
  {
    name: "INSUFFICIENT_DATA, Pass",
    alarm: { onInsufficientData: "Pass" },
    read: { ...ok, state: "INSUFFICIENT_DATA" },
    expected: "Pass AlarmOk",
  },
  {
    name: "INSUFFICIENT_DATA, Pass, but old",
    alarm: { onInsufficientData: "Pass" },
    read: { ...ok, state: "INSUFFICIENT_DATA", at: 80_000 },
    expected: "Wait AlarmUnread",
  },
  {
    name: "OK, read before the weight was acknowledged",
    read: { ...ok, at: 89_999 },
    expected: "Wait AlarmUnread",
  },
  { name: "OK, read in that very instant", read: { ...ok, at: 90_000 }, expected: "Wait AlarmUnread" },
  { name: "OK, two polls old", read: ok, input: { now: 120_000 }, expected: "Pass AlarmOk" },
  { name: "OK, more than two polls old", read: ok, input: { now: 120_001 }, expected: "Wait AlarmUnread" },
  {
    name: "OK, read in the future (the clock was set back)",
    read: ok,
    input: { now: 99_999 },
    expected: "Wait AlarmUnread",
  },
  { name: "moved since the raise, its history not known yet", read: moved, expected: "Wait AlarmUnread" },
  {
    name: "moved, an answer about another time",
    read: { ...moved, history: history("quiet", T1) },
    expected: "Wait AlarmUnread",
  },
  { name: "moved, quiet", read: { ...moved, history: history("quiet") }, expected: "Pass AlarmOk" },
  { name: "moved, was in ALARM", read: { ...moved, history: history("fired") }, expected: "Fail AlarmFired" },
  {
    name: "moved, nobody can say",
    read: { ...moved, history: history("unknown") },
    expected: "Wait AlarmUnread rehold",
  },
  {
    name: "moved, was in ALARM, not evaluated now",
    read: { ...moved, history: history("fired"), evaluationBroken: "EVALUATION_ERROR" },
    expected: "Wait AlarmUnreadable blind",
  },
  {
    name: "Pause in ALARM",
    alarm: { onAlarm: "Pause" },
    read: { ...ok, state: "ALARM" },
    expected: "Wait AlarmFiring pauses",
  },
  {
    name: "Pause that was in ALARM",
    alarm: { onAlarm: "Pause" },
    read: { ...moved, history: history("fired") },
    expected: "Wait AlarmFired pauses",
  },
  {
    name: "Record in ALARM",
    alarm: { onAlarm: "Record" },
    read: { ...ok, state: "ALARM" },
    expected: "Pass AlarmRecorded",
  },
  {
    name: "Record, missing",
    alarm: { onAlarm: "Record" },
    read: { ...ok, outcome: "missing" },
    expected: "Pass AlarmRecorded",
  },
  {
    name: "overridden in ALARM",
    read: { ...ok, state: "ALARM" },
    input: { overridden: true },
    expected: "Pass AlarmOverridden",
  },
  {
    name: "overridden, not read",
    read: undefined,
    input: { overridden: true },
    expected: "Pass AlarmOverridden",
  },
  {
    name: "of the other destination, in ALARM",
    alarm: { destination: "a" },
    read: { ...ok, state: "ALARM" },
    expected: "Pass AlarmNotJudging",
  },
  {
    name: "of this destination, in ALARM",
    alarm: { destination: "b" },
    read: { ...ok, state: "ALARM" },
    expected: "Fail AlarmFiring",
  },
];

describe("the verdict on one alarm", () => {
  test.each(cases)("$name: $expected", ({ alarm: more, read, input, expected }) => {
    const { verdict, reason, blind, pauses, rehold, message } = judge({ ...alarm, ...more }, read, {
      ...now,
      ...input,
    });
    const flags = Object.entries({ blind, pauses, rehold }).flatMap(([name, set]) => (set ? [name] : []));
    expect([verdict, reason, ...flags].join(" ")).toBe(expected);
    expect(message).toContain("5xx");
  });

  test("without a baseline (nothing was raised yet) a transition means nothing", () => {
    const { baseline: _none, ...bare } = now;
    expect(judge(alarm, moved, bare)).toMatchObject({ verdict: "Pass", reason: "AlarmOk" });
  });
});

test("what was never read is called so, whatever is asked of it", () => {
  const never = judge({ ...alarm, onAlarm: "Record" }, undefined, now);
  expect(never.message).toBe("5xx: not read (onAlarm: Record, recorded and not obeyed)");
  const overridden = judge(alarm, undefined, { ...now, overridden: true });
  expect(overridden.message).toBe("5xx: not read (override-alarms names this release)");
});
