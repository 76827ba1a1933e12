import { type Explanation, needless, readExplanations, stale } from "./explained.ts";
import type { Mutant } from "./mutant.ts";
import { writePage } from "./page.ts";
import { type Result, Results } from "./results.ts";
import { sample } from "./sample.ts";
import { type Scope, scopes } from "./scope.ts";
import { Syntax } from "./syntax.ts";
import { summary } from "./table.ts";
import { Trial } from "./trial.ts";

/** As on the command line; see scripts/mutate.ts. */
export interface Options {
  readonly all: boolean;
  readonly sample: number;
  readonly seed: number;
  readonly file: readonly string[];
  readonly id: readonly string[];
  readonly resume: boolean;
  readonly again: boolean;
  /** Also ask the exhaustive and the random worlds, which takes half a minute for each survivor. */
  readonly worlds: boolean;
  /** Ask only the thirty tests that find most; what survives is a candidate, for `again`. */
  readonly hasty: boolean;
  /** Write the page, from all that was ever judged and is still a mutant of the code. */
  readonly write: boolean;
  /** Judge nothing: what is known already. */
  readonly report: boolean;
}

/** Judges the mutants that are asked for. @returns exit code */
export async function mutationRun(options: Options): Promise<number> {
  const syntax = new Syntax();
  const results = new Results();
  const explanations = readExplanations();
  const explained = new Set(explanations.map(({ id }) => id));
  const judged: Result[] = [];
  const problems: string[] = [];
  try {
    const trials = scopes().map((scope) => ({
      scope,
      trial: trialOf(syntax, scope, options),
    }));
    const offered = trials.flatMap(({ trial }) => trial.mutants);
    const chosen = choose(offered, options);
    problems.push(...stale(explanations, offered));
    for (const { scope, trial } of trials) {
      const own = new Set(trial.mutants.map(({ id }) => id));
      const mine = chosen.filter(({ id }) => own.has(id));
      const due = mine.filter(
        (mutant) => isDue(results.of(mutant), options) && !(options.again && explained.has(mutant.id)),
      );
      if (due.length > 0) problems.push(...(await judgeAll(scope, trial, due, results)));
      judged.push(...results.known(options.report ? trial.mutants : mine));
    }
    const known = results.known(offered);
    problems.push(...needless(explanations, known));
    if (options.write) writePage({ results: known, explanations, offered });
  } finally {
    syntax.close();
  }
  console.log(`\n${summary(judged)}\n`);
  for (const problem of problems) console.log(problem);
  const open = unexplained(judged, explanations);
  console.log(`${judged.length} judged, ${open.length} survivors that nobody explained`);
  return problems.length > 0 || open.length > 0 ? 1 : 0;
}

function unexplained(results: readonly Result[], explanations: readonly Explanation[]): readonly Result[] {
  const known = new Set(explanations.map(({ id }) => id));
  return results.filter(({ id, verdict }) => verdict !== "killed" && !known.has(id));
}

function trialOf(syntax: Syntax, { sources, tests, pure }: Scope, { worlds, hasty, again }: Options): Trial {
  return new Trial(syntax, { sources, tests, pure, hasty, again, without: worlds ? [] : ["worlds"] });
}

function choose(mutants: readonly Mutant[], options: Options): readonly Mutant[] {
  const { id: ids, file: files } = options;
  if (ids.length > 0) return mutants.filter(({ id }) => ids.includes(id));
  const asked =
    files.length > 0 ? mutants.filter(({ file }) => files.some((path) => file.startsWith(path))) : mutants;
  return options.all ? asked : sample(asked, options.sample, options.seed);
}

function isDue(before: Result | undefined, { again, resume, id, report }: Options): boolean {
  if (report) return false;
  if (again) return before !== undefined && before.verdict !== "killed";
  if (before === undefined || id.length > 0) return true;
  return !resume;
}

/** @returns what was wrong before any mutant was on */
async function judgeAll(
  { name }: Scope,
  trial: Trial,
  due: readonly Mutant[],
  results: Results,
): Promise<readonly string[]> {
  console.log(`${name}: ${due.length} of ${trial.mutants.length} mutants`);
  const red = await trial.prepare();
  console.log(`  ${trial.tests} tests`);
  for (const [index, mutant] of due.entries()) {
    const result = await trial.judge(mutant);
    results.add(result);
    if (result.verdict !== "killed" || due.length === 1) console.log(`  ${told(result)}`);
    if ((index + 1) % 100 === 0) console.log(`  ${index + 1} of ${due.length}`);
  }
  trial.end();
  return red.map((line) => `red without any mutant: ${line.split("\n")[0]}`);
}

const told = ({ verdict, id, file, line, before, after, by }: Result) =>
  `${verdict} ${id} ${file}:${line} ${before} → ${after}${by === undefined ? "" : ` by ${by}`}`;
