import type { ModelRollout } from "../src/api/types.ts";
import type { Observer } from "./observer.ts";
import type { Stage } from "./stage.ts";
import { between } from "./tally.ts";
import type { Act, Moment, Totals } from "./view/snapshot.ts";

/** What one act came to. */
export interface ActResult {
  readonly act: Act;
  readonly version: string;
  /** How long it took, ms. */
  readonly tookMs: number;
  /** What clients saw in it. */
  readonly totals: Totals;
  /** Why it is not what it should be; absent when it is. */
  readonly problem?: string;
}

/** Tells the screen which act begins, and waits: the only two things the story needs of its surroundings. */
export interface Direction {
  begin(act: Act): void;
  /** Resolves when the condition holds; rejects when the show is interrupted or takes too long. */
  until(what: string, condition: () => boolean): Promise<void>;
}

type Scene = {
  readonly version: string;
  readonly title: string;
  /** Over, one way or the other. */
  readonly over: (rollout: ModelRollout, now: Moment) => boolean;
  /** What is wrong with the outcome. */
  readonly problem: (rollout: ModelRollout, observer: Observer) => string | undefined;
};

const scenes: readonly Scene[] = [
  {
    version: "v7",
    title: "v7 is applied, the first version",
    over: (rollout) => isReady(rollout),
    problem: ({ status }) =>
      status?.stable?.modelVersion === "v7"
        ? undefined
        : `the stable version is ${status?.stable?.modelVersion}`,
  },
  {
    version: "v8",
    title: "v8 is applied, a good version",
    over: ({ status }, now) =>
      status?.history?.[0]?.modelVersion === "v8" && !status.canary && !status.retained && isEmptied(now),
    problem: ({ status }, observer) =>
      wrongEnding(status, observer, { version: "v8", outcome: "Promoted", serving: "v8" }),
  },
  {
    version: "v9",
    title: "v9 is applied, a version that answers most requests with errors",
    over: ({ status }, now) =>
      status?.history?.[0]?.modelVersion === "v9" && !status.canary && !status.rollback && isEmptied(now),
    problem: ({ status }, observer) =>
      wrongEnding(status, observer, { version: "v9", outcome: "RolledBack", serving: "v8" }),
  },
];

/** So many requests belong to an act after its release is over. */
const REQUESTS_AFTER = 300;

/**
 * The show: three versions are applied one after the other. What becomes of them is not decided here; each act only
 * waits until its release is over and says whether the outcome is what it should be.
 */
export async function tellStory(
  stage: Stage,
  observer: Observer,
  direction: Direction,
): Promise<readonly ActResult[]> {
  const results: ActResult[] = [];
  for (const [index, scene] of scenes.entries()) {
    const act = { number: index + 1, count: scenes.length, title: scene.title };
    direction.begin(act);
    const before = observer.look().totals;
    const start = performance.now();
    await stage.apply(scene.version);
    await direction.until(`the release of ${scene.version} is over`, () => {
      const rollout = stage.rollout.latest;
      return rollout !== undefined && isCurrent(rollout) && scene.over(rollout, observer.look());
    });
    // What comes after counts too, and it is worth a look.
    const load = stage.openToClients();
    const enough = load.counts().total + REQUESTS_AFTER;
    await direction.until("clients are served", () => load.counts().total >= enough);
    const rollout = stage.rollout.latest;
    const problem = rollout && scene.problem(rollout, observer);
    results.push({
      act,
      version: scene.version,
      tookMs: performance.now() - start,
      totals: between(before, observer.look().totals),
      ...(problem === undefined ? {} : { problem }),
    });
  }
  return results;
}

function isCurrent({ metadata, status }: ModelRollout): boolean {
  return status?.observedGeneration === metadata.generation;
}

function isReady({ status }: ModelRollout): boolean {
  return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** How a release should end, and which version serves then. */
interface Ending {
  readonly version: string;
  readonly outcome: "Promoted" | "RolledBack";
  readonly serving: string;
}

/** The history, the stable version and the traffic must all say the same. */
function wrongEnding(
  status: ModelRollout["status"],
  observer: Observer,
  { version, outcome, serving }: Ending,
): string | undefined {
  const [last] = status?.history ?? [];
  if (last?.modelVersion !== version || last.outcome !== outcome)
    return `${last?.modelVersion} was ${last?.outcome} (${last?.reason}), not ${version} ${outcome}`;
  const { stable } = status ?? {};
  return stable?.modelVersion === serving
    ? observer.wrongTraffic()
    : `the stable version is ${stable?.modelVersion}, not ${serving}`;
}

/** Only the stable version has pods. */
function isEmptied(now: Moment): boolean {
  return now.slots.every(({ role, pods }) => role === "stable" || pods.total === 0);
}
