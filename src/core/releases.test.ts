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

test("history says when a release began and ended", () => {
  const closed = closeRelease(openRelease({}, "v8", 1_000), { revision: "v8", ...ending }, 9_000);
  expect(closed.history?.[0]).toMatchObject({
    release: "v8-1",
    startedAt: "1970-01-01T00:00:01.000Z",
    finishedAt: "1970-01-01T00:00:09.000Z",
  });
});

test("the revision of a name is what stands before the last dash", () => {
  expect(revisionOf("9c02ab34ef-12")).toBe("9c02ab34ef");
  expect(revisionOf(undefined)).toBeUndefined();
});

test("fifty revisions are counted one by one; one that dropped off the list raises the count of all later ones", () => {
  const open = (status: ModelRolloutStatus, ...revisions: readonly string[]) =>
    revisions.reduce((before, revision) => openRelease(before, revision, 0), status);
  const first = open({}, "rev0");
  expect(first).toMatchObject({ release: "rev0-1", attempts: [{ revision: "rev0", attempt: 1 }] });
  expect(first).not.toHaveProperty("attemptFloor");
  expect(open(first, "rev0").release).toBe("rev0-2");
  const others = Array.from({ length: 49 }, (_, index) => `rev${index + 1}`);
  const full = open(first, "rev0", ...others);
  expect(full.attempts).toHaveLength(50);
  expect(full).not.toHaveProperty("attemptFloor");
  const over = open(full, "rev50");
  expect(over.attempts).toHaveLength(50);
  expect(over).toMatchObject({ release: "rev50-1", attemptFloor: 2 });
  expect(open(over, "rev0").release).toBe("rev0-3");
  const once = open({}, "rev0", ...others, "rev50");
  expect(once).toMatchObject({ release: "rev50-1", attemptFloor: 1 });
  expect(open(once, "rev51").release).toBe("rev51-2");
  expect(open(over, "rev51")).toMatchObject({ release: "rev51-3", attemptFloor: 2 });
});
