import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../command.ts";
import type { Explanation } from "./explained.ts";
import type { Result } from "./results.ts";
import { columns, counts, grouped } from "./table.ts";

const page = "docs/mutation.md";

export interface Findings {
  readonly results: readonly Result[];
  readonly explanations: readonly Explanation[];
  /** How many mutants there are in all. */
  readonly offered: number;
}

/** Writes the page about a run. */
export function writePage(findings: Findings): void {
  writeFileSync(join(root, page), text(findings));
}

function text({ results, explanations, offered }: Findings): string {
  const why = new Map(explanations.map((explanation) => [explanation.id, explanation.why]));
  const left = results.filter(({ verdict }) => verdict !== "killed");
  const [kept, open] = [left.filter(({ id }) => why.has(id)), left.filter(({ id }) => !why.has(id))];
  const killed = results.length - left.length;
  return `# Core proved by mutation

<!-- Written by \`npm run mutate -- --write\`; not by hand. -->

A test suite that never fails proves nothing. \`npm run mutate\` changes the code in one place at a time (\`>=\` to
\`>\`, a gate dropped, a field of the status not written, an action left out of a list, \`Math.min\` to \`Math.max\`,
the right side of \`??\` …) and asks the tests whether they see it: first the stories of test/scenarios and the
contract, then the unit tests beside the code. Where all of them pass, TypeScript is asked: many a mutant has no type,
so nobody could merge it. What then is left is a survivor: a hole in the tests, or a change that means nothing.

On this page: **${results.length}** of ${offered} mutants judged, drawn evenly over all files and kinds of change (some
files whole); **${killed}** found (${percent(killed, results.length)}), **${kept.length}** survivors explained below,
**${open.length}** not explained. For most of the holes that earlier runs showed there is now a story or a unit test, or
the code that made no difference is gone.

${inHaste(left)}
## By file

${table(grouped(results, ({ file }) => file))}

## By kind of change

${table(grouped(results, ({ operator }) => operator))}

*story*: test/scenarios; *contract*: test/contract against the simulator; *unit*: beside the code;
*simulation*: twelve seeds of test/simulation; *edited*: the stories' worlds with a damaged status; *worlds*: the
exhaustive and random worlds of test/scenarios, asked with \`--worlds\` only; *types*: no test sees it, TypeScript
refuses it; *other*: the module cannot be loaded any more. *unreached*: no test runs that place. The workloads' tests on
a real control plane are not asked: a mutant must not cost minutes.

## Survivors, and why they may live

${explained(kept, why)}
${open.length > 0 ? `## Not explained\n\n${open.map(line).join("\n")}\n` : ""}
## How it is done

- Syntax trees come from TypeScript's own API. A mutant's id is made from the statement around it, so an explanation
  (scripts/mutation/explained.yaml) becomes stale, and a unit test red, when that statement changes.
- All mutants of a file are in its text at once, each behind a switch; a process loads the modules once and runs the
  test files themselves, with vitest's own \`expect\`, one mutant switched on. A mutant that hangs or kills the process
  counts as found, and gets a new one.
- Core has no effects. So a first run evaluates each mutant's value beside the real one and learns which tests can tell
  the two apart; only those are asked.
- Small constants are changed by one, large ones (milliseconds, limits) doubled and halved.

| | |
| --- | --- |
| \`npm run mutate\` | 300 mutants, spread over files and kinds; \`--sample N --seed N\` others |
| \`npm run mutate -- --all\` | every mutant; \`--resume\` goes on, \`--again\` asks once more about survivors |
| \`npm run mutate -- --file src/core/stages/drift.ts --all\` | one file or folder |
| \`npm run mutate -- --id 1a2b3c4d\` | one mutant, and the test that finds it |
`;
}

function inHaste(left: readonly Result[]): string {
  const hasty = left.filter(({ asked, of = asked }) => asked < of);
  if (hasty.length === 0) return "";
  return `Of these survivors ${hasty.length} were judged in haste (\`--hasty\`): by the thirty tests that find most, not by all that\ncould tell them; \`--again\` asks the rest.\n`;
}

const percent = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;

function table(groups: readonly (readonly [string, readonly Result[]])[]): string {
  const rows = [...groups, ["**all**", groups.flatMap(([, results]) => [...results])] as const];
  return [
    `| | ${columns.join(" | ")} |`,
    `| --- | ${columns.map(() => "---:").join(" | ")} |`,
    ...rows.map(([name, results]) => `| ${name} | ${counts(results).map(shown).join(" | ")} |`),
  ].join("\n");
}

const shown = (count: number) => (count === 0 ? "" : `${count}`);

function explained(results: readonly Result[], why: ReadonlyMap<string, string>): string {
  return grouped(results, ({ id }) => why.get(id) ?? "")
    .map(([reason, group]) => `${reason}\n\n${group.map(line).join("\n")}\n`)
    .join("\n");
}

const code = (source: string) => (source.includes("`") ? `\`\` ${source} \`\`` : `\`${source}\``);

const line = ({ id, file, line: at, before, after }: Result) =>
  `- ${id} ${file}:${at} ${code(before)} → ${code(after)}`;
