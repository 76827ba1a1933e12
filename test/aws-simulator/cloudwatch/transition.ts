import type { StateValue } from "@aws-sdk/client-cloudwatch";
import { alarmsOf, holds, parseCompositeRule } from "./composite-rule.ts";
import type { AlarmRecord, CloudWatchState } from "./records.ts";

/** A state an alarm is put into. `data` is a JSON object for StateReasonData. */
export interface NewState {
  readonly state: StateValue;
  readonly reason: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const MAX_DEPTH = 10;

const note = (cloudwatch: CloudWatchState, before: AlarmRecord, next: NewState, now: number): void => {
  cloudwatch.history.add({
    at: now,
    alarmName: before.name,
    alarmType: before.type,
    itemType: "StateUpdate",
    summary: `Alarm updated from ${before.state} to ${next.state}`,
    data: JSON.stringify({
      version: "1.0",
      oldState: {
        stateValue: before.state,
        stateReason: before.reason,
        ...(before.reasonData !== undefined && { stateReasonData: JSON.parse(before.reasonData) as unknown }),
      },
      newState: {
        stateValue: next.state,
        stateReason: next.reason,
        ...(next.data && { stateReasonData: next.data }),
      },
    }),
  });
};

const stateIn = (cloudwatch: CloudWatchState) => (alarm: string) =>
  cloudwatch.alarms.values().find((each) => each.name === alarm || each.arn === alarm)?.state;

/** Re-evaluates one composite alarm now. */
export const evaluateComposite = (
  cloudwatch: CloudWatchState,
  alarm: AlarmRecord,
  now: number,
  depth = 0,
): void => {
  const rule = parseCompositeRule(String(alarm.config["AlarmRule"]));
  const state: StateValue = holds(rule, stateIn(cloudwatch)) ? "ALARM" : "OK";
  if (state === alarm.state) return;
  const reason = `AlarmRule ${String(alarm.config["AlarmRule"])} is ${state === "ALARM"}`;
  transition(cloudwatch, alarm, { state, reason }, now, depth + 1);
};

/**
 * Puts an alarm into a state, writes the history when the value changes, and lets the composite alarms that name it
 * follow. A composite that was set by hand thus stays wrong until one of its children changes.
 */
export const transition = (
  cloudwatch: CloudWatchState,
  alarm: AlarmRecord,
  next: NewState,
  now: number,
  depth = 0,
): void => {
  const changed = next.state !== alarm.state;
  const { reasonData: _old, ...rest } = alarm;
  const touched = changed || alarm.type === "CompositeAlarm";
  cloudwatch.alarms.set(alarm.name, {
    ...rest,
    state: next.state,
    reason: next.reason,
    ...(next.data && { reasonData: JSON.stringify(next.data) }),
    ...(touched && { stateUpdatedAt: now }),
    ...(changed && { transitionedAt: now }),
  });
  if (!changed) return;
  note(cloudwatch, alarm, next, now);
  if (depth < MAX_DEPTH) followers(cloudwatch, alarm, now, depth);
};

const followers = (cloudwatch: CloudWatchState, child: AlarmRecord, now: number, depth: number): void => {
  for (const alarm of cloudwatch.alarms.values()) {
    if (alarm.type !== "CompositeAlarm" || !alarm.evaluate) continue;
    const names = alarmsOf(parseCompositeRule(String(alarm.config["AlarmRule"])));
    if (names.includes(child.name) || names.includes(child.arn))
      evaluateComposite(cloudwatch, alarm, now, depth);
  }
};
