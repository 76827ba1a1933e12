import { Dice } from "./dice.ts";
import { Fleet } from "./fleet.ts";
import { Oracle } from "./oracle/oracle.ts";
import type { Setup } from "./setup.ts";
import { Story } from "./story.ts";
import { settle, Timeline } from "./timeline.ts";
import { type Climate, SeededWeather } from "./weather.ts";
import { World } from "./world.ts";

export interface StageOptions {
  readonly seed: number;
  readonly climate: Climate;
  /** Longest time from a pod's creation to Ready. */
  readonly podStartMs: number;
  readonly setup: Setup;
  readonly alarmPollMs: number;
  readonly driftPollMs: number;
  /** Replicas of the operator. */
  readonly replicas: number;
  /** Nobody breaks pods or writes what is the operator's. */
  readonly gentle: boolean;
  /** Nothing is lost, late or refused, and nobody kills or freezes replicas. */
  readonly reachable: boolean;
  /** Last lines of the story to remember. */
  readonly keep: number;
  /** What the replicas log goes into the story too. */
  readonly logs: boolean;
}

/** More events than this in one stretch of a run are a loop. */
const MOST_EVENTS = 400_000;

/** A world, its weather, the operator in it, and whoever judges them; `until` lets them live. */
export class Stage {
  readonly timeline = new Timeline();
  readonly story: Story;
  readonly world: World;
  readonly weather: SeededWeather;
  readonly oracle: Oracle;
  readonly fleet: Fleet;
  /** States and reasons that the rollout was in. */
  readonly states = new Set<string>();

  constructor(options: StageOptions) {
    const { climate, podStartMs, setup, alarmPollMs, driftPollMs, replicas, gentle, reachable } = options;
    const dice = new Dice(options.seed);
    const { timeline } = this;
    this.story = new Story(timeline, options.keep);
    const { story } = this;
    this.world = new World({ timeline, story, dice: dice.fork("world"), podStartMs, setup });
    const { world } = this;
    this.weather = new SeededWeather(dice.fork("weather"), climate);
    const { weather } = this;
    const polls = { alarmPollMs, driftPollMs };
    this.oracle = new Oracle({ world, gentle, reachable, ...polls });
    const { oracle } = this;
    const log = (host: string, line: string): void => story.note(host, line);
    this.fleet = new Fleet({
      world,
      weather,
      oracle,
      dice: dice.fork("fleet"),
      replicas,
      ...polls,
      ...(options.logs ? { log } : {}),
    });
  }

  /** No invariant was violated so far. */
  get isFine(): boolean {
    return this.oracle.violations.length === 0;
  }

  /** Lets the world go on until then (milliseconds since its beginning), or until something is wrong. */
  async until(end: number): Promise<void> {
    const { timeline, oracle } = this;
    const most = timeline.events + MOST_EVENTS;
    while (this.isFine && timeline.step(end)) {
      await settle();
      oracle.check();
      this.#noteState();
      if (timeline.events > most) oracle.note("rest", "events without end");
    }
  }

  /** Ends every process. */
  async close(): Promise<void> {
    this.fleet.close();
    await settle();
  }

  #noteState(): void {
    const { state, conditions } = this.world.rollout?.status ?? {};
    if (state === undefined) return;
    const reason = conditions?.find(({ type }) => type === "Ready")?.reason;
    this.states.add(`${state} ${reason}`);
  }
}
