import { expect, test } from "vitest";
import { run } from "./run.ts";

/** Of each run of the tests. `npm run simulate` takes any others. */
const SEEDS = 30;

/** Seeds that once found something, each with what it was. What they do changes with the code; they stay all the same. */
const PAST: readonly (readonly [number, string])[] = [
  [107, "a first revision that served lost its slot: the spec changed while the rule could not be read"],
  [312, "the same"],
  [2140, "one that had a part of the traffic lost its slot: the weights were split and the spec changed"],
];

test.each(PAST)("seed %i: %s", async (seed) => {
  expect((await run(seed)).violations).toEqual([]);
});

test(`${SEEDS} seeds, and no invariant is violated`, async () => {
  const failed: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violations } = await run(seed);
    if (violations.length > 0) failed.push(`npm run simulate -- --seed ${seed}: ${violations.join("; ")}`);
  }
  expect(failed).toEqual([]);
});
