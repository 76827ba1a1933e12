import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Result } from "./figure.ts";
import { figures } from "./figures.ts";
import { renderPage } from "./page.ts";

const resultsFile = fileURLToPath(new URL("results.json", import.meta.url));
const pageFile = fileURLToPath(new URL("../docs/benchmarks.md", import.meta.url));

/** What was found so far, in the order of the figures. */
export async function readResults(): Promise<readonly Result[]> {
  const text = await readFile(resultsFile, "utf8").catch(() => "[]");
  const known = JSON.parse(text) as readonly Result[];
  return figures.flatMap(({ name }) => known.filter((result) => result.name === name));
}

/** Keeps results; those of the same figure are replaced. */
export async function writeResults(fresh: readonly Result[]): Promise<void> {
  const names = new Set(fresh.map(({ name }) => name));
  const kept = (await readResults()).filter(({ name }) => !names.has(name));
  await writeFile(resultsFile, `${JSON.stringify([...kept, ...fresh], undefined, 1)}\n`);
}

/** Writes docs/benchmarks.md. */
export async function writePage(results: readonly Result[]): Promise<void> {
  await writeFile(pageFile, renderPage(results));
}
