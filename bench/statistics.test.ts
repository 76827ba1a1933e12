import { expect, test } from "vitest";
import { percentile, rounded, spread, summaryOf } from "./statistics.ts";

test("percentiles are values that were measured, whatever their order", () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(percentile(values, 50)).toBe(100);
  expect(percentile(values, 99)).toBe(198);
  expect(percentile(values, 100)).toBe(200);
  expect(percentile(values, 0)).toBe(1);
  expect(percentile([7], 99)).toBe(7);
});

test("ten thousandths sort as numbers", () => {
  expect(summaryOf([9, 10, 100])).toEqual({ count: 3, min: 9, p50: 10, p99: 100, max: 100 });
});

test("nothing has no percentile", () => {
  expect(() => percentile([], 50)).toThrow(RangeError);
});

test("numbers have the digits that mean something", () => {
  expect([0.123, 5.678, 56.78, 567.8].map(rounded)).toEqual(["0.12", "5.68", "56.8", "568"]);
  expect(spread([900, 4_400, 11_300])).toBe("0.9 / 4.4 / 11.3 s");
});
