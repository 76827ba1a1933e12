import { describe, expect, test } from "vitest";
import type { AlarmStatus, ModelRolloutStatus } from "../../api/types.ts";
import type { Context } from "../context.ts";
import type { Verdict } from "../verdict.ts";
import { alarmStatuses, alarmSummary, type Baselines } from "./alarms.ts";

const now = 1_767_607_200_000;
const at = "2026-01-05T10:00:00.000Z";
const before = "2026-01-05T08:00:00.000Z";
const later = "2026-01-05T09:30:00.000Z";

const verdict = (given: object = {}): Verdict => ({
  alarm: { name: "5xx", region: "us-east-1", onAlarm: "Rollback", onInsufficientData: "Hold" },
  read: { name: "5xx", region: "us-east-1", at: now, outcome: "read", state: "OK", transitionedAt: later },
  verdict: "Pass",
  reason: "AlarmOk",
  message: "5xx: OK",
  blind: false,
  pauses: false,
  rehold: false,
  ...given,
});

const known = (given: object = {}): AlarmStatus => ({
  name: "5xx",
  region: "us-east-1",
  state: "OK",
  verdict: "Pass",
  reason: "AlarmOk",
  message: "5xx: OK",
  baseline: before,
  ...given,
});

const say = (
  one: Verdict,
  status: ModelRolloutStatus = { alarms: [known()] },
  baselines: Baselines = "keep",
): AlarmStatus => alarmStatuses({ now, status, verdicts: [one] } as unknown as Context, baselines)[0]!;

const history = (answer: string, since = before) => ({
  read: { ...verdict().read, history: { since, answer } },
});

describe("the transition that later reads are compared with", () => {
  test.each([
    ["is kept as long as nothing is dealt with", verdict(), "keep", before],
    ["is set by a raise", verdict(), "set", later],
    ["is dropped when nothing is released", verdict(), "drop", undefined],
    ["moves on once history says that it was quiet", verdict(history("quiet")), "keep", later],
    ["moves on when nobody can say", verdict(history("unknown")), "keep", later],
    ["stays when history says that it fired", verdict(history("fired")), "keep", before],
    ["stays when history is of another time", verdict(history("quiet", later)), "keep", before],
    [
      "stays while a pause is still asked for",
      verdict({ ...history("quiet"), pauses: true }),
      "keep",
      before,
    ],
    ["moves on when the hold starts afresh", verdict({ rehold: true }), "keep", later],
    ["is kept when the alarm could not be read", verdict({ read: undefined }), "keep", before],
    ["is kept by a raise on an alarm that was never read", verdict({ read: undefined }), "set", before],
  ] as const)("%s", (_name, one, baselines, expected) => {
    expect(say(one, undefined, baselines).baseline).toBe(expected);
  });

  test("moves on when the pause that it asked for stands, and not before", () => {
    const fired = verdict({ reason: "AlarmFired", pauses: true, verdict: "Wait" });
    const pause = { reason: "AlarmPaused", message: "", since: at } as const;
    expect(say(fired, { alarms: [known()], pause }).baseline).toBe(later);
    expect(say(fired).baseline).toBe(before);
    const failed = verdict({ reason: "AlarmFired", verdict: "Fail" });
    expect(say(failed, { alarms: [known()], pause }).baseline).toBe(before);
    const firing = verdict({ reason: "AlarmFiring", pauses: true, verdict: "Wait" });
    expect(say(firing, { alarms: [known()], pause }).baseline).toBe(before);
  });

  test("of an alarm that came into the spec later begins with its first good read, where something is exposed", () => {
    const weight = { desired: 10, acknowledged: 10 };
    const retained = { revision: "v7", until: at };
    const fresh = known({ baseline: undefined });
    expect(say(verdict(), { alarms: [fresh], weight }).baseline).toBe(later);
    expect(say(verdict(), { alarms: [fresh], weight: { desired: 1, acknowledged: 1 } }).baseline).toBe(later);
    expect(say(verdict(), { weight }).baseline).toBe(later);
    expect(say(verdict(), { retained }).baseline).toBe(later);
    expect(say(verdict(), {})).not.toHaveProperty("baseline");
    expect(say(verdict(), { weight: { desired: 0, acknowledged: 0 } })).not.toHaveProperty("baseline");
    expect(say(verdict({ reason: "AlarmUnread" }), { weight })).not.toHaveProperty("baseline");
  });

  test("of a namesake in another region is not its own", () => {
    expect(say(verdict(), { alarms: [known({ region: "eu-west-1" })] })).not.toHaveProperty("baseline");
    expect(say(verdict(), { alarms: [known({ name: "p99" })] })).not.toHaveProperty("baseline");
  });
});

describe("what people read of an alarm", () => {
  const unread = { verdict: "Wait", reason: "AlarmUnread", message: "5xx: OK, but not read again" };

  test("a read that is merely waited for keeps the words of the last one", () => {
    expect(say(verdict(unread))).toMatchObject({ verdict: "Pass", reason: "AlarmOk", message: "5xx: OK" });
  });

  test.each([
    ["the state is another one", verdict(unread), [known({ state: "ALARM" })]],
    ["there was none", verdict(unread), []],
    ["the hold starts afresh", verdict({ ...unread, rehold: true }), [known()]],
  ] as const)("but not when %s", (_name, one, alarms) => {
    expect(say(one, { alarms })).toMatchObject(unread);
  });

  test("its state and the time of its last change are shown as far as they are known", () => {
    expect(say(verdict())).toMatchObject({ state: "OK", since: later });
    const blank = say(verdict({ read: undefined, reason: "AlarmMissing" }), {});
    expect(blank).not.toHaveProperty("state");
    expect(blank).not.toHaveProperty("since");
  });

  test("the time since which nobody can see it starts once and ends with the first good read", () => {
    expect(say(verdict({ blind: true }))).toMatchObject({ unreadableSince: at });
    const since = { alarms: [known({ unreadableSince: before })] };
    expect(say(verdict({ blind: true }), since)).toMatchObject({ unreadableSince: before });
    expect(say(verdict(), since)).not.toHaveProperty("unreadableSince");
  });
});

test("the column says how many pass, and the worst in words", () => {
  const fail = known({ name: "p99", state: "ALARM", verdict: "Fail", reason: "AlarmFiring" });
  const wait = known({ name: "cpu", state: undefined, verdict: "Wait", reason: "AlarmMissing" });
  expect(alarmSummary([known()], true)).toBe("1/1 pass");
  expect(alarmSummary([known(), wait, fail], true)).toBe("1/3 pass, p99 ALARM");
  expect(alarmSummary([known(), wait], true)).toBe("1/2 pass, cpu AlarmMissing");
  expect(alarmSummary([], true)).toBe("none");
  expect(alarmSummary([fail], false)).toBe("not watched");
  const long = known({ ...fail, name: "x".repeat(300) });
  expect(alarmSummary([long], true)).toHaveLength(200);
});
