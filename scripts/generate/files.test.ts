import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { generatedFiles } from "./files.ts";

test.each(generatedFiles)("$path is current", async (file) => {
  const present = await readFile(new URL(`../../${file.path}`, import.meta.url), "utf8");
  expect(present, "run npm run generate").toBe(file.render());
});

test("paths are distinct, and texts end with a newline", () => {
  expect(new Set(generatedFiles.map(({ path }) => path)).size).toBe(generatedFiles.length);
  for (const file of generatedFiles) {
    expect(file.render().endsWith("\n"), file.path).toBe(true);
  }
});
