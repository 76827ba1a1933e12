import type { Runbook } from "./runbook.ts";

export const alarmRunbooks: Readonly<Record<string, Runbook>> = {
  AlarmsPass: { meanwhile: "Alarms are read again at every poll.", check: ["rollout"] },
  NoAlarms: {
    meanwhile: "Steps pass by time, capacity and approvals. Nothing takes a bad version back but a person.",
    check: ["rollout"],
  },
  AlarmOk: { meanwhile: "It is read again at every poll.", check: ["alarm"] },
  AlarmFiring: {
    meanwhile:
      "A release under way has lost its traffic in the plan that read the alarm. At rest no release begins.",
    check: ["alarm", "rollout", "pods"],
    further:
      "If the stable version itself burns: `kubectl modelrollout override-alarms NAME` lets a hot-fix through; alarms are then recorded, not obeyed, until its retain is over.",
  },
  AlarmFired: {
    meanwhile:
      "The same as for AlarmFiring: what was missed between two polls counts as if it had been seen.",
    check: ["alarm", "rollout"],
  },
  AlarmPaused: {
    meanwhile: "The weight stays where it is. Other alarms may still take it back.",
    check: ["alarm", "rollout"],
  },
  AlarmRecorded: { meanwhile: "It is shown in `status.alarms` and judges nothing.", check: ["alarm"] },
  AlarmOverridden: {
    meanwhile:
      "The release goes through its steps by time, capacity and approvals; nothing takes it back by itself.",
    check: ["rollout", "alarm"],
    further: "`kubectl modelrollout abort NAME` takes it back.",
  },
  AlarmNotJudging: {
    meanwhile: "It judges when its destination is the canary, or in retain.",
    check: ["rollout"],
  },
  AlarmUnread: {
    meanwhile: "Nothing is raised before it was read.",
    check: ["rollout", "operator"],
    further:
      "If it stays so: the operator cannot reach CloudWatch; its log and the metric `modelrollout_aws_calls_total` say why.",
  },
  AlarmUnreadable: {
    meanwhile:
      "The step is held; its hold counts only while alarms can be read. After `analysis.unreadable.rollbackAfter` the canary is taken back.",
    check: ["alarm", "operator"],
    further:
      "An alarm in ALARM fails even when its evaluation is broken. A composite alarm needs DescribeAlarms on `*`.",
  },
  AlarmMissing: {
    meanwhile: "As for AlarmUnreadable: held, then taken back.",
    check: ["alarm"],
    further: "It is looked for in the namespace's own account, where the operator has roles for namespaces.",
  },
  AlarmInsufficientData: {
    meanwhile:
      "Hold: the step waits. Pass: it counts as OK. Rollback: as ALARM. The alarm's `onInsufficientData` says which.",
    check: ["alarm"],
    further:
      "The canary's metric may not exist before its first request: send some, or set `treatMissingData: notBreaching` on the alarm.",
  },
  HoldTooShort: { meanwhile: "Nothing is changed: it is a warning.", check: ["rollout", "alarm"] },
};
