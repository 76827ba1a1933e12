import { expect, test } from "vitest";
import { everyPoint } from "./points.ts";
import { scripts } from "./scripts.ts";

/** The rest, and a second death in each recovery, with `npm run simulate -- --exhaustive`. */
const PLAYED = ["the first revision", "an alarm in the first step", "an alarm in the first step in place"];

test("there are at least a dozen short releases", () => {
  expect(scripts.length).toBeGreaterThanOrEqual(12);
});

test.each(scripts.filter(({ name }) => PLAYED.includes(name)))(
  "a death before and after each effect: $name",
  async (script) => {
    const { effects, points, failures } = await everyPoint(script, 0);
    expect(failures).toEqual([]);
    expect(effects).toBeGreaterThan(10);
    expect(points).toBe(2 * effects);
  },
);
