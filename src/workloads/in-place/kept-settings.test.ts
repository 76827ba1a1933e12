import { describe, expect, test } from "vitest";
import { notes } from "../../api/group.ts";
import { type KeptSettings, keptNote, keptSettings } from "./kept-settings.ts";

const own = {
  type: "RollingUpdate",
  maxUnavailable: 0,
  maxSurge: "25%",
  minReadySeconds: 0,
  progressDeadlineSeconds: 600,
};
const newer = { ...own, maxSurge: 4 };
const read = (kept: KeptSettings, data: KeptSettings) => keptSettings(keptNote(kept)[notes.settings], data);

describe("settings of a stored revision", () => {
  test("are those of its data until others are noted, all of them at once", () => {
    expect(keptSettings(undefined, { settings: own, later: newer })).toEqual({ settings: own, later: newer });
    expect(keptSettings(undefined, {})).toEqual({});
    expect(read({ settings: newer }, { settings: own })).toEqual({ settings: newer });
    expect(read({ settings: own, later: newer }, { settings: own })).toEqual({ settings: own, later: newer });
    // What was put off has been done since: it is not asked for again.
    expect(read({ settings: newer }, { settings: own, later: newer })).toEqual({ settings: newer });
  });

  test.each([
    "",
    "no JSON",
    "null",
    "7",
    "{}",
    JSON.stringify(own),
    JSON.stringify({ settings: null }),
    ...Object.keys(own).map((key) => JSON.stringify({ settings: { ...own, [key]: [] } })),
    JSON.stringify({ settings: { ...own, minReadySeconds: "7" } }),
    JSON.stringify({ settings: { ...own, maxSurge: 1.5 } }),
    JSON.stringify({ settings: own, later: null }),
    JSON.stringify({ settings: own, later: { ...own, type: 1 } }),
  ])("are those of its data where somebody has written %s for the note", (note) => {
    expect(keptSettings(note, { settings: newer })).toEqual({ settings: newer });
  });
});
