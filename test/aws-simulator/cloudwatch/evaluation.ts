import type { StateValue } from "@aws-sdk/client-cloudwatch";

/** How an alarm judges its datapoints. */
export interface AlarmJudgement {
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: string;
  readonly treatMissingData: string;
}

/** How many more periods than EvaluationPeriods are looked at, so that a late point can still count. */
export const EXTRA_PERIODS = 2;

const COMPARE: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

const silent = (treatment: string, current: StateValue): StateValue => {
  if (treatment === "breaching") return "ALARM";
  if (treatment === "notBreaching") return "OK";
  return treatment === "ignore" ? current : "INSUFFICIENT_DATA";
};

/** Only breaching points, the oldest of them at least M periods back: an alarm although there are fewer than M. */
const premature = (range: readonly (boolean | undefined)[], toAlarm: number): boolean => {
  const oldest = range.lastIndexOf(true);
  return oldest >= toAlarm - 1 && !range.includes(false);
};

/** Some points exist, but fewer than EvaluationPeriods. */
const sparse = (
  range: readonly (boolean | undefined)[],
  judgement: AlarmJudgement,
  current: StateValue,
): StateValue => {
  const existing = range.filter((point) => point !== undefined);
  const breaching = existing.filter(Boolean).length;
  const missing = judgement.evaluationPeriods - existing.length;
  const toAlarm = judgement.datapointsToAlarm;
  if (breaching >= toAlarm) return "ALARM";
  switch (judgement.treatMissingData) {
    case "breaching":
      return breaching + missing >= toAlarm ? "ALARM" : "OK";
    case "notBreaching":
      return "OK";
    case "ignore":
      return premature(range, toAlarm) ? current : "OK";
    default:
      return premature(range, toAlarm) ? "ALARM" : "OK";
  }
};

/**
 * The state an alarm goes to. `points` are the values of the newest EvaluationPeriods + EXTRA_PERIODS periods, newest
 * first, undefined where there is none. Source: "Configuring how CloudWatch alarms treat missing data", its two tables
 * included: missing points are filled in only when fewer than EvaluationPeriods exist in the whole range.
 */
export const judge = (
  points: readonly (number | undefined)[],
  judgement: AlarmJudgement,
  current: StateValue,
): StateValue => {
  const breaches = COMPARE[judgement.comparison];
  if (!breaches) return current;
  const range = points.map((point) =>
    point === undefined ? undefined : breaches(point, judgement.threshold),
  );
  const existing = range.filter((point) => point !== undefined);
  if (existing.length === 0) return silent(judgement.treatMissingData, current);
  if (existing.length < judgement.evaluationPeriods) return sparse(range, judgement, current);
  const newest = existing.slice(0, judgement.evaluationPeriods);
  return newest.filter(Boolean).length >= judgement.datapointsToAlarm ? "ALARM" : "OK";
};
