import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { conditions } from "./conditions.ts";
import { type ReasonEntry, reasons } from "./reasons.ts";
import { alarmReasons } from "./reasons-alarms.ts";
import { releaseReasons } from "./reasons-release.ts";
import { trafficReasons } from "./reasons-traffic.ts";
import { workloadReasons } from "./reasons-workload.ts";

const entries: readonly (readonly [string, ReasonEntry])[] = Object.entries(reasons);

test("no reason is in two tables", () => {
  const parts = [releaseReasons, alarmReasons, trafficReasons, workloadReasons];
  expect(parts.flatMap((part) => Object.keys(part)).toSorted()).toEqual(Object.keys(reasons).toSorted());
});

test("every reason is given by some line of the code", async () => {
  const src = new URL("../", import.meta.url);
  const texts: string[] = [];
  for (const file of await readdir(src, { recursive: true })) {
    if (!file.endsWith(".ts") || /\.test\.ts$|^api\/(reasons|events)/.test(file)) continue;
    texts.push(await readFile(new URL(file, src), "utf8"));
  }
  const code = texts.join("\n");
  expect(Object.keys(reasons).filter((reason) => !new RegExp(`\\b${reason}\\b`).test(code))).toEqual([]);
});

describe.each(entries)("%s", (name, entry) => {
  test("has the form that conditions and events demand", () => {
    expect(name).toMatch(/^[A-Z][A-Za-z]{1,63}$/);
  });

  test("says what it means and what to do, in sentences", () => {
    expect(entry.meaning).toMatch(/^[A-Z`].*\.$/);
    expect(entry.action).toMatch(/^[A-Z`].*\.$/);
  });

  test("names conditions of the table, each once", () => {
    expect(entry.conditions.filter((type) => !(type in conditions))).toEqual([]);
    expect(new Set(entry.conditions).size).toBe(entry.conditions.length);
  });
});
