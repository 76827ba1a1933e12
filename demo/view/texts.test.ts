import * as fc from "fast-check";
import { expect, test } from "vitest";
import { plain, width } from "./cells.ts";
import { clock, eventLines } from "./event-lines.ts";
import { grouped, totalsText } from "./totals.ts";
import { wrapped } from "./wrapped.ts";

test("wrapping breaks at blanks and tells when there was more", () => {
  expect(wrapped("one two three four", 9, 2)).toEqual(["one two", "three fo…"]);
  expect(wrapped("one two", 9, 2)).toEqual(["one two"]);
  expect(wrapped("", 9, 2)).toEqual([]);
  expect(wrapped("unbreakable", 6, 2)).toEqual(["unbre…"]);
});

test("wrapping never exceeds its cells or lines", () => {
  fc.assert(
    fc.property(
      fc.lorem({ maxCount: 30 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 4 }),
      (text, cells, lines) => {
        const done = wrapped(text, cells, lines);
        expect(done.length).toBeLessThanOrEqual(lines);
        for (const line of done) expect(width(line)).toBeLessThanOrEqual(cells);
      },
    ),
  );
});

test("totals are one sentence", () => {
  expect(totalsText({ requests: 0, errors: [] })).toBe("no requests yet");
  expect(totalsText({ requests: 1, errors: [] })).toBe("1 request so far, none failed");
  expect(totalsText({ requests: 1_000, errors: [{ count: 3 }] })).toBe(
    "1 000 requests so far, 3 failed, all from no pod at all",
  );
  expect(totalsText({ requests: 99, errors: [{ version: "v9", count: 3 }, { count: 1 }] })).toBe(
    "99 requests so far, 4 failed: 3 from v9, 1 from no pod at all",
  );
  expect(grouped(1_234_567)).toBe("1 234 567");
});

test("the newest events win when there is no room for all", () => {
  const event = (id: number) => ({
    id: String(id),
    at: id * 1_000,
    warning: false,
    reason: "R",
    note: `note ${id}`,
  });
  const lines = eventLines([1, 2, 3, 4].map(event), 0, 40, 2).map(plain);
  expect(lines.map((line) => line.replaceAll(/ +/g, " "))).toEqual(["0:03 R note 3", "0:04 R note 4"]);
  expect(eventLines([], 0, 40, 5)).toEqual([]);
  expect(clock(61_000, 0)).toBe("1:01");
  expect(clock(0, 5_000)).toBe("0:00");
});
