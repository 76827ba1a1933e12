import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Story } from "./commands.ts";

const folder = new URL(".", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".txt"))
  .sort();
const update = process.env.UPDATE_SCENARIOS === "1";

/**
 * Plays a story: lines with `> ` are commands, what follows each is what it must print; comments and blank lines stay.
 * Returns the text as it came out.
 */
function play(text: string): string {
  const story = new Story();
  const out: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("> ")) {
      out.push(line);
      try {
        out.push(...story.run(line.slice(2)));
      } catch (error) {
        out.push(
          `BROKEN ${error instanceof Error ? error.message.replaceAll(/\s+/g, " ").slice(0, 700) : String(error)}`,
        );
      }
    } else if (line.startsWith("#") || line === "") out.push(line);
  }
  return out.join("\n");
}

describe("stories", () => {
  test("there are enough of them", () => {
    expect(files.length).toBeGreaterThanOrEqual(45);
  });

  for (const name of files) {
    test(name, { timeout: 60_000 }, () => {
      const path = new URL(name, folder);
      const text = readFileSync(path, "utf8");
      expect(text, "a story begins with the promise it proves").toMatch(/^# /);
      const played = play(text);
      expect(played).not.toContain("BROKEN");
      if (update) writeFileSync(path, played);
      expect(played).toBe(text);
    });
  }
});
