import { setTimeout as sleep } from "node:timers/promises";
import { type Observer, startObserver } from "./observer.ts";
import type { Stage } from "./stage.ts";
import { type ActResult, tellStory } from "./story.ts";
import type { Outcome } from "./summary.ts";
import type { Display } from "./terminal/display.ts";
import { pastSecond } from "./view/past.ts";
import type { Act, PastSecond, Snapshot } from "./view/snapshot.ts";

/** The show ends after this time, over or not. */
const SHOW_MS = 90_000;
const FRAME_MS = 200;
const LOOK_MS = 50;

/** Somebody pressed Ctrl-C. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

/** What a show came to, and the eyes that go on seeing. */
export interface Shown {
  readonly outcome: Outcome;
  readonly observer: Observer;
  /** What there is to see now. */
  readonly look: () => Snapshot;
}

/**
 * Plays the story on the stage and shows it. `signal` ends it at any moment.
 * @throws InterruptedError; Error with a sentence when the operator ends or the show takes too long
 */
export async function playShow(
  stage: Stage,
  display: Display,
  setupMs: number,
  signal: AbortSignal,
): Promise<Shown> {
  const observer = await startObserver(stage);
  const startedAt = Date.now();
  const start = performance.now();
  let act: Act = { number: 1, count: 1, title: "" };
  const past: PastSecond[] = [];
  const look = (): Snapshot => {
    const moment = observer.look();
    const seconds = Math.floor((moment.at - startedAt) / 1000);
    if (seconds > past.length) past.push(pastSecond(moment));
    return { ...moment, scenery: stage.traffic.scenery, startedAt, act, past };
  };
  const draw = (): void => display.show(look());
  const until = async (what: string, condition: () => boolean): Promise<void> => {
    while (!condition()) {
      if (signal.aborted) throw new InterruptedError("interrupted");
      if (stage.operator.hasEnded()) throw new Error(`the operator has ended: ${await stage.operator.ended}`);
      if (performance.now() - start > SHOW_MS) throw new Error(`not within ${SHOW_MS / 1000} s: ${what}`);
      await sleep(LOOK_MS);
    }
  };
  const timer = setInterval(draw, FRAME_MS);
  try {
    const acts = await tellStory(stage, observer, { until, begin: (next) => void (act = next) });
    draw();
    const showMs = performance.now() - start;
    return { observer, look, outcome: outcomeOf(stage, observer, acts, { setupMs, showMs }) };
  } catch (error) {
    await observer.stop();
    throw error;
  } finally {
    clearInterval(timer);
    display.close();
  }
}

function outcomeOf(
  stage: Stage,
  observer: Observer,
  acts: readonly ActResult[],
  times: Pick<Outcome, "setupMs" | "showMs">,
): Outcome {
  const reaction = observer.reaction();
  const statusMs = rollbackMs(stage);
  return {
    acts,
    ...times,
    calls: observer.calls(),
    words: stage.traffic.words,
    ...(reaction === undefined ? {} : { reaction }),
    ...(statusMs === undefined ? {} : { statusMs }),
  };
}

/** From the decision to roll back to the first read of weight 0, by the timestamps in status. */
function rollbackMs({ rollout }: Stage): number | undefined {
  for (const { status } of rollout.seen.toReversed()) {
    const { startedAt, zeroAt } = status?.rollback ?? {};
    if (startedAt !== undefined && zeroAt !== undefined) return Date.parse(zeroAt) - Date.parse(startedAt);
  }
  return undefined;
}
