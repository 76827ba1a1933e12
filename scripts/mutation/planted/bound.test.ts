import { expect, test } from "vitest";
import { bounded } from "./bound.ts";

test("stays within its bounds", () => {
  expect(bounded(-1, 0, 10)).toBe(0);
  expect(bounded(11, 0, 10)).toBe(10);
  expect(bounded(5, 0, 10)).toBe(5);
});
