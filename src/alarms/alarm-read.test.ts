import { expect, test } from "vitest";
import { type AlarmAnswer, alarmRead, factsOfPage } from "./alarm-read.ts";

const moved = new Date("2026-01-05T10:00:00Z");
const metric = (given: object = {}) =>
  factsOfPage({
    MetricAlarms: [{ AlarmName: "5xx", StateValue: "OK", StateTransitionedTimestamp: moved, ...given }],
  }).get("5xx");

test.each([
  [{ Period: 60, EvaluationPeriods: 3 }, 180_000],
  [
    {
      EvaluationPeriods: 2,
      Metrics: [
        { Id: "a", Period: 60 },
        { Id: "b", Period: 300 },
      ],
    },
    600_000,
  ],
  [{ EvaluationPeriods: 1, Metrics: [{ Id: "a", MetricStat: { Period: 120 } }] }, 120_000],
  [{ Period: 60 }, undefined],
  [{}, undefined],
] as const)("the window of %j is %s ms", (given, windowMs) => {
  expect(metric(given)?.windowMs).toBe(windowMs);
});

test("the state, since when, and whether anybody evaluates it", () => {
  expect(metric()).toEqual({ state: "OK", transitionedAt: "2026-01-05T10:00:00.000Z" });
  expect(metric({ EvaluationState: "EVALUATION_ERROR" })?.evaluationBroken).toBe("EVALUATION_ERROR");
  expect(metric({ EvaluationState: "EVALUATION_FAILURE" })?.evaluationBroken).toBe("EVALUATION_FAILURE");
  expect(metric({ EvaluationState: "PARTIAL_DATA" })).not.toHaveProperty("evaluationBroken");
  expect(metric({ StateValue: "PARTLY_CLOUDY" })).not.toHaveProperty("state");
  expect(metric({ StateTransitionedTimestamp: undefined })).not.toHaveProperty("transitionedAt");
});

test("metric, composite and log alarms are all found by name", () => {
  const page = factsOfPage({
    MetricAlarms: [{ AlarmName: "m", StateValue: "OK" }],
    CompositeAlarms: [{ AlarmName: "c", StateValue: "ALARM" }],
    LogAlarms: [{ AlarmName: "l", StateValue: "INSUFFICIENT_DATA", EvaluationState: "EVALUATION_ERROR" }],
  });
  expect([...page].map(([name, { state }]) => [name, state])).toEqual([
    ["m", "OK"],
    ["c", "ALARM"],
    ["l", "INSUFFICIENT_DATA"],
  ]);
  expect(page.get("l")?.evaluationBroken).toBe("EVALUATION_ERROR");
});

const about = { name: "5xx", region: "us-east-1", at: 5 };
const facts = {
  state: "ALARM",
  transitionedAt: "t",
  evaluationBroken: "EVALUATION_ERROR",
  windowMs: 1,
} as const;
const problem = (kind: "denied" | "notFound"): AlarmAnswer => ({
  ok: false,
  problem: { kind, message: "no" },
});

test("an answer is a read; one without a state is none", () => {
  expect(alarmRead(about, { ok: true, value: facts }, undefined)).toEqual({
    ...about,
    outcome: "read",
    ...facts,
  });
  expect(alarmRead(about, { ok: true, value: {} }, undefined)).toMatchObject({
    outcome: "problem",
    problem: { kind: "invalid", message: "DescribeAlarms in us-east-1: 5xx came without a state" },
  });
});

test("an alarm that does not exist is missing, whatever it was before", () => {
  const before = { ...about, outcome: "read", ...facts } as const;
  expect(alarmRead(about, problem("notFound"), before)).toEqual({ ...about, outcome: "missing" });
});

test("beside a problem the state last read stays visible; of an alarm that was missing there is none", () => {
  const failed = { ...about, outcome: "problem", problem: { kind: "denied", message: "no" } };
  const before = { ...about, at: 1, outcome: "read", ...facts } as const;
  expect(alarmRead(about, problem("denied"), before)).toEqual({ ...failed, ...facts });
  expect(alarmRead(about, problem("denied"), undefined)).toEqual(failed);
  const missing = { ...before, outcome: "missing" } as const;
  expect(alarmRead(about, problem("denied"), missing)).toEqual(failed);
});
