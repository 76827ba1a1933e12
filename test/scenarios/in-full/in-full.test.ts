import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { playInFull } from "./play.ts";

const folder = new URL(".", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".txt"))
  .sort();

/** The stories beside print what people see first. These few print everything: every field, gate, wake-up and note. */
describe("stories in full", () => {
  test("there are some", () => expect(files.length).toBeGreaterThanOrEqual(10));

  for (const name of files) {
    test(name, () => {
      const path = new URL(name, folder);
      const text = readFileSync(path, "utf8");
      expect(text, "a story begins with what it shows").toMatch(/^# /);
      const played = playInFull(text);
      if (process.env.UPDATE_SCENARIOS === "1") writeFileSync(path, played);
      expect(played).toBe(text);
    });
  }
});
