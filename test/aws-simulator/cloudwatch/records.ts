import type { AlarmType, EvaluationState, StateValue } from "@aws-sdk/client-cloudwatch";
import type { Clock } from "../clock.ts";
import type { Fields } from "../operation.ts";
import { Table } from "../table.ts";
import { AlarmHistory } from "./history.ts";
import { MetricStore } from "./metric-store.ts";

/** An alarm of any type. Times are ms since the epoch. Replaced, never changed in place. */
export interface AlarmRecord {
  readonly name: string;
  readonly arn: string;
  readonly type: AlarmType;
  readonly state: StateValue;
  readonly reason: string;
  readonly reasonData?: string;
  /** Last change of `state` or `evaluationState`; for composites any write of the state. */
  readonly stateUpdatedAt: number;
  /** Last change of `state`. */
  readonly transitionedAt: number;
  readonly configurationUpdatedAt: number;
  /** Absent: the evaluation works. With EVALUATION_ERROR or EVALUATION_FAILURE the state stands still. */
  readonly evaluationState?: EvaluationState;
  readonly actionsEnabled: boolean;
  /** Whether the clock evaluates it. Alarms put by a test's own hand stay as they were set. */
  readonly evaluate: boolean;
  /** Everything else of the put request, as it was given. */
  readonly config: Fields;
}

/** All of CloudWatch in one region of one account. */
export interface CloudWatchState {
  readonly alarms: Table<AlarmRecord>;
  readonly tags: Table<Readonly<Record<string, string>>>;
  readonly history: AlarmHistory;
  readonly metrics: MetricStore;
}

/** How much CloudWatch remembers. */
export interface CloudWatchLimits {
  readonly keepMs: number;
  readonly metricRetentionMs: number;
  readonly historyLimit: number;
}

/** An empty region. */
export const createCloudWatchState = (clock: Clock, limits: CloudWatchLimits): CloudWatchState => ({
  alarms: new Table(clock, limits.keepMs),
  tags: new Table(clock, limits.keepMs),
  history: new AlarmHistory(limits.historyLimit),
  metrics: new MetricStore(limits.metricRetentionMs),
});

/** The region as it was at `time`. Metric data is not versioned: a stale read sees today's. */
export const cloudWatchAsOf = (state: CloudWatchState, time: number): CloudWatchState => ({
  alarms: state.alarms.asOf(time),
  tags: state.tags.asOf(time),
  history: state.history.asOf(time),
  metrics: state.metrics,
});
