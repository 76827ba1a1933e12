import type { Runbook } from "./runbook.ts";

export const releaseRunbooks: Readonly<Record<string, Runbook>> = {
  Settled: {
    meanwhile: "Nothing is written. The weights are compared with what was acknowledged at every drift poll.",
    check: ["rollout"],
  },
  Starting: {
    meanwhile: "The stable version has all the traffic. Nothing is raised before everything was read.",
    check: ["rollout", "pods"],
    further: "If it stays so for minutes, the message names what is missing; `stepTimeout` ends it.",
  },
  Shifting: {
    meanwhile:
      "The weight asked for is stored in the status, written, and read back; the next step waits for that.",
    check: ["rollout", "rule"],
  },
  Holding: {
    meanwhile: "Alarms are read at every poll; one in ALARM takes the traffic back at once.",
    check: ["rollout", "alarm"],
  },
  AwaitingApproval: {
    meanwhile: "The weight stays, both versions at the size that it needs. Alarms guard; no time runs out.",
    check: ["rollout", "alarm"],
    further: "`kubectl modelrollout approve NAME` reads the value and sets the annotation.",
  },
  PausedBySpec: {
    meanwhile: "The weight stays. Alarms guard, and a rollback still happens. `stepTimeout` does not run.",
    check: ["rollout"],
  },
  Promoting: {
    meanwhile: "The roles are swapped in the status; no weight moves any more.",
    check: ["rollout"],
  },
  Promoted: {
    meanwhile: "The version before stays at full size until `status.retained.until`, and alarms still act.",
    check: ["rollout"],
  },
  RollingBack: {
    meanwhile:
      "Stable's weights are written until a read shows them, whatever the API server, quotas or pods do.",
    check: ["rollout", "rule", "pods"],
    further:
      "If it lasts for more than a minute, the message says which target cannot be written: give it stable's weights by hand if you can reach it; the operator agrees as soon as it reads them.",
  },
  RolledBack: {
    meanwhile:
      "The failed revision gets no traffic, even if the spec is applied again; its pods go after the drain.",
    check: ["rollout", "alarm", "pods"],
    further: "`kubectl modelrollout history NAME` has the cause of each earlier release.",
  },
  Reverted: { meanwhile: "The version before has all the traffic again, without steps.", check: ["rollout"] },
  Aborted: { meanwhile: "As after any rollback: the revision is marked as failed.", check: ["rollout"] },
  Superseded: {
    meanwhile:
      "The canary is taken back, drained, and then the revision of the spec begins with its first step.",
    check: ["rollout"],
  },
  StepTimeout: {
    meanwhile: "The stable version has all the traffic.",
    check: ["rollout", "pods", "rule", "alarm"],
    further:
      "The usual causes: pods that never get Ready, a target group whose health check fails, an alarm that was never read, a rule that cannot be written.",
  },
  Retaining: {
    meanwhile: "Alarms still act: one in ALARM gives the version before all the traffic back.",
    check: ["rollout", "alarm"],
  },
  Draining: {
    meanwhile: "Nothing is scaled down before the drain, counted from a read-back of weight 0, is over.",
    check: ["rollout", "rule"],
  },
  Deleting: {
    meanwhile:
      "A release under way is taken back and drained; only then do the slots, Services and bindings go.",
    check: ["rollout", "rule"],
    further:
      "If it must end now and you know where the traffic is: `kubectl annotate mro NAME modelrollout.dev/keep=true` leaves everything standing.",
  },
  Deleted: { meanwhile: "Nothing more.", check: ["rollout"] },
  DeletionGaveUp: {
    meanwhile: "Nothing more: nobody looks after these objects any longer.",
    check: ["rule", "pods"],
    further:
      "All of them carry the label `modelrollout.dev/rollout=NAME`. Move the weights first, then delete them.",
  },
  AnnotationIgnored: {
    meanwhile: "The release goes on as if the annotation were not there.",
    check: ["rollout"],
  },
  SpecInvalid: {
    meanwhile: "The traffic stays as it is. A release that was under way is guarded by its alarms.",
    check: ["rollout"],
    further: "`kubectl modelrollout lint FILE` names every field.",
  },
  NotSupported: {
    meanwhile: "Nothing is touched.",
    check: ["rollout", "operator"],
    further: "After a downgrade of the operator: upgrade it again.",
  },
};
