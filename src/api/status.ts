/** `status`: what the operator knows and has done. Everything it needs after a restart is in here or outside. */
import { Type } from "typebox";
import { bounds } from "./bounds.ts";
import type { ConditionType } from "./conditions.ts";
import { described, integer, text, timestamp, word } from "./fields.ts";
import type { Reason } from "./reasons.ts";
import {
  drainingSchema,
  driftSchema,
  intentSchema,
  pauseSchema,
  rollbackSchema,
  stickinessSchema,
} from "./status-interruptions.ts";
import { retainedSchema, roleSchema, stepSchema, targetSchema, weightSchema } from "./status-release.ts";

const { Array: List, Object: Struct, Optional } = Type;

export type State =
  | "Idle"
  | "Starting"
  | "Shifting"
  | "Holding"
  | "AwaitingApproval"
  | "Paused"
  | "Promoting"
  | "RollingBack"
  | "RolledBack"
  | "Blocked"
  | "Deleting";

const alarmStatusSchema = Struct(
  {
    name: text("Name of the CloudWatch alarm.", bounds.alarmName),
    region: Optional(text("AWS region it was looked for in.", bounds.region)),
    state: Optional(
      word<"OK" | "ALARM" | "INSUFFICIENT_DATA">(
        "OK, ALARM or INSUFFICIENT_DATA, as CloudWatch gave it at the last good read.",
      ),
    ),
    since: Optional(timestamp("When the alarm entered this state, by CloudWatch's clock.")),
    verdict: word<"Pass" | "Fail" | "Wait">(
      "What the alarm means for the release: Pass lets it go on, Wait holds it, Fail takes it back.",
    ),
    reason: word<Reason>("Why the verdict is what it is, as one word of the table of reasons."),
    message: Optional(text("The reason in one sentence.", bounds.message)),
    baseline: Optional(
      text(
        "StateTransitionedTimestamp in the read on which the present weight was raised. If it has changed, the alarm may have fired between two polls.",
        bounds.timestamp,
      ),
    ),
    unreadableSince: Optional(
      timestamp("Since when the alarm has been missing, denied or failing to evaluate."),
    ),
  },
  described("One alarm and what it means for the release."),
);

const historyEntrySchema = Struct(
  {
    release: Optional(text("Revision and attempt.", bounds.revision)),
    revision: text("Revision that was released.", bounds.revision),
    modelVersion: Optional(text("Model version that was released.", bounds.version)),
    outcome: word<"Promoted" | "RolledBack" | "Superseded">(
      "How the release ended: Promoted, RolledBack or Superseded.",
    ),
    reason: word<Reason>("Why it ended so, as one word of the table of reasons."),
    message: text("Why it ended so, in one sentence.", bounds.message),
    startedAt: timestamp("When the release began."),
    finishedAt: timestamp("When it ended."),
  },
  described("One finished release."),
);

const conditionSchema = Struct(
  {
    type: word<ConditionType>("Name of the condition."),
    status: word<"True" | "False" | "Unknown">("True, False or Unknown."),
    reason: word<Reason>("Why, as one word of the table of reasons."),
    message: text("Why, in one sentence.", bounds.message),
    lastTransitionTime: timestamp("When `status` last changed."),
    observedGeneration: Optional(integer("Generation of the spec that this was concluded from.")),
  },
  described("One aspect of the present state."),
);

const attemptSchema = Struct(
  {
    revision: text("A revision that was released before.", bounds.revision),
    attempt: integer("Number of its last attempt."),
  },
  described("How often a revision was released."),
);

const lastHandledSchema = Struct(
  {
    approve: Optional(text("Last value of the annotation approve.", bounds.annotationValue)),
    promote: Optional(text("Last value of the annotation promote.", bounds.annotationValue)),
    abort: Optional(text("Last value of the annotation abort.", bounds.annotationValue)),
    retry: Optional(text("Last value of the annotation retry.", bounds.annotationValue)),
  },
  described("Annotation values that were answered with an event already, so that each is answered once."),
);

