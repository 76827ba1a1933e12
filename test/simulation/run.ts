import { type Chaos, drawChaos, Trouble } from "./chaos.ts";
import { Dice } from "./dice.ts";
import { atRest, leftovers } from "./oracle/rest.ts";
import { People } from "./people.ts";
import { drawSetup, type Setup } from "./setup.ts";
import { Stage } from "./stage.ts";
import { fair } from "./weather.ts";
import type { World } from "./world.ts";

export interface RunOptions {
  /** Last lines of the story to remember. Default 0. */
  readonly keep?: number;
  /** What the replicas log goes into the story too. */
  readonly logs?: boolean;
  /** Instead of the one that the seed draws. */
  readonly setup?: Setup;
}

/** What a run came to. Two runs of one seed are equal in everything. */
export interface RunResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly digest: string;
  readonly virtualMs: number;
  readonly events: number;
  /** Effects outside, by kind. */
  readonly effects: ReadonlyMap<string, number>;
  /** Faults and troubles, by kind. */
  readonly faults: ReadonlyMap<string, number>;
  /** States and reasons that the rollout was in. */
  readonly states: ReadonlySet<string>;
  readonly story: readonly string[];
}

const ALARM_POLL_MS = 10_000;
const DRIFT_POLL_MS = 60_000;
/** How long trouble lasts. */
const TROUBLE_MS = [150_000, 400_000] as const;
/** Time for the operator to settle when all is well again: repairs are limited to 3 in 10 minutes. */
const SETTLE_MS = 25 * 60_000;
/** A hold that was begun under a clock an hour ahead, and is gone on with under one an hour behind, lasts two. */
const CLOCK_MS = 2 * 3_600_000;
/** Nothing may be written for so long at the end. */
const REST_MS = 150_000;
/** A patient person looks so often. */
const TICK_MS = 10_000;
/** So many looks in a row must show that all is over. */
const CALM_TICKS = 8;

/** One run: people, a world, two replicas of the operator and what may go wrong, all drawn from the seed. */
export async function run(seed: number, options: RunOptions = {}): Promise<RunResult> {
  return await new Run(seed, options).play();
}

class Run {
  readonly #seed: number;
  readonly #dice: Dice;
  readonly #chaos: Chaos;
  readonly #stage: Stage;
  readonly #people: People;
  readonly #trouble: Trouble;

  constructor(seed: number, options: RunOptions) {
    const { keep = 0, logs = false } = options;
    this.#seed = seed;
    this.#dice = new Dice(seed);
    const dice = this.#dice;
    const chaos: Chaos = drawChaos(dice.fork("chaos"));
    this.#chaos = chaos;
    this.#stage = new Stage({
      seed,
      climate: chaos.climate,
      podStartMs: dice.pick([2_000, 8_000, 25_000]),
      setup: options.setup ?? drawSetup(dice.fork("setup")),
      alarmPollMs: ALARM_POLL_MS,
      driftPollMs: DRIFT_POLL_MS,
      replicas: 2,
      gentle: chaos.pods === undefined && chaos.foreign === undefined,
      reachable: isReachable(chaos),
      keep,
      logs,
    });
    const { world, story } = this.#stage;
    const pace = dice.pick([
      [15, 60],
      [40, 120],
    ] as const);
    this.#people = new People(world, dice.fork("people"), pace);
    const alarms = this.#people.wish.alarms.map(({ name }) => name);
    const { weather, fleet, oracle } = this.#stage;
    this.#trouble = new Trouble({ world, weather, fleet, oracle, dice: dice.fork("trouble"), chaos, alarms });
    story.tell("world", `seed ${seed}: ${JSON.stringify({ ...world.setup, ...chaos, climate: undefined })}`);
  }

  async play(): Promise<RunResult> {
    const stage = this.#stage;
    this.#people.start();
    await stage.until(this.#dice.between(...TROUBLE_MS));
    if (stage.isFine) await this.#comeToRest();
    await stage.close();
    return {
      seed: this.#seed,
      violations: stage.oracle.violations,
      digest: stage.story.digest(),
      virtualMs: stage.timeline.now,
      events: stage.timeline.events,
      effects: stage.oracle.effects,
      faults: new Map([...stage.weather.faults, ...this.#trouble.met]),
      states: stage.states,
      story: stage.story.lines,
    };
  }

  /** A loop that applies a failed template again and again pauses the way back each time: slow pods need several turns. */
  #stillUndone(): boolean {
    return this.#chaos.gitops !== undefined && leftovers(this.#stage.world).length > 0;
  }

  /** All trouble ends, a patient person helps: then the release must come to an end, and the operator to rest. */
  async #comeToRest(): Promise<void> {
    const stage = this.#stage;
    const { world, timeline, oracle } = stage;
    this.#trouble.end();
    this.#people.stop();
    const end = timeline.now + SETTLE_MS + (this.#chaos.clocks === undefined ? 0 : CLOCK_MS);
    // A release may begin a moment after the one before it has ended; what is told late comes in this time too.
    for (let calm = 0; stage.isFine && calm < CALM_TICKS && timeline.now < end; ) {
      await stage.until(timeline.now + TICK_MS);
      this.#people.tidyUp();
      calm = atRest(world) && !this.#stillUndone() ? calm + 1 : 0;
    }
    if (!stage.isFine) return;
    if (!atRest(world)) return oracle.note("rest", `still ${whatIs(world)}`);
    // A deletion that had to give up leaves everything standing (design, "Deletion").
    const gaveUp = stage.states.has("Deleting DeletionGaveUp");
    for (const what of gaveUp ? [] : leftovers(world)) oracle.note("rest", what);
    const before = oracle.written;
    await stage.until(timeline.now + REST_MS);
    const more = oracle.written - before;
    if (more > 0) oracle.note("I6", `${more} writes at rest`);
  }
}

function isReachable({ climate, leaders, outages, clocks, foreign, gitops, deadly }: Chaos): boolean {
  const disturbed = leaders ?? outages ?? clocks ?? foreign ?? gitops;
  return climate === fair && disturbed === undefined && deadly === 0;
}

function whatIs({ rollout }: World): string {
  const { state, conditions } = rollout?.status ?? {};
  const ready = conditions?.find(({ type }) => type === "Ready");
  return `${state} ${ready?.reason}: ${ready?.message}`;
}
