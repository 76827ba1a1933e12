import { notes } from "../../api/group.ts";
import { type Reason, reasons } from "../../api/reasons.ts";
import type { TakenBack } from "../../core/observed.ts";
import { type InPlaceDeployment, markOf } from "./objects.ts";

/** The note of a way back: `9c02ab34ef-1 AlarmFiring`, and the revision that comes after it, where there is one. */
export function takenBackNote({ release, reason, next }: TakenBack): string {
  return [release, reason, ...(next === undefined ? [] : [next])].join(" ");
}

/** As noted in mid-release. Anybody may write the annotation: a reason that there is not is none. */
export function takenBackOf(object: InPlaceDeployment): TakenBack | undefined {
  const note = object.metadata.annotations?.[notes.takenBack];
  if (note === undefined || markOf(object) !== "released") return undefined;
  const [release = "", reason = "", next, ...more] = note.split(" ");
  if (!isReason(reason) || more.length > 0) return undefined;
  return { release, reason, ...(next === undefined ? {} : { next }) };
}

const isReason = (text: string): text is Reason => Object.hasOwn(reasons, text);
