/** Reasons of alarms: of the condition AlarmsHealthy, of `status.alarms[].reason`, and of releases they stop. */
import { blocked, type ReasonEntry, underWay } from "./reason-entry.ts";

export const alarmReasons = {
  AlarmsPass: {
    conditions: ["AlarmsHealthy"],
    meaning: "Every alarm that judges was read and passes.",
    action: "Nothing.",
  },
  NoAlarms: {
    conditions: ["AlarmsHealthy"],
    meaning: "There are no alarms: holds pass by time alone.",
    action:
      "List CloudWatch alarms under `spec.analysis.alarms`, so that a bad version is taken back by itself.",
  },
  AlarmOk: {
    conditions: [],
    meaning: "The alarm is OK.",
    action: "Nothing.",
  },
  AlarmFiring: {
    conditions: [...blocked, "AlarmsHealthy"],
    event: "Warning",
    meaning: "An alarm is in ALARM. A release under way is taken back; one that has not begun stays blocked.",
    action:
      "Look at the alarm named in the message. A hot-fix over a burning stable version: the annotation modelrollout.dev/override-alarms.",
  },
  AlarmFired: {
    conditions: [...blocked, "AlarmsHealthy"],
    event: "Warning",
    meaning: "An alarm is quiet now, but was in ALARM since the present weight was read back.",
    action: "As for AlarmFiring.",
  },
  AlarmPaused: {
    conditions: [...underWay, "Paused", "AlarmsHealthy"],
    event: "Warning",
    meaning: "An alarm with `onAlarm: Pause` is in ALARM: the release stays at its present weight.",
    action:
      "When the alarm passes, set the annotation modelrollout.dev/approve to the value of `status.awaiting`, or abort.",
  },
  AlarmRecorded: {
    conditions: [],
    meaning: "An alarm with `onAlarm: Record`: it is shown and never gates anything.",
    action: "Nothing.",
  },
  AlarmOverridden: {
    conditions: ["AlarmsHealthy"],
    event: "Warning",
    meaning: "A person has overridden the alarms of this release: they are recorded, not obeyed.",
    action: "Watch the release yourself.",
  },
  AlarmNotJudging: {
    conditions: [],
    meaning: "The alarm belongs to a destination that is neither the canary nor the promoted version.",
    action: "Nothing.",
  },
  AlarmUnread: {
    conditions: ["AlarmsHealthy", ...underWay],
    meaning:
      "The alarm was not read yet since the release was seen, or since the present weight was read back.",
    action: "Nothing; it is read within one poll.",
  },
  AlarmUnreadable: {
    conditions: [...blocked, "AlarmsHealthy"],
    event: "Warning",
    meaning:
      "An alarm is missing, denied or failing to evaluate: the step is held, and taken back after `analysis.unreadable.rollbackAfter`.",
    action:
      "Check the alarm's name and region, and that the operator may call cloudwatch:DescribeAlarms and cloudwatch:DescribeAlarmHistory.",
  },
  AlarmMissing: {
    conditions: ["AlarmsHealthy"],
    meaning: "CloudWatch has no alarm of this name in this region.",
    action: "Correct `name` or `region` of the alarm, or create it.",
  },
  AlarmInsufficientData: {
    conditions: [...underWay, "AlarmsHealthy"],
    event: "Warning",
    meaning: "An alarm is in INSUFFICIENT_DATA; its `onInsufficientData` says what this means.",
    action:
      "Check that its metric is written, or set `onInsufficientData: Pass` for one that is written seldom.",
  },
  HoldTooShort: {
    conditions: ["Progressing", "AlarmsHealthy"],
    event: "Warning",
    meaning: "A hold is shorter than an alarm needs to speak (Period x EvaluationPeriods and 2 minutes).",
    action: "Lengthen the hold, or shorten the alarm's period.",
  },
} as const satisfies Record<string, ReasonEntry>;
