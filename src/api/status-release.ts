/** `status`: the parts that say who has how much traffic. */
import { Type } from "typebox";
import { bounds } from "./bounds.ts";
import { described, flag, integer, text, timestamp, word } from "./fields.ts";

const { Array: List, Object: Struct, Optional } = Type;

const identity = {
  revision: text(
    "Hash of what the user wrote (pod template and model, or destination and model), 10 hex characters.",
    bounds.revision,
  ),
  hashVersion: Optional(text("Version of the hash.", bounds.revision)),
  modelVersion: Optional(text("Model version, for people.", bounds.version)),
  slot: Optional(word<"a" | "b">("Slot or destination it has: a or b.")),
  unmanaged: Optional(
    flag(
      "Somebody's running service, found at the first sight: it serves, but the operator did not make it.",
    ),
  ),
};

export function roleSchema(description: string) {
  return Struct(
    {
      ...identity,
      replicas: integer("Pods asked for."),
      readyReplicas: integer("Pods that are Ready."),
    },
    described(description),
  );
}

export const retainedSchema = Struct(
  {
    ...identity,
    until: timestamp("Kept at full size until then."),
    pauses: Optional(
      integer("How often the release was paused in this time; part of what an approval must name."),
    ),
  },
  described(
    "After a promotion: the version before it, kept at full size. Alarms still act, and going back to it needs no steps.",
  ),
);

export const stepSchema = Struct(
  {
    index: integer("Number of the step, from 0."),
    count: integer("Number of steps, the implied last one included."),
    weight: integer("Share of the canary in this step, in percent."),
    weights: List(Type.Integer({ format: "int64" }), {
      maxItems: bounds.stepsWithImplied,
      ...described("Weights of all steps of this release, as last decided."),
    }),
    startedAt: timestamp("When the step began."),
    acknowledgedAt: Optional(timestamp("When the router was read back with this step's weight.")),
    holdUntil: Optional(timestamp("When the hold is over, at the earliest.")),
    holdMs: Optional(integer("Length of the hold that `holdUntil` was reckoned with, in milliseconds.")),
    approval: Optional(flag("A person is waited for after the hold.")),
    spentMs: integer("Time counted against stepTimeout so far, in milliseconds."),
    countingSince: Optional(timestamp("Since when more time has been counting against stepTimeout.")),
    pauses: integer("How often this step was paused; part of what an approval must name."),
  },
  described("The step that the release is in; absent when idle."),
);

export const weightSchema = Struct(
  {
    desired: integer("Share asked for, in percent."),
    acknowledged: integer("Share last read back from every target, in percent."),
    observed: Optional(Type.Number(described("Share at the last read, in percent."))),
    acknowledgedAt: Optional(timestamp("When the acknowledged share was read back.")),
    previous: Optional(
      Type.Number(described("Share before our last write: for 30 s a read that shows it is old, not drift.")),
    ),
    changedAt: Optional(timestamp("When our last write was read back.")),
    pods: Optional(integer("Pods that the acknowledged share needed when it was acknowledged.")),
    of: Optional(integer("In place: replicas of the Deployment at that time.")),
  },
  described("Share of the traffic that is not on stable; 0 when idle. The summary of `targets`."),
);

export const targetSchema = Struct(
  {
    kind: word<"ListenerRule" | "Listener" | "Route" | "Deployment">(
      "Kind of target: ListenerRule, Listener, Route or Deployment.",
    ),
    id: text("ARN or name.", bounds.arn),
    desired: integer("Share of the canary asked for, in percent."),
    observed: Optional(Type.Number(described("Share of the canary at the last read, in percent."))),
    acknowledgedAt: Optional(timestamp("When it was read back with the share asked for.")),
    message: Optional(text("What is wrong with it, in one sentence.", bounds.message)),
  },
  described("One rule, listener, route or Deployment."),
);
