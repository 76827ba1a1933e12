/**
 * Everything that can be said about the code without running it: types, lint, format, dead code, generated files.
 * Exits with 1 if one of them complains, with what it said. A checker that looked at no file has not passed.
 */
import { availableParallelism } from "node:os";
import { type Finished, run, seconds } from "./command.ts";

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Finds in the output how many files were looked at; absent: the checker fails by itself when there are none. */
  readonly files?: RegExp;
}

/** The slowest first. */
const checks: readonly Check[] = [
  { name: "types", command: ["tsc", "--noEmit", "--pretty", "false"] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"], files: /\bon (\d+) files?\b/ },
  { name: "dead code", command: ["knip", "--no-progress", "--treat-config-hints-as-errors"] },
  { name: "generated files", command: ["node", "scripts/generate.ts", "--check"] },
  { name: "format", command: ["biome", "check", "."], files: /\bChecked (\d+) files?\b/ },
];

/** Why the check has not passed; undefined if it has. */
function complaint({ files }: Check, { code, output }: Finished): string | undefined {
  if (code !== 0) return output.trim() || `ended with code ${code}`;
  if (files === undefined) return undefined;
  const seen = Number(files.exec(output)?.[1] ?? 0);
  return seen > 0 ? undefined : `no file was looked at\n${output.trim()}`;
}

const waiting = [...checks];
const failures: string[] = [];
const since = performance.now();

async function work(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const finished = await run(check.command);
    const said = complaint(check, finished);
    console.log(`${said === undefined ? "ok  " : "FAIL"}  ${check.name.padEnd(16)}${seconds(finished.ms)}`);
    if (said !== undefined) failures.push(`\n── ${check.name}: ${check.command.join(" ")}\n${said}`);
  }
}

await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
for (const failure of failures) console.log(failure);
const passed = checks.length - failures.length;
console.log(`\n${passed} of ${checks.length} checks passed in ${seconds(performance.now() - since)}`);
process.exitCode = failures.length > 0 ? 1 : 0;
