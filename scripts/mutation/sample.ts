import type { Mutant } from "./mutant.ts";

/** Numbers from 0 to 1 that are the same for the same seed. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * `size` of the mutants, spread over all files and operators: one of each pair of file and operator in turn, until
 * there are enough. The same seed gives the same ones while the code stays the same.
 */
export function sample(mutants: readonly Mutant[], size: number, seed: number): readonly Mutant[] {
  const random = numbers(seed);
  const groups = new Map<string, Mutant[]>();
  for (const mutant of mutants) {
    const key = `${mutant.file} ${mutant.operator}`;
    groups.set(key, [...(groups.get(key) ?? []), mutant]);
  }
  const mixed = [...groups.values()].map((group) => shuffled(group, random));
  const turns = shuffled(mixed, random);
  const chosen: Mutant[] = [];
  for (let round = 0; chosen.length < Math.min(size, mutants.length); round += 1) {
    for (const group of turns) {
      const mutant = group[round];
      if (mutant && chosen.length < size) chosen.push(mutant);
    }
  }
  return chosen;
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, at: random() }))
    .sort((one, two) => one.at - two.at)
    .map(({ value }) => value);
}
