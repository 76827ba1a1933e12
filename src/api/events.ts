/**
 * The closed table of Kubernetes Events. Most tell that a condition's reason has changed: those are the reasons with
 * an `event` (reasons.ts). The others, here, tell of something beside the release's course.
 * docs/reference/events.md is made of both; events.test.ts compares this table with what the core emits.
 */
import { type Reason, type ReasonEntry, reasons } from "./reasons.ts";

export interface EventEntry {
  readonly reason: Reason;
  readonly type: "Normal" | "Warning";
  /** The event's `action`; absent: the state that the ModelRollout is in then. */
  readonly action?: string;
  /** What makes it be recorded. */
  readonly when: string;
}

/** Events beside the release's course, each with what makes it be recorded. */
export const besideEvents = [
  {
    reason: "Starting",
    type: "Normal",
    action: "Start",
    when: "A release has begun, and its start waits for something: names the release.",
  },
  {
    reason: "HoldTooShort",
    type: "Warning",
    action: "Start",
    when: "A release has begun with a hold that is shorter than its alarms need to speak.",
  },
  {
    reason: "AlarmUnread",
    type: "Warning",
    action: "Hold",
    when: "An alarm has changed its state between two polls and nobody could tell whether it was in ALARM: the hold starts afresh.",
  },
  {
    reason: "SlotRebuilt",
    type: "Warning",
    action: "Rebuild",
    when: "Somebody has deleted the Deployment of a serving slot, or the one that is rolled in place and that the operator made: it is made again from its stored revision.",
  },
  {
    reason: "DriftRepaired",
    type: "Warning",
    action: "Repair",
    when: "Somebody has written a pod template into the Deployment that the operator made: the stable one is put back.",
  },
  {
    reason: "ReplicasDeferred",
    type: "Normal",
    action: "Scale",
    when: "`spec.replicas` was lowered in the middle of a release: it waits for the end.",
  },
  {
    reason: "SettingsDeferred",
    type: "Normal",
    action: "Defer",
    when: "Somebody wrote `strategy`, `minReadySeconds` or `progressDeadlineSeconds` of a Deployment in the middle of its release, and no policy hid it: the release goes on under the operator's, and theirs stand at its end.",
  },
  {
    reason: "StickinessOff",
    type: "Normal",
    action: "Restore",
    when: "The cookies of before a rollback or of before the end of retain have expired: stickiness is put back as it was.",
  },
  {
    reason: "StickinessOff",
    type: "Warning",
    action: "Delete",
    when: "A deletion leaves everything standing (`keep`) while stickiness is off: it may be turned on again after the instant that is named.",
  },
  {
    reason: "DeploymentReplaced",
    type: "Warning",
    action: "Adopt",
    when: "A Deployment rolled in place was deleted and made anew with another template, which is the stable one now.",
  },
  {
    reason: "Deleting",
    type: "Normal",
    action: "Restore",
    when: "The ModelRollout of a Deployment rolled in place is being deleted: says which template was put back.",
  },
  {
    reason: "DeletionGaveUp",
    type: "Warning",
    action: "Delete",
    when: "AWS has refused for so long that a deletion was let through without the traffic on stable.",
  },
  {
    reason: "AnnotationIgnored",
    type: "Warning",
    action: "Ignore",
    when: "The annotation promote, abort or retry names another release, or there is nothing it could act on. Once for each value.",
  },
] as const satisfies readonly EventEntry[];

/** Events that tell of a change of reason: once for each change, and for each step that is held. */
export const reasonEvents: readonly EventEntry[] = Object.entries<ReasonEntry>(reasons).flatMap(
  ([reason, { event, meaning }]) =>
    event === undefined ? [] : [{ reason: reason as Reason, type: event, when: meaning }],
);
