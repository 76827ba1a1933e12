import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { besideEvents, reasonEvents } from "./events.ts";
import { reasons } from "./reasons.ts";

const core = new URL("../core/", import.meta.url);

/** `Type Reason Action` of every event that is written out in the core. */
async function writtenOut(): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const file of await readdir(core, { recursive: true })) {
    if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
    const text = await readFile(new URL(file, core), "utf8");
    const literals = [
      ...text.matchAll(/type: "(Normal|Warning)",\s*reason: "(\w+)",\s*action: "(\w+)"/g),
      ...text.matchAll(/tell\("(Normal|Warning)", "(\w+)", "(\w+)"/g),
    ];
    for (const [, type, reason, action] of literals) found.add(`${type} ${reason} ${action}`);
  }
  return [...found].sort();
}

test("the events beside a release's course are those that the core writes out", async () => {
  const table = besideEvents.map(({ type, reason, action }) => `${type} ${reason} ${action}`);
  expect(await writtenOut()).toEqual([...table].sort());
});

describe("the stories", () => {
  test("tell no event that is not in the table", async () => {
    const folder = new URL("../../test/scenarios/", import.meta.url);
    const known = new Set([...besideEvents, ...reasonEvents].map(({ type, reason }) => `${type} ${reason}`));
    const told = new Set<string>();
    for (const file of await readdir(folder)) {
      if (!file.endsWith(".txt")) continue;
      const text = await readFile(new URL(file, folder), "utf8");
      for (const [, event = ""] of text.matchAll(/^ {2}\* ((?:Normal|Warning) \w+)$/gm)) told.add(event);
    }
    expect(told.size).toBeGreaterThan(20);
    expect([...told].filter((event) => !known.has(event))).toEqual([]);
  });
});

test("each says when, in sentences, and has a reason of the table", () => {
  for (const { reason, when } of [...besideEvents, ...reasonEvents]) {
    expect(reasons).toHaveProperty(reason);
    expect(when).toMatch(/^[A-Z`].*\.$/);
  }
});
