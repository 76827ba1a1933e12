import * as fc from "fast-check";
import { expect, test } from "vitest";
import { clockTime, instant, millis, spoken } from "./time.ts";

/** Every millisecond from year 0 to year 9999. */
const anyInstant = fc.integer({
  min: Date.parse("0000-01-01T00:00:00Z"),
  max: Date.parse("9999-12-31T23:59:59.999Z"),
});

test("instants are written as Date writes them", () => {
  fc.assert(
    fc.property(anyInstant, (ms) => {
      expect(instant(ms)).toBe(new Date(ms).toISOString());
    }),
  );
});

test("instants are read as Date reads them, in every zone and with any fraction", () => {
  const zones = fc.constantFrom("Z", "z", "+00:00", "-05:00", "+05:30", "+14:00");
  const fractions = fc.constantFrom("", ".5", ".123", ".000");
  fc.assert(
    fc.property(anyInstant, zones, fractions, (ms, zone, fraction) => {
      const text = `${new Date(ms).toISOString().slice(0, 19)}${fraction}${zone}`;
      expect(millis(text)).toBe(Date.parse(text));
    }),
  );
  expect(millis("2026-01-05T10:00:00.123456789Z")).toBe(Date.UTC(2026, 0, 5, 10, 0, 0, 123));
});

test("what is written is read back", () => {
  fc.assert(
    fc.property(anyInstant, (ms) => {
      expect(millis(instant(ms))).toBe(ms);
    }),
  );
});

test.each([undefined, "", "garbage", "2026-01-05", "2026-01-05T10:00Z", "10:00:00", "1767607200000"])(
  "%j is no instant",
  (text) => expect(millis(text)).toBeUndefined(),
);

test.each([
  [0, "0 s"],
  [1, "1 s"],
  [59_001, "60 s"],
  [119_000, "119 s"],
  [120_000, "2 min"],
  [600_000, "10 min"],
  [7_140_000, "119 min"],
  [7_200_000, "2 h"],
  [9_000_000, "2 h 30 min"],
  [-5, "0 s"],
])("%i ms is spoken as %s", (ms, text) => expect(spoken(ms)).toBe(text));

test("the time of day is in UTC", () => {
  expect(clockTime(Date.UTC(2026, 0, 5, 23, 59, 1))).toBe("23:59:01 UTC");
});
