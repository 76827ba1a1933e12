import { afterAll, expect, test } from "vitest";
import { readExplanations, stale } from "./explained.ts";
import type { Mutant } from "./mutant.ts";
import { mutantsOf } from "./mutants.ts";
import { sample } from "./sample.ts";
import { scopes } from "./scope.ts";
import { Syntax } from "./syntax.ts";
import { Trial } from "./trial.ts";

const syntax = new Syntax();
afterAll(() => syntax.close());

const planted = "scripts/mutation/planted/bound.ts";
const plantedTest = "scripts/mutation/planted/bound.test.ts";
const found = (mutants: readonly Mutant[], before: string, after: string): Mutant => {
  const mutant = mutants.find((one) => one.before === before && one.after === after);
  if (!mutant) throw new Error(`no mutant ${before} → ${after}`);
  return mutant;
};

test.each([[true], [false]])(
  "a planted mutant is found by its test, a neutral one survives (pure: %s)",
  { timeout: 60_000 },
  async (pure) => {
    const trial = new Trial(syntax, { sources: [planted], tests: [plantedTest], pure });
    try {
      expect(await trial.prepare()).toEqual([]);
      const bad = await trial.judge(found(trial.mutants, "value < least", "false"));
      expect(bad).toMatchObject({ verdict: "killed", how: "red", layer: "unit", line: 3 });
      expect(bad.by).toContain("stays within its bounds");
      const neutral = found(trial.mutants, "value > most", "value >= most");
      expect(await trial.judge(neutral)).toMatchObject({ verdict: "survived" });
      // Again, to see that the one before left nothing switched on.
      const again = await trial.judge(found(trial.mutants, "value > most ? …", "true ? …"));
      expect(again.verdict).toBe("killed");
    } finally {
      trial.end();
    }
  },
);

test("a mutant changes one place, and its identity does not hang on the lines above", () => {
  const source = syntax.read(planted);
  const mutants = mutantsOf(planted, source);
  expect(mutants.map(({ before, after }) => `${before} → ${after}`)).toEqual([
    "value < least → true",
    "value < least → false",
    "value < least → value <= least",
    "value > most ? … → true ? …",
    "value > most ? … → false ? …",
    "value > most → value >= most",
  ]);
  expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
});

test("what TypeScript refuses is told from what it lets pass", () => {
  const file = "src/core/weights.ts";
  const mutants = mutantsOf(file, syntax.read(file));
  const guard = found(mutants, "!read || read.targets.length === 0", "!read && read.targets.length === 0");
  expect(syntax.refusal(guard)).toContain("possibly 'undefined'");
  expect(syntax.refusal(found(mutants, "replicas <= 0", "replicas < 0"))).toBeUndefined();
});

test("a sample is spread over files and operators, and the same for the same seed", () => {
  const files = ["src/core/weights.ts", "src/core/time.ts", "src/core/verdict.ts"];
  const mutants = files.flatMap((file) => mutantsOf(file, syntax.read(file)));
  const kinds = new Set(mutants.map(({ file, operator }) => `${file} ${operator}`));
  const chosen = sample(mutants, kinds.size, 7);
  expect(new Set(chosen.map(({ file, operator }) => `${file} ${operator}`)).size).toBe(kinds.size);
  expect(sample(mutants, kinds.size, 7)).toEqual(chosen);
  expect(sample(mutants, kinds.size, 8)).not.toEqual(chosen);
});

test("every explained survivor is a mutant of the code as it is: explain it anew, or npm run mutate -- --file FILE", () => {
  const sources = scopes().flatMap((scope) => scope.sources);
  const mutants = sources.flatMap((file) => mutantsOf(file, syntax.read(file)));
  expect(stale(readExplanations(), mutants)).toEqual([]);
});