export const statusSchema = Struct(
  {
    observedGeneration: Optional(integer("Generation of the spec that this status speaks of.")),
    state: Optional(
      word<State>(
        "Summary for people: Idle, Starting, Shifting, Holding, AwaitingApproval, Paused, Promoting, RollingBack, RolledBack, Blocked or Deleting. The conditions are the truth.",
      ),
    ),
    release: Optional(
      text(
        "The present or last release: revision and attempt, as 9c02ab34ef-1. The annotations that act on a release name it.",
        bounds.revision,
      ),
    ),
    awaiting: Optional(
      text(
        "While a person is waited for: the very value that the annotation modelrollout.dev/approve must have.",
        bounds.annotationValue,
      ),
    ),
    stable: Optional(roleSchema("The version that carries the traffic and that a rollback returns to.")),
    canary: Optional(roleSchema("The version that is being released; absent when idle.")),
    retained: Optional(retainedSchema),
    step: Optional(stepSchema),
    weight: Optional(weightSchema),
    targets: Optional(
      List(targetSchema, {
        maxItems: bounds.targets,
        ...described("Each rule, listener, route or Deployment that shares the traffic out."),
      }),
    ),
    alarms: Optional(
      List(alarmStatusSchema, {
        maxItems: bounds.alarms,
        ...described("Each alarm and what it means for the release."),
      }),
    ),
    intent: Optional(intentSchema),
    pause: Optional(pauseSchema),
    rollback: Optional(rollbackSchema),
    size: Optional(
      integer(
        "In place, with `template`: replicas of the Deployment while a release runs. A lower `spec.replicas` waits for its end.",
      ),
    ),
    next: Optional(
      text(
        "In place: a stored revision that was asked for and is not in the Deployment at the moment; it is released next.",
        bounds.revision,
      ),
    ),
    releaseStartedAt: Optional(timestamp("When the present release began.")),
    beginning: Optional(
      timestamp("Since when the very first revision has been brought up, with nothing to protect yet."),
    ),
    draining: Optional(drainingSchema),
    drift: Optional(driftSchema),
    traffic: Optional(
      Struct(
        {
          rules: List(text("ARN of a rule or listener, or name of a route.", bounds.arn), {
            maxItems: bounds.targets,
            ...described("Rules that are driven."),
          }),
          a: text("Target group or virtual node of a.", bounds.arn),
          b: text("Target group or virtual node of b.", bounds.arn),
        },
        described("What the present release drives. An edit of `spec.traffic` waits for its end."),
      ),
    ),
    rival: Optional(
      text(
        "Another ModelRollout (namespace/name) that was found on the same rule. Cleared by `retry`.",
        bounds.name,
      ),
    ),
    stickiness: Optional(stickinessSchema),
    unavailableSince: Optional(
      timestamp("Since when the canary has had less capacity than its acknowledged weight needs."),
    ),
    failedRevision: Optional(
      text("A revision that was rolled back. It gets no traffic again until `retry`.", bounds.revision),
    ),
    failedRelease: Optional(
      text(
        "Its last release: the value that the annotation modelrollout.dev/retry must have.",
        bounds.revision,
      ),
    ),
    failedReason: Optional(word<Reason>("Why it failed, as one word of the table of reasons.")),
    attempts: Optional(
      List(attemptSchema, {
        maxItems: bounds.attempts,
        ...described("Attempts of the last revisions, so that no release name is ever used twice."),
      }),
    ),
    attemptFloor: Optional(
      integer("Attempts of revisions that are no longer listed start above this number."),
    ),
    lastHandled: Optional(lastHandledSchema),
    history: Optional(
      List(historyEntrySchema, {
        maxItems: bounds.history,
        ...described("The last 10 releases, the newest first."),
      }),
    ),
    replicas: Optional(integer("Pods of the serving version, for the scale subresource.")),
    selector: Optional(
      text("Label selector of the serving version's pods, for the scale subresource.", bounds.selector),
    ),
    stepText: Optional(text("Step for people, as 2/3.", 16)),
    router: Optional(text("How traffic is moved, in a few words.", bounds.name)),
    modelVersion: Optional(text("Model version of the present or last release.", bounds.version)),
    alarmSummary: Optional(text("Alarms in a few words, as 2/3 pass.", bounds.name)),
    conditions: Optional(
      List(conditionSchema, {
        maxItems: bounds.conditions,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        ...described("The present state, one aspect each. `kubectl wait --for=condition=Ready` works."),
      }),
    ),
  },
  described("What the operator has seen and done. Written by the operator only."),
);
