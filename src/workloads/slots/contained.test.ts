import { expect, test } from "vitest";
import { isContained } from "./contained.ts";

test("what is found may say more", () => {
  expect(isContained({ a: { b: 1 } }, { a: { b: 1, c: 2 }, d: 3 })).toBe(true);
  expect(isContained({ a: { b: 1 } }, { a: { c: 2 } })).toBe(false);
  expect(isContained({ a: { b: 1 } }, { a: [1] })).toBe(false);
  expect(isContained({ a: { b: 1 } }, { a: null })).toBe(false);
  expect(isContained({ a: 1 }, undefined)).toBe(false);
});

test("lists are equal in length and order, their items contained", () => {
  expect(isContained([{ a: 1 }, 2], [{ a: 1, b: 2 }, 2])).toBe(true);
  expect(isContained([1, 2], [2, 1])).toBe(false);
  expect(isContained([1], [1, 2])).toBe(false);
  expect(isContained([], {})).toBe(false);
});

test("a key that is null or undefined is not asked for, whatever stands there", () => {
  expect(isContained({ a: undefined, b: null }, {})).toBe(true);
  expect(isContained({ a: undefined }, { a: 1 })).toBe(true);
  expect(isContained({ a: null }, { a: 1 })).toBe(true);
});
