import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { plantedFaults } from "./faults.ts";
import { hunt } from "./hunt.ts";

test("no two are of the same name", () => {
  expect(new Set(plantedFaults.map(({ name }) => name)).size).toBe(plantedFaults.length);
});

test("there are at least 25, each in the table as caught", () => {
  const table = readFileSync(new URL("caught.md", import.meta.url), "utf8");
  const rows = new Map(table.split("\n").map((row) => [row.split(" | ")[0]?.slice(2), row]));
  expect(plantedFaults.length).toBeGreaterThanOrEqual(25);
  for (const { name } of plantedFaults) expect(rows.get(name), name).toMatch(/\| \d+ \| \d+ \| \S+ \|$/);
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
