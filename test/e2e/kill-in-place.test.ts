import { expect, inject, test } from "vitest";
import { killAtSample, told } from "./kill-points.ts";
import { inPlaceStory } from "./kill-stories.ts";

/** All points: kill-points.long.test.ts. */
test.each(["promoted", "rolledBack"] as const)(
  "killed at a sample of its requests, a release in place is %s all the same",
  async (ending) => {
    const plane = inject("controlPlane");
    const tally = await killAtSample(
      plane,
      async ({ world }) => await inPlaceStory(world, plane, "killed", ending),
    );
    console.log(told(ending, tally));
    expect(tally.deaths.size).toBeGreaterThanOrEqual(5);
  },
);
