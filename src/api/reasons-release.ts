/** Reasons of the course of a release. */
import { blocked, type ReasonEntry, underWay } from "./reason-entry.ts";

const nothing = "Nothing.";

export const releaseReasons = {
  Settled: {
    conditions: ["Ready", "Progressing", "Reconciling", "Stalled", "TrafficSettled", "Paused"],
    meaning: "The revision in the spec is the stable one, has all the traffic, and nothing is under way.",
    action: nothing,
  },
  Starting: {
    conditions: [...underWay, "TrafficSettled"],
    event: "Normal",
    meaning:
      "A release has begun: the template, the names, the alarms and the router are being checked, and the first pods are made.",
    action: nothing,
  },
  Shifting: {
    conditions: [...underWay, "TrafficSettled"],
    meaning: "Weights are being written and read back.",
    action: nothing,
  },
  Holding: {
    conditions: underWay,
    event: "Normal",
    meaning: "The step's weight was read back and its hold is running.",
    action: "Nothing; `status.step.holdUntil` says how long. The annotation promote goes on at once.",
  },
  AwaitingApproval: {
    conditions: [...underWay, "Paused"],
    event: "Normal",
    meaning: "The step's hold is over and a person must say whether the release goes on.",
    action: "Set the annotation modelrollout.dev/approve to the value of `status.awaiting`, or abort.",
  },
  PausedBySpec: {
    conditions: [...underWay, "Paused"],
    event: "Normal",
    meaning: "`spec.paused` is true: no step is taken. Alarms still guard.",
    action: "Set `spec.paused` to false to go on.",
  },
  Promoting: {
    conditions: underWay,
    meaning: "All steps are done and the new version is being made the stable one.",
    action: nothing,
  },
  Promoted: {
    conditions: underWay,
    event: "Normal",
    meaning: "The release has passed all its steps: the new version is the stable one.",
    action: nothing,
  },
  RollingBack: {
    conditions: [...blocked, "TrafficSettled"],
    event: "Warning",
    meaning: "The stable version is getting all the traffic back. The message says why.",
    action: "Nothing until it is done.",
  },
  RolledBack: {
    conditions: blocked,
    event: "Warning",
    meaning: "The release was taken back and its revision is marked as failed. It gets no traffic again.",
    action:
      "Put right what the message names, then change the spec, or set the annotation modelrollout.dev/retry to `status.failedRelease`.",
  },
  Reverted: {
    conditions: underWay,
    event: "Normal",
    meaning: "The spec names the version before again: traffic went back to it at once.",
    action: nothing,
  },
  Aborted: {
    conditions: blocked,
    event: "Warning",
    meaning: "A person has aborted the release.",
    action: "Change the spec, or set the annotation modelrollout.dev/retry to `status.failedRelease`.",
  },
  Superseded: {
    conditions: underWay,
    event: "Normal",
    meaning:
      "The spec names another revision: the running canary is taken back first, then the new one begins.",
    action: nothing,
  },
  StepTimeout: {
    conditions: blocked,
    event: "Warning",
    meaning:
      "A step has spent `strategy.stepTimeout` outside a running hold, and the release was taken back.",
    action:
      "The message names what it waited for. Put it right, then retry; raise `stepTimeout` if the time was too short.",
  },
  Retaining: {
    conditions: underWay,
    meaning:
      "The new version is the stable one; the one before is kept at full size until `status.retained.until`.",
    action: "Nothing. Putting the old version back in the spec goes back at once.",
  },
  Draining: {
    conditions: underWay,
    meaning: "A version without traffic keeps its size until its drain is over.",
    action: nothing,
  },
  Deleting: {
    conditions: blocked,
    event: "Normal",
    meaning: "The resource is being deleted: all traffic goes back to stable first.",
    action: nothing,
  },
  Deleted: {
    conditions: underWay,
    event: "Normal",
    meaning:
      "All traffic is on stable and what the operator made is gone, or was left standing with the annotation keep.",
    action: nothing,
  },
  DeletionGaveUp: {
    conditions: underWay,
    event: "Warning",
    meaning:
      "AWS refused for so long that the deletion was let through without the traffic on stable. Everything stays standing.",
    action:
      "Look at the weights of the targets named in the message, and delete the objects named there by hand.",
  },
  AnnotationIgnored: {
    conditions: [],
    event: "Warning",
    meaning:
      "An annotation names a release or a step that is not the present one, or there is nothing it could act on.",
    action:
      "Read `status.release`, `status.awaiting` or `status.failedRelease` and set the annotation to that value.",
  },
  SpecInvalid: {
    conditions: blocked,
    event: "Warning",
    meaning:
      "The spec was stored by an older version of the resource definition and breaks a rule of this one.",
    action: "Correct the field that the message names.",
  },
  NotSupported: {
    conditions: blocked,
    event: "Warning",
    meaning:
      "The kind of traffic or of workload is part of the API, but this version of the operator cannot drive it yet.",
    action: "Use another kind, or a version of the operator that has it.",
  },
} as const satisfies Record<string, ReasonEntry>;
