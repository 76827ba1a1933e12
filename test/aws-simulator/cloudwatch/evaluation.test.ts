import { describe, expect, it } from "vitest";
import { type AlarmJudgement, judge } from "./evaluation.ts";

const judgement = (
  evaluationPeriods: number,
  datapointsToAlarm: number,
  treatMissingData: string,
): AlarmJudgement => ({
  evaluationPeriods,
  datapointsToAlarm,
  threshold: 1,
  comparison: "GreaterThanOrEqualToThreshold",
  treatMissingData,
});

/** `0 - X`: oldest first; 0 is fine, X is breaching, - is missing. */
const points = (text: string): (number | undefined)[] =>
  text
    .split(" ")
    .toReversed()
    .map((each) => (each === "-" ? undefined : Number(each === "X")));

const TREATMENTS = ["missing", "ignore", "breaching", "notBreaching"] as const;

/** RETAIN: whatever the state was. */
type Expected = "OK" | "ALARM" | "INSUFFICIENT_DATA" | "RETAIN";
type Row = readonly [range: string, ...expected: readonly [Expected, Expected, Expected, Expected]];

const check = (toAlarm: number, [range, ...expected]: Row): void => {
  for (const [index, treatment] of TREATMENTS.entries()) {
    const found = (["OK", "ALARM"] as const).map((now) =>
      judge(points(range), judgement(3, toAlarm, treatment), now),
    );
    const wanted = expected[index] === "RETAIN" ? ["OK", "ALARM"] : [expected[index], expected[index]];
    expect(found, `${range} with ${treatment}`).toEqual(wanted);
  }
};

describe("three of three datapoints", () => {
  it.each<Row>([
    ["0 - X - X", "OK", "OK", "OK", "OK"],
    ["0 - - - -", "OK", "OK", "OK", "OK"],
    ["- - - - -", "INSUFFICIENT_DATA", "RETAIN", "ALARM", "OK"],
    ["0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["- - X - -", "ALARM", "RETAIN", "ALARM", "OK"],
  ])("%s", (...row) => check(3, row));
});

describe("two of three datapoints", () => {
  it.each<Row>([
    ["0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["0 - X - -", "OK", "OK", "ALARM", "OK"],
    ["- - - - 0", "OK", "OK", "ALARM", "OK"],
    ["- - - X -", "ALARM", "RETAIN", "ALARM", "OK"],
  ])("%s", (...row) => check(2, row));
});

describe("comparisons", () => {
  it.each([
    ["GreaterThanOrEqualToThreshold", "ALARM"],
    ["GreaterThanThreshold", "OK"],
    ["LessThanOrEqualToThreshold", "ALARM"],
    ["LessThanThreshold", "OK"],
  ])("%s at the threshold itself is %s", (comparison, state) => {
    expect(judge([1], { ...judgement(1, 1, "missing"), comparison }, "OK")).toBe(state);
  });
});
