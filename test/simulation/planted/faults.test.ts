import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { plantedFaults } from "./faults.ts";
import { hunt } from "./hunt.ts";

const src = new URL("../../../src/", import.meta.url);

test.each(plantedFaults)("the place of the fault is there, once: $name", ({ file, text, instead }) => {
  const source = readFileSync(new URL(file, src), "utf8");
  expect(source.split(text)).toHaveLength(2);
  expect(instead).not.toBe(text);
});

test("there are at least 25, no two of the same name", () => {
  expect(plantedFaults.length).toBeGreaterThanOrEqual(25);
  expect(new Set(plantedFaults.map(({ name }) => name)).size).toBe(plantedFaults.length);
});

/** All of them with `npm run simulate -- --planted`. */
const HUNTED = [
  "a lease is free, whoever holds it",
  "no drain",
  "groups that are not ours fall out of the rule",
];

test.each(plantedFaults.filter(({ name }) => HUNTED.includes(name)))("caught: $name", async (fault) => {
  expect(await hunt(fault)).toMatchObject({ violation: expect.stringMatching(/^(I\d|rest):/) });
});
