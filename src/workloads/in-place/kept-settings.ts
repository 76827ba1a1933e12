import { notes } from "../../api/group.ts";
import type { RollSettings } from "../../core/observed.ts";

/** What beside the template is stored with a revision in place, and may change while the revision is kept. */
export interface KeptSettings {
  /** The user's own. Absent: stored by hand. */
  readonly settings?: RollSettings;
  /** What was asked for in the middle of its release, and waits for the end. */
  readonly later?: RollSettings;
}

/**
 * The annotation of a ControllerRevision whose settings have changed since it was made: its data cannot be changed, and
 * the template in it must not be missing for a moment.
 */
export function keptNote({ settings, later }: KeptSettings): Readonly<Record<string, string>> {
  return { [notes.settings]: JSON.stringify({ settings, ...(later === undefined ? {} : { later }) }) };
}

/** The settings of a stored revision: those of the note, or where that is none, those of its data. */
export function keptSettings(note: string | undefined, data: KeptSettings): KeptSettings {
  const noted = note === undefined ? undefined : parse(note);
  const { settings, later } = noted ?? data;
  return { ...(settings === undefined ? {} : { settings }), ...(later === undefined ? {} : { later }) };
}

/** Anybody may write the annotation: what is no settings is none. */
function parse(note: string): KeptSettings | undefined {
  try {
    const value = JSON.parse(note) as Partial<Record<keyof KeptSettings, unknown>> | null;
    if (typeof value !== "object" || value === null) return undefined;
    const { settings, later } = value;
    if (!isSettings(settings) || (later !== undefined && !isSettings(later))) return undefined;
    return { settings, ...(later === undefined ? {} : { later }) };
  } catch {
    return undefined;
  }
}

function isSettings(value: unknown): value is RollSettings {
  if (typeof value !== "object" || value === null) return false;
  const { type, maxUnavailable, maxSurge, minReadySeconds, progressDeadlineSeconds } = value as Partial<
    Record<keyof RollSettings, unknown>
  >;
  return (
    typeof type === "string" &&
    [maxUnavailable, maxSurge].every((limit) => typeof limit === "string" || Number.isSafeInteger(limit)) &&
    [minReadySeconds, progressDeadlineSeconds].every(Number.isSafeInteger)
  );
}
