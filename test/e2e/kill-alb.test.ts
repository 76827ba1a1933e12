import { expect, inject, test } from "vitest";
import { killAtSample, told } from "./kill-points.ts";
import { albStory } from "./kill-stories.ts";

/** All points: kill-points.long.test.ts. */
test.each(["promoted", "rolledBack"] as const)(
  "killed at a sample of its requests, a release behind a load balancer is %s all the same",
  async (ending) => {
    const tally = await killAtSample(
      inject("controlPlane"),
      async ({ world }) => await albStory(world, "killed", ending),
    );
    console.log(told(ending, tally));
    expect(tally.deaths.size).toBeGreaterThanOrEqual(5);
  },
);
