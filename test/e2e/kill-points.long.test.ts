import { expect, inject, test } from "vitest";
import { startLane } from "./kill-lane.ts";
import { judged, note, type Plane, sides, type Tally, type Telling, told } from "./kill-points.ts";
import { albStory, inPlaceStory } from "./kill-stories.ts";

const lanes = 3;
const plane = inject("controlPlane");

const stories: readonly (readonly [string, Telling])[] = [
  ["ALB, promoted", async ({ world }) => await albStory(world, "killed", "promoted")],
  ["ALB, rolled back", async ({ world }) => await albStory(world, "killed", "rolledBack")],
  ["in place, promoted", async ({ world }) => await inPlaceStory(world, plane, "killed", "promoted")],
  ["in place, rolled back", async ({ world }) => await inPlaceStory(world, plane, "killed", "rolledBack")],
];

test.each(stories)(
  "killed before and after every request that reaches AWS or changes the cluster: %s",
  async (title, telling) => {
    const tally = await killEverywhere(plane, telling, lanes);
    console.log(told(title, tally));
    const points = [...tally.deaths.values()].reduce((sum, times) => sum + times, 0);
    expect(points).toBeGreaterThan(40);
  },
  1_200_000,
);

/** Kills at every request, before and after, until a story is over before its point. The lanes share the points. */
async function killEverywhere(plane: Plane, telling: Telling, lanes: number): Promise<Tally> {
  const deaths = new Map<string, number>();
  let requests = 0;
  let number = 0;
  let beyond = 0;
  const work = async (): Promise<void> => {
    const lane = await startLane(plane);
    try {
      const story = await telling(lane);
      const first = await lane.run(story);
      requests = Math.max(requests, first.requests.length);
      // How many requests a run makes differs by some polls: three runs in a row must have been over before.
      while (beyond < 3) {
        number += 1;
        for (const side of sides) {
          const point = { number, side };
          const run = judged(first, await lane.run(story, point), point);
          beyond = run.hit === undefined ? beyond + 1 : 0;
          note(deaths, run, point);
        }
      }
      await story.stop();
    } finally {
      await lane.stop();
    }
  };
  await Promise.all(Array.from({ length: lanes }, work));
  return { deaths, requests };
}
