import type {
  AlarmType,
  DeleteAlarmsInput,
  DisableAlarmActionsInput,
  ListTagsForResourceInput,
  PutCompositeAlarmInput,
  PutMetricAlarmInput,
  SetAlarmStateInput,
  StateValue,
  Tag,
  TagResourceInput,
  UntagResourceInput,
} from "@aws-sdk/client-cloudwatch";
import {
  type Fields,
  type OperationContext,
  type Operations,
  read,
  ServiceError,
  validationError,
  write,
} from "../operation.ts";
import { checkCompositeAlarm, checkMetricAlarm } from "./alarm-rules.ts";
import type { AlarmRecord, CloudWatchState } from "./records.ts";
import { transition } from "./transition.ts";

const STATES: readonly string[] = ["OK", "ALARM", "INSUFFICIENT_DATA"];

const note = (
  { state, now }: Pick<OperationContext, "state" | "now">,
  alarm: AlarmRecord,
  summary: string,
): void => {
  state.cloudwatch.history.add({
    at: now,
    alarmName: alarm.name,
    alarmType: alarm.type,
    itemType: "ConfigurationUpdate",
    summary,
    data: JSON.stringify({ version: "1.0", type: "Update", updatedAlarm: { alarmName: alarm.name } }),
  });
};

/** What is needed to store an alarm's configuration. */
export interface AlarmConfiguration {
  readonly name: string;
  readonly type: AlarmType;
  readonly config: Fields;
  readonly actionsEnabled?: boolean;
  readonly evaluate: boolean;
}

/** Creates an alarm in INSUFFICIENT_DATA, or replaces the whole configuration of an existing one, keeping its state. */
export const storeAlarm = (
  context: Pick<OperationContext, "state" | "now" | "account" | "region">,
  { name, type, config, actionsEnabled = true, evaluate }: AlarmConfiguration,
): AlarmRecord => {
  const { state, now, account, region } = context;
  const existing = state.cloudwatch.alarms.get(name);
  if (existing && existing.type !== type) {
    throw validationError(`An alarm of another type with the name '${name}' already exists`);
  }
  const alarm: AlarmRecord = {
    ...(existing ?? {
      name,
      arn: `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`,
      type,
      state: "INSUFFICIENT_DATA",
      reason: "Unchecked: Initial alarm creation",
      stateUpdatedAt: now,
      transitionedAt: now,
    }),
    configurationUpdatedAt: now,
    actionsEnabled,
    evaluate,
    config,
  };
  state.cloudwatch.alarms.set(name, alarm);
  note(context, alarm, `Alarm "${name}" ${existing ? "updated" : "created"}`);
  return alarm;
};

const merged = (existing: Readonly<Record<string, string>>, tags: readonly Tag[] = []) => ({
  ...existing,
  ...Object.fromEntries(tags.map((tag) => [tag.Key ?? "", tag.Value ?? ""])),
});

const put = (
  context: OperationContext,
  type: AlarmType,
  input: Fields & { Tags?: Tag[] | undefined },
): void => {
  const { AlarmName, ActionsEnabled, Tags, ...config } = input;
  const alarm = storeAlarm(context, {
    name: String(AlarmName),
    type,
    config,
    ...(typeof ActionsEnabled === "boolean" && { actionsEnabled: ActionsEnabled }),
    evaluate: true,
  });
  const { tags } = context.state.cloudwatch;
  // Tags are taken at creation only; an update ignores them.
  if (Tags && !tags.has(alarm.arn)) tags.set(alarm.arn, merged({}, Tags));
};

const known = (cloudwatch: CloudWatchState, name: string | undefined): AlarmRecord => {
  const alarm = cloudwatch.alarms.get(name ?? "");
  if (!alarm) throw new ServiceError("ResourceNotFound", `Unknown alarm '${name ?? ""}'`, 404);
  return alarm;
};

const reasonData = (text: string | undefined): Readonly<Record<string, unknown>> | undefined => {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    throw new ServiceError("InvalidFormat", "StateReasonData must be valid JSON");
  }
};

const setState = ({ state: { cloudwatch }, now }: OperationContext, input: SetAlarmStateInput) => {
  const alarm = known(cloudwatch, input.AlarmName);
  const value = input.StateValue;
  if (value === undefined || !STATES.includes(value))
    throw validationError(`StateValue must be one of [${STATES.join(", ")}]`);
  if (input.StateReason === undefined) throw validationError("StateReason must be given");
  const data = reasonData(input.StateReasonData);
  const next: { state: StateValue; reason: string } = { state: value, reason: input.StateReason };
  transition(cloudwatch, alarm, { ...next, ...(data && { data }) }, now);
  return {};
};

const enableActions = (enabled: boolean) =>
  write(({ state: { cloudwatch } }, input: DisableAlarmActionsInput) => {
    for (const name of input.AlarmNames ?? []) {
      const alarm = cloudwatch.alarms.get(name);
      if (alarm) cloudwatch.alarms.set(name, { ...alarm, actionsEnabled: enabled });
    }
    return {};
  });

const byArn = (cloudwatch: CloudWatchState, arn: string | undefined): string => {
  const found = cloudwatch.alarms.values().find((alarm) => alarm.arn === arn);
  if (!found) throw new ServiceError("ResourceNotFoundException", `Unknown resource '${arn ?? ""}'`, 404);
  return found.arn;
};

/** Writes of alarms, and their tags. */
export const putAlarmOperations: Operations = {
  PutMetricAlarm: write((context, input: PutMetricAlarmInput) => {
    checkMetricAlarm(input);
    put(context, "MetricAlarm", { ...input });
    return {};
  }),

  PutCompositeAlarm: write((context, input: PutCompositeAlarmInput) => {
    checkCompositeAlarm(context.state.cloudwatch, input);
    put(context, "CompositeAlarm", { ...input });
    return {};
  }),

  SetAlarmState: write(setState),

  DeleteAlarms: write(({ state: { cloudwatch } }, input: DeleteAlarmsInput) => {
    const names = input.AlarmNames ?? [];
    if (names.length > 100) throw validationError("At most 100 alarms can be deleted at once");
    const alarms = names.map((name) => known(cloudwatch, name));
    for (const alarm of alarms) {
      cloudwatch.alarms.delete(alarm.name);
      cloudwatch.tags.delete(alarm.arn);
    }
    return {};
  }),

  EnableAlarmActions: enableActions(true),
  DisableAlarmActions: enableActions(false),

  TagResource: write(({ state: { cloudwatch } }, input: TagResourceInput) => {
    const arn = byArn(cloudwatch, input.ResourceARN);
    cloudwatch.tags.set(arn, merged(cloudwatch.tags.get(arn) ?? {}, input.Tags));
    return {};
  }),

  UntagResource: write(({ state: { cloudwatch } }, input: UntagResourceInput) => {
    const arn = byArn(cloudwatch, input.ResourceARN);
    const kept = Object.entries(cloudwatch.tags.get(arn) ?? {}).filter(
      ([key]) => !input.TagKeys?.includes(key),
    );
    cloudwatch.tags.set(arn, Object.fromEntries(kept));
    return {};
  }),

  ListTagsForResource: read(({ state: { cloudwatch } }, input: ListTagsForResourceInput) => {
    const tags = cloudwatch.tags.get(byArn(cloudwatch, input.ResourceARN)) ?? {};
    return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  }),
};
