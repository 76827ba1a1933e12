import type {
  AlarmType,
  DescribeAlarmHistoryInput,
  DescribeAlarmHistoryOutput,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
} from "@aws-sdk/client-cloudwatch";
import { type Operations, read, ServiceError, validationError } from "../operation.ts";
import { page } from "../paging.ts";
import type { AlarmRecord, CloudWatchState } from "./records.ts";

const MAX_NAMES = 100;
const MAX_RECORDS = 100;
/** The service's own default page for DescribeAlarms is smaller than its maximum: who asks for 100 names must say so or page. */
const DEFAULT_RECORDS = 50;

const invalidToken = (): ServiceError => new ServiceError("InvalidNextToken", "The token is not valid");

const pageSize = (asked: number | undefined, fallback: number): number => {
  const size = asked ?? fallback;
  if (!Number.isInteger(size) || size < 1 || size > MAX_RECORDS) {
    throw validationError(`MaxRecords must be between 1 and ${MAX_RECORDS}`);
  }
  return size;
};

/** An alarm as DescribeAlarms shows it. */
export const presentAlarm = (alarm: AlarmRecord) => ({
  ...alarm.config,
  AlarmName: alarm.name,
  AlarmArn: alarm.arn,
  ActionsEnabled: alarm.actionsEnabled,
  StateValue: alarm.state,
  StateReason: alarm.reason,
  ...(alarm.reasonData !== undefined && { StateReasonData: alarm.reasonData }),
  StateUpdatedTimestamp: new Date(alarm.stateUpdatedAt),
  StateTransitionedTimestamp: new Date(alarm.transitionedAt),
  AlarmConfigurationUpdatedTimestamp: new Date(alarm.configurationUpdatedAt),
  ...(alarm.evaluationState !== undefined && { EvaluationState: alarm.evaluationState }),
});

const checkNames = (input: DescribeAlarmsInput): void => {
  const names = input.AlarmNames ?? [];
  if (names.length > MAX_NAMES) {
    throw validationError(
      `1 validation error detected: Value at 'alarmNames' failed to satisfy constraint: ` +
        `Member must have length less than or equal to ${MAX_NAMES}`,
    );
  }
  if (names.length > 0 && input.AlarmNamePrefix !== undefined) {
    throw validationError("AlarmNamePrefix and AlarmNames cannot both be specified");
  }
};

const matches = (input: DescribeAlarmsInput, types: readonly AlarmType[]) => {
  const names = input.AlarmNames?.length ? new Set(input.AlarmNames) : undefined;
  const actions = (alarm: AlarmRecord): string[] => [alarm.config["AlarmActions"] ?? []].flat().map(String);
  return (alarm: AlarmRecord): boolean =>
    types.includes(alarm.type) &&
    (names?.has(alarm.name) ?? true) &&
    alarm.name.startsWith(input.AlarmNamePrefix ?? "") &&
    (input.StateValue === undefined || alarm.state === input.StateValue) &&
    (input.ActionPrefix === undefined ||
      actions(alarm).some((action) => action.startsWith(input.ActionPrefix ?? "")));
};

const describeAlarms = (cloudwatch: CloudWatchState, input: DescribeAlarmsInput): DescribeAlarmsOutput => {
  checkNames(input);
  const types = input.AlarmTypes?.length ? input.AlarmTypes : (["MetricAlarm"] as readonly AlarmType[]);
  const found = cloudwatch.alarms
    .values()
    .filter(matches(input, types))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, next } = page(
    found,
    pageSize(input.MaxRecords, DEFAULT_RECORDS),
    input.NextToken,
    invalidToken,
  );
  const shown = (type: AlarmType) => items.filter((alarm) => alarm.type === type).map(presentAlarm);
  return {
    MetricAlarms: shown("MetricAlarm"),
    CompositeAlarms: shown("CompositeAlarm"),
    ...(types.includes("LogAlarm") && { LogAlarms: shown("LogAlarm") }),
    ...(next !== undefined && { NextToken: next }),
  };
};

const describeHistory = (
  cloudwatch: CloudWatchState,
  input: DescribeAlarmHistoryInput,
): DescribeAlarmHistoryOutput => {
  const types = input.AlarmTypes?.length ? input.AlarmTypes : (["MetricAlarm"] as readonly AlarmType[]);
  const from = input.StartDate?.getTime() ?? -Infinity;
  const to = input.EndDate?.getTime() ?? Infinity;
  const found = cloudwatch.history.items.filter(
    (item) =>
      types.includes(item.alarmType) &&
      item.at >= from &&
      item.at <= to &&
      (input.AlarmName === undefined || item.alarmName === input.AlarmName) &&
      (input.HistoryItemType === undefined || item.itemType === input.HistoryItemType),
  );
  const sorted = input.ScanBy === "TimestampAscending" ? found : found.toReversed();
  const { items, next } = page(
    sorted,
    pageSize(input.MaxRecords, MAX_RECORDS),
    input.NextToken,
    invalidToken,
  );
  return {
    AlarmHistoryItems: items.map((item) => ({
      AlarmName: item.alarmName,
      AlarmType: item.alarmType,
      Timestamp: new Date(item.at),
      HistoryItemType: item.itemType,
      HistorySummary: item.summary,
      HistoryData: item.data,
    })),
    ...(next !== undefined && { NextToken: next }),
  };
};

/**
 * Reads of alarms. AlarmTypes omitted means metric alarms only, in both operations; names that do not exist are left
 * out without a word.
 */
export const describeAlarmOperations: Operations = {
  DescribeAlarms: read(({ state: { cloudwatch } }, input: DescribeAlarmsInput) =>
    describeAlarms(cloudwatch, input),
  ),
  DescribeAlarmHistory: read(({ state: { cloudwatch } }, input: DescribeAlarmHistoryInput) =>
    describeHistory(cloudwatch, input),
  ),
};
