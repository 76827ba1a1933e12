import { notes } from "../../api/group.ts";
import type { LaterSettings, RollSettings } from "../../core/observed.ts";
import { type InPlaceDeployment, markOf, settingsOf } from "./objects.ts";

const keys = [
  "type",
  "maxUnavailable",
  "maxSurge",
  "minReadySeconds",
  "progressDeadlineSeconds",
] as const satisfies readonly (keyof RollSettings)[];

/** The note of what we wrote: an object with the five settings, as JSON. */
export function settingsNote(settings: RollSettings): string {
  return JSON.stringify(Object.fromEntries(keys.map((key) => [key, settings[key]])));
}

/**
 * What somebody wrote over our settings in mid-release, field by field, on top of what was asked for before (`noted`).
 * Undefined: nobody did, or nobody knows, for the note is gone.
 */
export function laterSettings(
  object: InPlaceDeployment,
  own: RollSettings,
  noted: RollSettings | undefined,
): LaterSettings | undefined {
  if (markOf(object) !== "released") return undefined;
  const written = parse(object.metadata.annotations?.[notes.settings]);
  const found = settingsOf(object);
  const foreign = written === undefined ? [] : keys.filter((key) => found[key] !== written[key]);
  if (foreign.length === 0) {
    return noted && { settings: noted, stored: true, standing: false };
  }
  const asked = Object.fromEntries(foreign.map((key) => [key, found[key]]));
  const settings = { ...(noted ?? own), ...asked };
  return { settings, stored: sameSettings(noted ?? own, settings), standing: true };
}

/** Anybody may write the annotation: what is no settings is none. */
function parse(note: string | undefined): Partial<RollSettings> | undefined {
  if (note === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(note);
    return typeof value === "object" && value !== null && keys.every((key) => key in value)
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

export function sameSettings(left: RollSettings | undefined, right: RollSettings | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return keys.every((key) => left[key] === right[key]);
}
