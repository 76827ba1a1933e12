/** `status`: what is under way outside, and what interrupts a release. */
import { Type } from "typebox";
import { bounds } from "./bounds.ts";
import { described, integer, text, timestamp, word } from "./fields.ts";
import type { Reason } from "./reasons.ts";

const { Array: List, Object: Struct, Optional } = Type;

export const intentSchema = Struct(
  {
    id: text("Names this intent in events and logs.", bounds.annotationValue),
    action: word<"StoreRevision" | "CreateSlot" | "ScaleSlot" | "SetWeights" | "DeleteSlot">(
      "What is being done: StoreRevision, CreateSlot, ScaleSlot, SetWeights or DeleteSlot.",
    ),
    weight: Optional(integer("Share of the canary being written, in percent.")),
    slot: Optional(word<"a" | "b">("Slot it is done to.")),
    replicas: Optional(integer("Size being written.")),
    since: timestamp("When it was decided."),
  },
  described("The effect under way: written before it, cleared after it was read back."),
);

export const pauseSchema = Struct(
  {
    reason: word<Reason>("Why, as one word of the table of reasons."),
    message: text("Why, in one sentence.", bounds.message),
    since: timestamp("Since when."),
    approval: Optional(
      text(
        "The value that the annotation modelrollout.dev/approve must have to end it.",
        bounds.annotationValue,
      ),
    ),
  },
  described("Set while the release stands still and waits for a person."),
);

export const rollbackSchema = Struct(
  {
    reason: word<Reason>("Why, as one word of the table of reasons."),
    message: text("Why, in one sentence.", bounds.message),
    startedAt: timestamp("When it was decided."),
    from: Optional(word<"a" | "b">("Slot or destination that traffic is taken from.")),
    to: Optional(word<"a" | "b">("Slot or destination that gets all traffic.")),
    zeroAt: Optional(timestamp("When a read first showed the weight at 0.")),
    drainUntil: Optional(timestamp("Until when that version keeps its size and the weight is guarded.")),
    next: Optional(text("Revision to be released afterwards.", bounds.revision)),
  },
  described("The rollback under way."),
);

export const drainingSchema = Struct(
  {
    slot: word<"a" | "b">("Slot that is being emptied."),
    since: timestamp("Since when it has had no traffic."),
    until: timestamp("When it may be scaled down."),
  },
  described("After retain: the slot that is about to be scaled to 0."),
);

export const driftSchema = Struct(
  {
    repairs: List(Type.String({ format: "date-time", maxLength: bounds.timestamp }), {
      maxItems: bounds.repairs,
      ...described("When weights that somebody else had raised were put back, the last 10 times."),
    }),
    message: Optional(text("What was found, in one sentence.", bounds.message)),
  },
  described("Weights that others changed."),
);

export const stickinessSchema = Struct(
  {
    durationSeconds: integer("Cookie life that was found."),
    offSince: timestamp("Since when it has been off."),
    restoreAt: timestamp("When it is put back."),
  },
  described("Group stickiness that was turned off so that cookies don't lead clients to an emptied group."),
);
