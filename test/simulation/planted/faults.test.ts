import { expect, test } from "vitest";
import { plantedFaults } from "./faults.ts";
import { hunt } from "./hunt.ts";

test("no two are of the same name", () => {
  expect(new Set(plantedFaults.map(({ name }) => name)).size).toBe(plantedFaults.length);
});

/** All of them, and whether their places are still there, with `npm run simulate -- --planted`. */
const HUNTED = [
  "a lease is free, whoever holds it",
  "no drain",
  "groups that are not ours fall out of the rule",
];

test.each(plantedFaults.filter(({ name }) => HUNTED.includes(name)))("caught: $name", async (fault) => {
  expect(await hunt(fault)).toMatchObject({ violation: expect.stringMatching(/^(I\d|rest):/) });
});
