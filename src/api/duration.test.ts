import { assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { DurationError, formatDuration, parseDuration } from "./duration.ts";

test.each([
  ["0s", 0],
  ["90s", 90_000],
  ["10m", 600_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  ["500ms", 500],
  ["1s500ms", 1500],
  ["30m1h", 5_400_000],
  ["0.1s", 100],
  ["720h", 2_592_000_000],
])("%s is %i ms", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each([
  "",
  "10",
  "m",
  "-5s",
  "+5s",
  "1d",
  "10 m",
  "1h 30m",
  ".5h",
  "1.h",
  "1e3s",
  "5s\n",
  "∞s",
  "9".repeat(30) + "h",
])("%j is no duration", (text) => {
  expect(() => parseDuration(text)).toThrow(DurationError);
});

test.each([
  [0, "0s"],
  [-1, "0s"],
  [500, "500ms"],
  [1500, "1s500ms"],
  [90_000, "1m30s"],
  [5_400_000, "1h30m"],
  [90_000_000, "25h"],
])("%i ms is %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test("what is formatted is parsed as the same", () => {
  assert(
    property(integer({ min: 0, max: 2_592_000_000 }), (milliseconds) => {
      expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
    }),
  );
});
