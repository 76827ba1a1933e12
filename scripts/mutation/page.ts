import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../command.ts";
import type { Explanation } from "./explained.ts";
import type { Mutant } from "./mutant.ts";
import type { Result } from "./results.ts";
import { columns, counts, grouped } from "./table.ts";

const page = "docs/mutation.md";

export interface Findings {
  readonly results: readonly Result[];
  readonly explanations: readonly Explanation[];
  /** All mutants that there are. */
  readonly offered: readonly Mutant[];
}

/** Writes the page about a run. */
export function writePage(findings: Findings): void {
  writeFileSync(join(root, page), text(findings));
}

function text(findings: Findings): string {
  const { results, explanations, offered } = findings;
  const why = new Map(explanations.map((explanation) => [explanation.id, explanation.why]));
  const left = results.filter(({ verdict }) => verdict !== "killed");
  const [kept, open] = [left.filter(({ id }) => why.has(id)), left.filter(({ id }) => !why.has(id))];
  const killed = results.length - left.length;
  const byWorlds = results.filter(({ layer }) => layer === "worlds").length || "none";
  return `# Core proved by mutation

<!-- Written by \`npm run mutate -- --write\`; not by hand. -->

A test suite that never fails proves nothing. \`npm run mutate\` changes the code in one place at a time (\`>=\` to
\`>\`, a gate dropped, a field of the status not written, an action left out of a list, \`Math.min\` to \`Math.max\`,
the right side of \`??\` …) and asks the tests whether they see it: first the stories of test/scenarios and the
contract, then the unit tests beside the code. Where all of them pass, TypeScript is asked: many a mutant has no type,
so nobody could merge it. What then is left is a survivor: a hole in the tests, or a change that means nothing.

On this page: **${results.length}** of ${offered.length} mutants judged; **${killed}** found
(${percent(killed, results.length)}), **${kept.length}** survivors explained below, **${open.length}** not explained. For most of the
holes that earlier runs showed there is now a story or a unit test, or the code that made no difference is gone.

What these numbers do not say:

${sampled(findings)}
- A verdict is kept for as long as the statement stays as it is. Many were given on earlier states of the rest of the
  code and of the tests, and were not asked for again.
- Many are hasty (\`--hasty\`): the thirty tests that find most and those beside the file were asked, then TypeScript, and
  not all that could tell the mutant. What was found is found; what survived that way was asked about again, in part by
  a reduced set of tests. ${inHaste(left)}
- The exhaustive and random worlds of test/scenarios are asked with \`--worlds\` only; ${byWorlds} of these verdicts are theirs.
- Tests on a real control plane are never asked: a mutant must not cost minutes. What only they see of the workloads
  would stand here as survived or unreached.

## By file

${table(findings, ({ file }) => file)}

## By kind of change

${table(findings, ({ operator }) => operator)}

*of*: how many mutants there are; *story*: test/scenarios; *contract*: test/contract against the simulator; *unit*: beside the code;
*simulation*: twelve seeds of test/simulation; *edited*: the stories' worlds with a damaged status; *worlds*: the
exhaustive and random worlds of test/scenarios, asked with \`--worlds\` only; *types*: no test sees it, TypeScript
refuses it; *other*: the module cannot be loaded any more. *unreached*: no test runs that place.

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

function sampled({ results, offered }: Findings): string {
  if (results.length === offered.length) return "- They are of all mutants that there are.";
  const judged = Map.groupBy(results, ({ file }) => file);
  const files = grouped(offered, ({ file }) => file);
  const whole = files.filter(([file, all]) => judged.get(file)?.length === all.length).length;
  const none = files.filter(([file]) => !judged.has(file)).length;
  return `- They are a sample, drawn evenly over files and kinds of change, beside some files judged whole (${whole} of ${files.length} still
  are, as the code stands; of ${none} nothing was judged). Nothing is known of the other ${offered.length - results.length} mutants: the column *of*
  says where they are.`;
}

function inHaste(left: readonly Result[]): string {
  const hasty = left.filter(({ asked, of = asked }) => asked < of).length;
  return hasty === 0
    ? "None of the survivors is left at that."
    : `${hasty} of the survivors are left at that; \`--again\` asks the rest.`;
}

const percent = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;

/** A row for every file or kind of change that has mutants, judged or not. */
function table({ results, offered }: Findings, by: (one: Result | Mutant) => string): string {
  const judged = new Map(grouped(results, by));
  const rows = grouped(offered, by).map(([name, all]) => [name, all.length, judged.get(name) ?? []] as const);
  return [
    `| | of | ${columns.join(" | ")} |`,
    `| --- | ---: | ${columns.map(() => "---:").join(" | ")} |`,
    ...[...rows, ["**all**", offered.length, results] as const].map(
      ([name, of, group]) => `| ${name} | ${of} | ${counts(group).map(shown).join(" | ")} |`,
    ),
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
