import type {
  GetMetricDataInput,
  GetMetricDataOutput,
  MetricDataQuery,
  MetricDatum,
  PutMetricDataInput,
} from "@aws-sdk/client-cloudwatch";
import {
  type OperationContext,
  type Operations,
  read,
  ServiceError,
  validationError,
  write,
} from "../operation.ts";
import { page } from "../paging.ts";
import { dimensionsOf, periodOf, seriesOfQuery } from "./metric-query.ts";
import type { MetricName, MetricStore } from "./metric-store.ts";
import { isStatistic } from "./statistic.ts";

const MAX_QUERIES = 500;
const DEFAULT_DATAPOINTS = 100_800;
const MAX_DATUMS = 1000;

const putDatum = (store: MetricStore, namespace: string, datum: MetricDatum, now: number): void => {
  if (!datum.MetricName) throw validationError("MetricName must be given");
  const metric: MetricName = {
    namespace,
    name: datum.MetricName,
    dimensions: dimensionsOf(datum.Dimensions),
  };
  const at = datum.Timestamp?.getTime() ?? now;
  const set = datum.StatisticValues;
  if (set) {
    const values = {
      sum: set.Sum ?? 0,
      count: set.SampleCount ?? 0,
      min: set.Minimum ?? 0,
      max: set.Maximum ?? 0,
    };
    store.putStatistics(metric, at, values);
  } else if (datum.Values) {
    for (const [index, value] of datum.Values.entries())
      store.put(metric, at, value, datum.Counts?.[index] ?? 1);
  } else if (datum.Value !== undefined) {
    store.put(metric, at, datum.Value);
  } else {
    throw validationError(`Metric '${datum.MetricName}' has no value`);
  }
};

const putMetricData = ({ state, now }: OperationContext, input: PutMetricDataInput) => {
  if (!input.Namespace) throw validationError("Namespace must be given");
  const entities = (input.EntityMetricData ?? []).flatMap((entity) => entity.MetricData ?? []);
  const all = [...(input.MetricData ?? []), ...entities];
  if (all.length > MAX_DATUMS)
    throw validationError(`At most ${MAX_DATUMS} metrics are allowed in one request`);
  for (const datum of all) putDatum(state.cloudwatch.metrics, input.Namespace, datum, now);
  return {};
};

const checkQueries = (queries: readonly MetricDataQuery[]): void => {
  if (queries.length > MAX_QUERIES)
    throw validationError(`At most ${MAX_QUERIES} queries are allowed in one request`);
  if (new Set(queries.map((query) => query.Id)).size < queries.length)
    throw validationError("Query IDs must be unique");
  for (const { Id: id, MetricStat: stat } of queries) {
    if (!/^[a-z][A-Za-z0-9_]*$/.test(id ?? ""))
      throw validationError(`The value '${id}' for Id is not valid`);
    if (stat && !isStatistic(stat.Stat ?? ""))
      throw validationError(`The value '${stat.Stat}' for Stat is not valid`);
  }
};

const points = (
  store: MetricStore,
  queries: readonly MetricDataQuery[],
  query: MetricDataQuery,
  input: GetMetricDataInput,
) => {
  const periodMs = periodOf(query.MetricStat ? [query] : queries) * 1000;
  const from = Math.floor((input.StartTime?.getTime() ?? 0) / periodMs) * periodMs;
  const range = { from, to: input.EndTime?.getTime() ?? 0, periodMs };
  try {
    return [...seriesOfQuery(store, queries, query.Id ?? "", range)];
  } catch (error) {
    throw error instanceof SyntaxError ? validationError(error.message) : error;
  }
};

const getMetricData = ({ state }: OperationContext, input: GetMetricDataInput): GetMetricDataOutput => {
  const queries = input.MetricDataQueries ?? [];
  checkQueries(queries);
  if (!input.StartTime || !input.EndTime || input.StartTime >= input.EndTime) {
    throw validationError("The parameter StartTime must be less than the parameter EndTime");
  }
  const store = state.cloudwatch.metrics;
  const shown = queries.filter((query) => query.ReturnData !== false);
  const series = shown.map((query) => points(store, queries, query, input).sort(([a], [b]) => a - b));
  if (input.ScanBy !== "TimestampAscending") for (const each of series) each.reverse();
  const flat = series.flatMap((each, index) => each.map((point) => ({ index, point })));
  const invalid = (): ServiceError => new ServiceError("InvalidNextToken", "The token is not valid");
  const { items, next } = page(flat, input.MaxDatapoints ?? DEFAULT_DATAPOINTS, input.NextToken, invalid);
  return {
    MetricDataResults: shown.map((query, index) => {
      const mine = items.filter((item) => item.index === index).map((item) => item.point);
      const more = next !== undefined && mine.length < (series[index]?.length ?? 0);
      return {
        Id: query.Id,
        Label: query.Label ?? query.MetricStat?.Metric?.MetricName ?? query.Id,
        Timestamps: mine.map(([at]) => new Date(at)),
        Values: mine.map(([, value]) => value),
        StatusCode: more ? "PartialData" : "Complete",
      };
    }),
    Messages: [],
    ...(next !== undefined && { NextToken: next }),
  };
};

/** Metric data. A metric nobody ever put is an empty, complete series. */
export const metricDataOperations: Operations = {
  PutMetricData: write(putMetricData),
  GetMetricData: read(getMetricData),
};
