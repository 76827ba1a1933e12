import { expect } from "vitest";
import { type KillPoint, type Lane, type Run, type Story, startLane } from "./kill-lane.ts";

export type Plane = Parameters<typeof startLane>[0];

/** Makes the story in a lane's world. */
export type Telling = (lane: Lane) => Promise<Story>;

/** What came of a number of runs. */
export type Tally = {
  /** How often the operator died, by request and side: `ModifyRule before`. */
  readonly deaths: ReadonlyMap<string, number>;
  /** Requests of a run that nobody disturbed. */
  readonly requests: number;
};

export const sides = ["before", "after"] as const;

/** For each kind of request the middle one of its kind, on either side in turn; of those that decide both sides. */
function oneOfEach(requests: readonly string[]): readonly KillPoint[] {
  return [...new Set(requests)].sort().flatMap((name, index) => {
    const number = Math.ceil(requests.filter((each) => each === name).length / 2);
    const decides = ["ModifyRule", "update modelrollouts/status"].includes(name);
    const either = sides.map((side) => ({ name, number, side }));
    return decides ? either : either.slice(index % 2, (index % 2) + 1);
  });
}

/**
 * Runs a story undisturbed, and then once for each kind of request, with the operator killed there: the end must be
 * the same. A run may make fewer requests than the first one did (it polls); a point that it does not reach is another
 * undisturbed run.
 */
export async function killAtSample(plane: Plane, telling: Telling): Promise<Tally> {
  const lane = await startLane(plane);
  try {
    const story = await telling(lane);
    const first = await lane.run(story);
    expect(first.violations).toEqual([]);
    const deaths = new Map<string, number>();
    for (const point of oneOfEach(first.requests)) {
      note(deaths, judged(first, await lane.run(story, point), point), point);
    }
    await story.stop();
    return { deaths, requests: first.requests.length };
  } finally {
    await lane.stop();
  }
}

/** The run, if it came to the same end as the first and nothing was violated on the way. */
export function judged(first: Run, run: Run, point: KillPoint): Run {
  const where = `killed ${point.side} ${point.number}: ${run.hit?.name ?? "not reached"}`;
  expect(run.end, where).toEqual(first.end);
  expect(run.violations, where).toEqual([]);
  return run;
}

/** Counts the death of a run. */
export function note(deaths: Map<string, number>, { hit }: Run, { side }: KillPoint): void {
  if (hit === undefined) return;
  const key = `${hit.name} ${side}`;
  deaths.set(key, (deaths.get(key) ?? 0) + 1);
}

/** `41 points of 60 requests: create events after 2, …`. */
export function told(title: string, { deaths, requests }: Tally): string {
  const points = [...deaths.values()].reduce((sum, times) => sum + times, 0);
  const each = [...deaths]
    .map(([key, times]) => `${key} ${times}`)
    .toSorted((one, two) => one.localeCompare(two));
  return `${title}: killed at ${points} points, ${requests} requests undisturbed: ${each.join(", ")}`;
}
