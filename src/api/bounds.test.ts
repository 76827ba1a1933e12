import { expect, test } from "vitest";
import { bounds, clip } from "./bounds.ts";

test("a short text stays as it is", () => {
  expect(clip("abc", 3)).toBe("abc");
});

test("a long one ends with an ellipsis, within the bound", () => {
  expect(clip("abcd", 3)).toBe("ab…");
  expect(clip("x".repeat(5000))).toHaveLength(bounds.message);
});

test("a character of two code units is not cut in half", () => {
  expect(clip("a😀b", 3)).toBe("a…");
});
