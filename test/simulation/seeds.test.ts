import { expect, test } from "vitest";
import { run } from "./run.ts";
import type { Setup } from "./setup.ts";

/** Of each run of the tests. `npm run simulate` takes any others. */
const SEEDS = 30;

const adopted: Setup = { way: "adopted", policies: true };
const owned: Setup = { way: "owned", policies: true };

/** Seeds that once found something, each with what it was. What they do changes with the code; they stay all the same. */
const PAST: readonly (readonly [number, string, Setup?])[] = [
  [107, "a first revision that served lost its slot: the spec changed while the rule could not be read"],
  [312, "the same"],
  [2140, "one that had a part of the traffic lost its slot: the weights were split and the spec changed"],
  [2074, "versions that never had the first slot kept the one that runs there from being stable"],
  [2162, "nobody was told that an adoption waits for a roll which somebody paused"],
  [8043, "the way back took the only Ready pod: it had no surge, although the spec gave one"],
  [121, "a clock set forward in the last step shortened the drain of the version before"],
  [186, "a release began right after strayed weight was put back, and emptied the slot that had had it"],
  [300_047, "a destination outside got traffic on a health read of half a minute ago"],
  [300_493, "a replica with its clock an hour ahead took over, and a drain was over at once"],
  [300_576, "scaled to nothing and back within moments, with pods in it that somebody had started"],
  [5366, "a step was lowered: Ready canary pods went while stable's still counted as available"],
  [200_017, "the label of a release was taken off, and the user's own settings were lost"],
  [7, "a release of one step that was scaled to nothing never began again", adopted],
  [51, "a move in place went by sizes of before a pause", adopted],
  [10, "the canary was filled up with the pods that stable lacked", owned],
  [48, "replicas changed in the middle of a move", { ...owned, policies: false }],
  [
    5,
    "stickiness was put back at one of two rules",
    { way: "outside", policies: false, rules: 2, sticky: 30 },
  ],
];

for (const [seed, what, setup] of PAST) {
  test(`seed ${seed}: ${what}`, async () => {
    expect((await run(seed, setup ? { setup } : {})).violations).toEqual([]);
  });
}

test(`${SEEDS} seeds, and no invariant is violated`, async () => {
  const failed: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violations } = await run(seed);
    if (violations.length > 0) failed.push(`npm run simulate -- --seed ${seed}: ${violations.join("; ")}`);
  }
  expect(failed).toEqual([]);
});
