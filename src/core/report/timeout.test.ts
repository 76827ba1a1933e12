import { expect, test } from "vitest";
import type { ModelRolloutStatus, State } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { instant } from "../time.ts";
import { timeoutAt, withTimeoutClock } from "./timeout.ts";

const now = 1_767_607_200_000;
const context = { now, settings: { stepTimeoutMs: 3_600_000 } } as unknown as Context;
const step = (given: object = {}) => ({
  index: 0,
  count: 1,
  weight: 10,
  weights: [10],
  startedAt: instant(now),
  spentMs: 5_000,
  pauses: 0,
  ...given,
});
const clock = (
  status: ModelRolloutStatus,
  state: State = "Shifting",
  reason: "Shifting" | "Holding" = "Shifting",
) => withTimeoutClock(context, status, { state, reason }).step;
const since = instant(now - 20_000);

test.each([
  ["while something is waited for", step(), "Shifting", "Shifting", true],
  ["not in a hold", step(), "Holding", "Holding", false],
  [
    "not in a hold that a pod's trouble interrupts",
    step({ acknowledgedAt: since, holdUntil: instant(now + 1) }),
    "Shifting",
    "Shifting",
    false,
  ],
  [
    "while a weight that was not read back has an end",
    step({ holdUntil: instant(now + 1) }),
    "Shifting",
    "Shifting",
    true,
  ],
  [
    "once the hold is over",
    step({ acknowledgedAt: since, holdUntil: instant(now) }),
    "Holding",
    "Shifting",
    true,
  ],
  ["not while a person is waited for", step(), "AwaitingApproval", "Shifting", false],
  ["not while it is paused", step(), "Paused", "Shifting", false],
] as const)("the clock runs: %s", (_name, given, state, reason, runs) => {
  const started = clock({ step: given }, state, reason);
  expect(started?.countingSince).toBe(runs ? instant(now) : undefined);
  const stopped = clock({ step: { ...given, countingSince: since } }, state, reason);
  expect(stopped?.countingSince).toBe(runs ? since : undefined);
  expect(stopped?.spentMs).toBe(runs ? 5_000 : 25_000);
});

test("a rollback is not timed, and without a step there is nothing to time", () => {
  const rollback = { from: "b", to: "a", reason: "Aborted", message: "", startedAt: since } as const;
  expect(clock({ step: step(), rollback })?.countingSince).toBeUndefined();
  expect(withTimeoutClock(context, {}, { state: "Shifting", reason: "Shifting" })).toEqual({});
  expect(timeoutAt(context, {})).toBeUndefined();
});

test("a clock that was set back takes nothing from the time spent", () => {
  const later = instant(now + 60_000);
  expect(clock({ step: step({ countingSince: later }) }, "Paused")?.spentMs).toBe(5_000);
});

test("the time is up when what was spent before and since adds up; in a hold it is looked at again at its end", () => {
  expect(timeoutAt(context, { step: step({ countingSince: since }) })).toBe(now - 20_000 + 3_600_000 - 5_000);
  expect(timeoutAt(context, { step: step({ holdUntil: instant(now + 9_000) }) })).toBe(now + 9_000);
});
