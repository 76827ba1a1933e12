import type { MetricDataQuery, PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import type { CancelTimer, Clock } from "../clock.ts";
import { type AlarmJudgement, EXTRA_PERIODS, judge } from "./evaluation.ts";
import {
  dimensionsOf,
  periodOf,
  type Range,
  seriesOfMetric,
  seriesOfQuery,
  timesOf,
} from "./metric-query.ts";
import type { MetricStore } from "./metric-store.ts";
import type { AlarmRecord, CloudWatchState } from "./records.ts";
import { evaluateComposite, transition } from "./transition.ts";

/** How often an alarm is evaluated, ms: each minute, below a minute each ten seconds, below ten each period. */
export const evaluationIntervalMs = (periodSeconds: number): number => {
  if (periodSeconds >= 60) return 60_000;
  return periodSeconds >= 10 ? 10_000 : periodSeconds * 1000;
};

const periodOfAlarm = (config: PutMetricAlarmInput): number =>
  config.Metrics?.length ? periodOf(config.Metrics) : (config.Period ?? 60);

const judgementOf = (config: PutMetricAlarmInput): AlarmJudgement => ({
  evaluationPeriods: config.EvaluationPeriods ?? 1,
  datapointsToAlarm: config.DatapointsToAlarm ?? config.EvaluationPeriods ?? 1,
  threshold: config.Threshold ?? 0,
  comparison: config.ComparisonOperator ?? "",
  treatMissingData: config.TreatMissingData ?? "missing",
});

const returned = (queries: readonly MetricDataQuery[]): string =>
  queries.find((query) => query.ReturnData !== false)?.Id ?? "";

/** Values of the newest periods before `to`, newest first. */
const pointsOf = (store: MetricStore, config: PutMetricAlarmInput, to: number): (number | undefined)[] => {
  const periodMs = periodOfAlarm(config) * 1000;
  const count = (config.EvaluationPeriods ?? 1) + EXTRA_PERIODS;
  const range: Range = { from: to - count * periodMs, to, periodMs };
  const metric = {
    namespace: config.Namespace ?? "",
    name: config.MetricName ?? "",
    dimensions: dimensionsOf(config.Dimensions),
  };
  const series = config.Metrics?.length
    ? seriesOfQuery(store, config.Metrics, returned(config.Metrics), range)
    : seriesOfMetric(store, metric, config.ExtendedStatistic ?? config.Statistic ?? "Average", range);
  return timesOf(range)
    .map((at) => series.get(at))
    .toReversed();
};

/** CloudWatch writes these times with `+0000` instead of `Z`. */
const stamp = (at: number): string => new Date(at).toISOString().replace("Z", "+0000");

const evaluateMetricAlarm = (
  cloudwatch: CloudWatchState,
  alarm: AlarmRecord,
  to: number,
  now: number,
): void => {
  const config = alarm.config as unknown as PutMetricAlarmInput;
  const points = pointsOf(cloudwatch.metrics, config, to);
  const state = judge(points, judgementOf(config), alarm.state);
  if (state === alarm.state) return;
  const recent = points.filter((point) => point !== undefined).slice(0, config.EvaluationPeriods ?? 1);
  const threshold = config.Threshold ?? 0;
  const reason =
    recent.length === 0
      ? `${state === "INSUFFICIENT_DATA" ? "Insufficient Data" : "Threshold Crossed"}: no datapoints were received for ` +
        `${config.EvaluationPeriods} period(s)`
      : `Threshold Crossed: ${recent.length} datapoint(s) [${recent.join(", ")}] ` +
        `${state === "ALARM" ? "were" : "were not"} ${config.ComparisonOperator} (${threshold}).`;
  const period = periodOfAlarm(config);
  const data = {
    version: "1.0",
    queryDate: stamp(now),
    period,
    recentDatapoints: recent.toReversed(),
    threshold,
  };
  transition(cloudwatch, alarm, { state, reason, data }, now);
};

/** An alarm whose queries make no sense is in EVALUATION_ERROR, and its state stands still. */
const guarded = (cloudwatch: CloudWatchState, alarm: AlarmRecord, to: number, now: number): void => {
  try {
    evaluateMetricAlarm(cloudwatch, alarm, to, now);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    const reason = error.message;
    cloudwatch.alarms.set(alarm.name, {
      ...alarm,
      reason,
      evaluationState: "EVALUATION_ERROR",
      stateUpdatedAt: now,
    });
  }
};

/** What the clock still has to do for one region. */
class Schedule {
  readonly #done = new Map<string, number>();

  /** Evaluates what is due: metric alarms at each boundary of their interval, new composite alarms once. */
  run(cloudwatch: CloudWatchState, now: number): void {
    const alarms = cloudwatch.alarms.values();
    const standing = new Set(alarms.map((alarm) => alarm.name));
    for (const name of this.#done.keys()) if (!standing.has(name)) this.#done.delete(name);
    for (const { name } of alarms) {
      // A composite may have moved on with a child evaluated just before: take it as it is now.
      const alarm = cloudwatch.alarms.get(name);
      if (!alarm?.evaluate || broken(alarm)) continue;
      if (alarm.type === "MetricAlarm") this.#metric(cloudwatch, alarm, now);
      else if (alarm.type === "CompositeAlarm") this.#composite(cloudwatch, alarm, now);
    }
  }

  #metric(cloudwatch: CloudWatchState, alarm: AlarmRecord, now: number): void {
    const interval = evaluationIntervalMs(periodOfAlarm(alarm.config as unknown as PutMetricAlarmInput));
    const boundary = Math.floor(now / interval) * interval;
    const last = this.#done.get(alarm.name) ?? Math.floor(alarm.configurationUpdatedAt / interval) * interval;
    this.#done.set(alarm.name, boundary);
    if (boundary > last) guarded(cloudwatch, alarm, boundary, now);
  }

  /** A new configuration is evaluated once; after that only a child's change does it. */
  #composite(cloudwatch: CloudWatchState, alarm: AlarmRecord, now: number): void {
    if (this.#done.get(alarm.name) === alarm.configurationUpdatedAt) return;
    this.#done.set(alarm.name, alarm.configurationUpdatedAt);
    evaluateComposite(cloudwatch, alarm, now);
  }
}

const broken = (alarm: AlarmRecord): boolean =>
  alarm.evaluationState === "EVALUATION_ERROR" || alarm.evaluationState === "EVALUATION_FAILURE";

/** Looks for due alarms every `tickMs`. `states` is asked anew each time. */
export const startAlarmEvaluation = (
  states: () => Iterable<CloudWatchState>,
  clock: Clock,
  tickMs: number,
): CancelTimer => {
  const schedules = new WeakMap<CloudWatchState, Schedule>();
  let cancel: CancelTimer;
  const tick = (): void => {
    for (const state of states()) {
      const schedule = schedules.get(state) ?? new Schedule();
      schedules.set(state, schedule);
      schedule.run(state, clock.now());
    }
    cancel = clock.setTimer(tick, tickMs);
  };
  cancel = clock.setTimer(tick, tickMs);
  return () => cancel();
};
