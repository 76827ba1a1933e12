import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ModelRolloutStatus } from "../api/types.ts";
import { closeRelease, isOpen, openRelease, revisionOf } from "./releases.ts";

const ending = { outcome: "Promoted", reason: "Promoted", message: "done" } as const;

test("no release name is ever given twice, however many revisions come and go", () => {
  const revisions = fc.array(
    fc.integer({ min: 0, max: 70 }).map((n) => `rev${n}`),
    { minLength: 1, maxLength: 300 },
  );
  fc.assert(
    fc.property(revisions, (sequence) => {
      let status: ModelRolloutStatus = {};
      const seen = new Set<string>();
      for (const revision of sequence) {
        status = openRelease(status, revision, 0);
        expect(seen).not.toContain(status.release);
        seen.add(status.release ?? "");
        expect(revisionOf(status.release)).toBe(revision);
        expect(status.attempts?.length).toBeLessThanOrEqual(50);
      }
    }),
    { numRuns: 50 },
  );
});

test("a release is open until it stands in the history; the history keeps the last 10, the newest first", () => {
  let status: ModelRolloutStatus = {};
  for (let n = 0; n < 12; n += 1) {
    status = openRelease(status, `rev${n}`, n);
    expect(isOpen(status, `rev${n}`)).toBe(true);
    expect(isOpen(status, "other")).toBe(false);
    status = closeRelease(status, { revision: `rev${n}`, ...ending }, n);
    expect(isOpen(status, `rev${n}`)).toBe(false);
  }
  expect(status.history?.map(({ release }) => release)).toEqual(
    [11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((n) => `rev${n}-1`),
  );
});

test("the revision of a name is what stands before the last dash", () => {
  expect(revisionOf("9c02ab34ef-12")).toBe("9c02ab34ef");
  expect(revisionOf(undefined)).toBeUndefined();
});
