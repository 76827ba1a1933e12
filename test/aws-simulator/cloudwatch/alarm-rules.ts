import type {
  MetricDataQuery,
  PutCompositeAlarmInput,
  PutMetricAlarmInput,
} from "@aws-sdk/client-cloudwatch";
import { validationError } from "../operation.ts";
import { alarmsOf, parseCompositeRule } from "./composite-rule.ts";
import { seriesOfQuery } from "./metric-query.ts";
import { MetricStore } from "./metric-store.ts";
import type { CloudWatchState } from "./records.ts";
import { isStatistic } from "./statistic.ts";

/** What PutMetricAlarm and PutCompositeAlarm refuse. Source: their pages in the API reference. */

const OPERATORS: readonly string[] = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
];
const TREATMENTS: readonly string[] = ["breaching", "notBreaching", "ignore", "missing"];
const DAY_SECONDS = 86_400;
const MAX_RULE_LENGTH = 10_240;

/** Periods AWS takes, and below ten seconds any whole one: tests and the demo have no minutes to spare. */
const isPeriod = (period: number): boolean =>
  Number.isInteger(period) &&
  ((period >= 1 && period < 10) || [10, 20, 30].includes(period) || (period > 0 && period % 60 === 0));

const checkName = (name: string | undefined): void => {
  if (name === undefined || name.length < 1 || name.length > 255) {
    throw validationError("AlarmName must be between 1 and 255 characters long");
  }
};

const syntax = (parse: () => unknown): void => {
  try {
    parse();
  } catch (error) {
    throw validationError(error instanceof Error ? error.message : String(error));
  }
};

const checkQueries = (queries: readonly MetricDataQuery[]): void => {
  const returned = queries.filter((query) => query.ReturnData !== false);
  if (returned.length !== 1)
    throw validationError("Exactly one element of the metrics list should return data");
  for (const { Expression: expression, MetricStat: stat, Id: id } of queries) {
    if ((expression === undefined) === (stat === undefined)) {
      throw validationError(`Query '${id}' must have either an Expression or a MetricStat`);
    }
    if (stat && !isPeriod(stat.Period ?? 0)) throw validationError(`Period of '${id}' is not valid`);
    if (stat && !isStatistic(stat.Stat ?? "")) throw validationError(`Stat '${stat.Stat}' is not valid`);
  }
  const range = { from: 0, to: 1000, periodMs: 1000 };
  syntax(() => seriesOfQuery(new MetricStore(1000), queries, returned[0]?.Id ?? "", range));
};

const checkSingleMetric = (input: PutMetricAlarmInput): void => {
  if (!input.MetricName || !input.Namespace) throw validationError("MetricName and Namespace must be given");
  const statistic = input.ExtendedStatistic ?? input.Statistic;
  if (statistic === undefined || !isStatistic(statistic))
    throw validationError(`Statistic '${statistic}' is not valid`);
  if (!isPeriod(input.Period ?? 0)) throw validationError(`Period '${input.Period}' is not valid`);
  if (
    (input.Period ?? 0) * (input.EvaluationPeriods ?? 0) >
    DAY_SECONDS * ((input.Period ?? 0) < 3600 ? 1 : 7)
  ) {
    throw validationError("Metrics cannot be checked across more than a day (EvaluationPeriods * Period)");
  }
};

/** Throws ValidationError. */
export const checkMetricAlarm = (input: PutMetricAlarmInput): void => {
  checkName(input.AlarmName);
  const periods = input.EvaluationPeriods ?? 0;
  if (!Number.isInteger(periods) || periods < 1)
    throw validationError("EvaluationPeriods must be at least 1");
  const toAlarm = input.DatapointsToAlarm ?? periods;
  if (toAlarm < 1 || toAlarm > periods)
    throw validationError("DatapointsToAlarm must be between 1 and EvaluationPeriods");
  if (!OPERATORS.includes(input.ComparisonOperator ?? "")) {
    throw validationError(`ComparisonOperator '${input.ComparisonOperator}' is not valid`);
  }
  if (!TREATMENTS.includes(input.TreatMissingData ?? "missing")) {
    throw validationError(`TreatMissingData '${input.TreatMissingData}' is not valid`);
  }
  if (input.Threshold === undefined) throw validationError("Threshold must be given");
  if (input.Metrics?.length) checkQueries(input.Metrics);
  else checkSingleMetric(input);
};

/** Throws ValidationError, also for children that do not exist. */
export const checkCompositeAlarm = (cloudwatch: CloudWatchState, input: PutCompositeAlarmInput): void => {
  checkName(input.AlarmName);
  const rule = input.AlarmRule ?? "";
  if (rule.length < 1 || rule.length > MAX_RULE_LENGTH)
    throw validationError(`AlarmRule must have 1 to ${MAX_RULE_LENGTH} characters`);
  syntax(() => parseCompositeRule(rule));
  const names = alarmsOf(parseCompositeRule(rule));
  const all = new Set(cloudwatch.alarms.values().flatMap((alarm) => [alarm.name, alarm.arn]));
  const missing = names.filter((name) => !all.has(name));
  if (missing.length > 0)
    throw validationError(`AlarmRule references alarms that do not exist: ${missing.join(", ")}`);
};
