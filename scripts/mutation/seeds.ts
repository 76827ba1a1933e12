/** The simulation as tests of a few seconds in all: the real controller, routers and workloads in a seeded world. */
import { expect, test } from "vitest";
import { run } from "../../test/simulation/run.ts";

const SEEDS = 12;

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`seed ${seed}`, async () => {
    const { violations } = await run(seed);
    expect(violations).toEqual([]);
  });
}
