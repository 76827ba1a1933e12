/** Types of conditions in `status.conditions`: a closed table, documented in docs/reference/reasons.md. */

export interface ConditionEntry {
  /** What True, False and Unknown say. */
  readonly meaning: string;
}

export const conditions = {
  Ready: {
    meaning:
      "True: the revision in the spec is the stable one, it has all the traffic and all is settled. False: a release is under way, was taken back or is blocked.",
  },
  Progressing: {
    meaning:
      "True while a release moves or waits for time, capacity or alarms. False when idle, or while it waits for a person.",
  },
  Reconciling: {
    meaning:
      "True while the operator is at work on the present generation (kstatus). False when there is nothing left to do.",
  },
  Stalled: {
    meaning:
      "True when nothing goes on without a person: after a rollback, or when blocked (kstatus). The reason says what to do.",
  },
  Paused: {
    meaning:
      "True while no step is taken: `spec.paused`, an approval that is waited for, an alarm with `onAlarm: Pause`, or weights that somebody else changed.",
  },
  AlarmsHealthy: {
    meaning:
      "True: every alarm was read and passes. False: one fails. Unknown: one could not be read, or there is none.",
  },
  TrafficSettled: {
    meaning:
      "True: every target was read back with the weights asked for. False: one has others. Unknown: one could not be read.",
  },
} as const satisfies Record<string, ConditionEntry>;

export type ConditionType = keyof typeof conditions;
