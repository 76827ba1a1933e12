import type { Dimension, MetricDataQuery, MetricStat } from "@aws-sdk/client-cloudwatch";
import { evaluateExpression, parseExpression, type Series } from "./expression.ts";
import type { MetricName, MetricStore } from "./metric-store.ts";
import { statisticOf } from "./statistic.ts";

/** Dimensions as the store keeps them. */
export const dimensionsOf = (
  dimensions: readonly Dimension[] | undefined,
): Readonly<Record<string, string>> =>
  Object.fromEntries((dimensions ?? []).map(({ Name, Value }) => [Name ?? "", Value ?? ""]));

/** A stretch of time cut into steps of `periodMs`, from `from` (inclusive) to `to` (exclusive). */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly periodMs: number;
}

/** The starts of the steps, oldest first. */
export const timesOf = ({ from, to, periodMs }: Range): number[] => {
  const times: number[] = [];
  for (let at = from; at < to; at += periodMs) times.push(at);
  return times;
};

/** One statistic of one metric, step by step; steps without data are left out. */
export const seriesOfMetric = (
  store: MetricStore,
  metric: MetricName,
  statistic: string,
  range: Range,
): Series => {
  const series = new Map<number, number>();
  for (const at of timesOf(range)) {
    const aggregate = store.aggregate(metric, at, at + range.periodMs);
    if (aggregate) series.set(at, statisticOf(aggregate, statistic));
  }
  return series;
};

const metricOf = (stat: MetricStat): MetricName => ({
  namespace: stat.Metric?.Namespace ?? "",
  name: stat.Metric?.MetricName ?? "",
  dimensions: dimensionsOf(stat.Metric?.Dimensions),
});

/** The period of a set of queries, in seconds: the largest that any of them names. */
export const periodOf = (queries: readonly MetricDataQuery[]): number =>
  Math.max(1, ...queries.map((query) => query.MetricStat?.Period ?? query.Period ?? 0));

/**
 * The series of query `id`, following expressions through the ids they name. Throws SyntaxError for an expression that
 * is wrong, names an unknown id, or itself.
 */
export const seriesOfQuery = (
  store: MetricStore,
  queries: readonly MetricDataQuery[],
  id: string,
  range: Range,
  path: readonly string[] = [],
): Series => {
  const query = queries.find((each) => each.Id === id);
  if (!query || path.includes(id)) throw new SyntaxError(`Error in expression: '${id}' cannot be resolved`);
  if (query.MetricStat) {
    return seriesOfMetric(store, metricOf(query.MetricStat), query.MetricStat.Stat ?? "Average", range);
  }
  return evaluateExpression(parseExpression(query.Expression ?? ""), {
    times: timesOf(range),
    seriesOf: (named) => seriesOfQuery(store, queries, named, range, [...path, id]),
  });
};
