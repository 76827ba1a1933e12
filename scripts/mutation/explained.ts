import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../command.ts";
import { changeOf, type Mutant } from "./mutant.ts";
import type { Result } from "./results.ts";

/** Why no test can, or need, see a mutant. */
export interface Explanation {
  readonly id: string;
  /** As {@link changeOf} says it. */
  readonly change: string;
  readonly why: string;
}

interface Entry {
  readonly why: string;
  /** `ID FILE: BEFORE → AFTER` */
  readonly mutants: readonly string[];
}

export const explainedFile = "scripts/mutation/explained.yaml";

/** All explanations. @throws Error for one that is given twice or without a reason */
export function readExplanations(): readonly Explanation[] {
  const entries = (parse(readFileSync(join(root, explainedFile), "utf8")) ?? []) as readonly Entry[];
  const explanations = entries.flatMap(({ why, mutants }) =>
    mutants.map((line) => ({ id: line.slice(0, 8), change: line.slice(9), why: why.trim() })),
  );
  const seen = new Set<string>();
  for (const { id, why } of explanations) {
    if (seen.has(id)) throw new Error(`${explainedFile}: ${id} is explained twice`);
    if (why === "") throw new Error(`${explainedFile}: ${id} has no reason`);
    seen.add(id);
  }
  return explanations;
}

/** Explanations of mutants that the code does not offer any more: the statement was changed, so they must be too. */
export function stale(explanations: readonly Explanation[], mutants: readonly Mutant[]): readonly string[] {
  const changes = new Map(mutants.map((mutant) => [mutant.id, changeOf(mutant)]));
  return explanations
    .filter(({ id, change }) => changes.get(id) !== change)
    .map(({ id, change }) => `${explainedFile}: ${id} (${change}) is no mutant of the code as it is now`);
}

/** Explanations of mutants that a test does see. */
export function needless(
  explanations: readonly Explanation[],
  results: readonly Result[],
): readonly string[] {
  const killed = new Map(results.filter(({ verdict }) => verdict === "killed").map((one) => [one.id, one]));
  return explanations.flatMap(({ id, change }) => {
    const by = killed.get(id)?.by;
    return by === undefined ? [] : [`${explainedFile}: ${id} (${change}) is found by ${by}`];
  });
}
