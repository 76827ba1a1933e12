/**
 * Takes the figures of docs/benchmarks.md: `npm run bench` all of them, `npm run bench -- NAME… [--quick]` some, and
 * writes what it found into bench/results.json and the page. Figures that were not taken keep their last result.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseArguments } from "./arguments.ts";
import type { Figure, Result } from "./figure.ts";
import { figures } from "./figures.ts";
import { describeMachine } from "./machine.ts";
import { readResults, writePage, writeResults } from "./results.ts";

const build = fileURLToPath(new URL("../scripts/build.ts", import.meta.url));

async function main(): Promise<number> {
  const asked = parseArguments(
    process.argv.slice(2),
    figures.map(({ name }) => name),
  );
  if (!asked.ok) {
    console.error(asked.problem);
    return 2;
  }
  if (!asked.pageOnly) {
    if (asked.build) {
      console.log("npm run build");
      await promisify(execFile)(process.execPath, [build]);
    }
    let failures = 0;
    for (const figure of figures.filter(({ name }) => asked.names.includes(name))) {
      if (!(await attempt(figure, asked.quick))) failures += 1;
    }
    if (failures > 0) {
      await writePage(await readResults());
      return 1;
    }
  }
  await writePage(await readResults());
  console.log("docs/benchmarks.md is written");
  return 0;
}

/** Takes one figure and keeps it at once: a later one that fails costs nothing that was found. */
async function attempt(figure: Figure, quick: boolean): Promise<boolean> {
  const since = performance.now();
  const elapsed = (): number => Math.round((performance.now() - since) / 1000);
  console.log(`\n${figure.name}: ${figure.title}`);
  const machine = await describeMachine();
  const takenAt = `${new Date().toISOString().slice(0, 19)}Z`;
  try {
    const found = await figure.take({ quick, say: (line) => console.log(`  ${elapsed()} s  ${line}`) });
    const result: Result = {
      ...found,
      name: figure.name,
      title: figure.title,
      takenAt,
      tookSeconds: elapsed(),
      quick,
      machine,
    };
    for (const { what, value, goal, met } of found.rows) {
      console.log(
        `  ${what}: ${value}${goal === undefined ? "" : ` (goal ${goal}: ${met === true ? "met" : "missed"})`}`,
      );
    }
    console.log(`  took ${result.tookSeconds} s`);
    await writeResults([result]);
    return found.failed === undefined || found.failed.length === 0;
  } catch (error) {
    console.error(`  ${figure.name} could not be taken:`, error);
    return false;
  }
}

process.exitCode = await main();
// The watchdogs of what was started end by themselves; nothing else is waited for.
process.exit();
