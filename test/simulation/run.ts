import { type Chaos, drawChaos, Trouble } from "./chaos.ts";
import { Dice } from "./dice.ts";
import { Fleet } from "./fleet.ts";
import { Oracle } from "./oracle/oracle.ts";
import { atRest, leftovers } from "./oracle/rest.ts";
import { People } from "./people.ts";
import { Story } from "./story.ts";
import { settle, Timeline } from "./timeline.ts";
import { SeededWeather } from "./weather.ts";
import { World } from "./world.ts";

export interface RunOptions {
  /** Last lines of the story to remember. Default 0. */
  readonly keep?: number;
  /** What the replicas log goes into the story too. */
  readonly logs?: boolean;
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
/** A drain that was begun under a clock an hour ahead lasts an hour. */
const CLOCK_MS = 3_600_000;
/** Nothing may be written for so long at the end. */
const REST_MS = 150_000;
/** A patient person looks so often. */
const TICK_MS = 10_000;
/** So many looks in a row must show that all is over. */
const CALM_TICKS = 8;
/** More events than this in one stretch of a run are a loop. */
const MOST_EVENTS = 400_000;

/** One run: people, a world, two replicas of the operator and what may go wrong, all drawn from the seed. */
export async function run(seed: number, options: RunOptions = {}): Promise<RunResult> {
  return await new Run(seed, options).play();
}

class Run {
  readonly #seed: number;
  readonly #timeline = new Timeline();
  readonly #story: Story;
  readonly #world: World;
  readonly #weather: SeededWeather;
  readonly #oracle: Oracle;
  readonly #fleet: Fleet;
  readonly #people: People;
  readonly #trouble: Trouble;
  readonly #dice: Dice;
  readonly #chaos: Chaos;
  readonly #states = new Set<string>();

  constructor(seed: number, { keep = 0, logs = false }: RunOptions) {
    this.#seed = seed;
    this.#dice = new Dice(seed);
    const dice = this.#dice;
    const timeline = this.#timeline;
    this.#story = new Story(timeline, keep);
    const story = this.#story;
    const chaos: Chaos = drawChaos(dice.fork("chaos"));
    this.#chaos = chaos;
    const podStartMs = dice.pick([2_000, 8_000, 25_000]);
    this.#world = new World({ timeline, story, dice: dice.fork("world"), podStartMs });
    const world = this.#world;
    this.#weather = new SeededWeather(dice.fork("weather"), chaos.climate);
    const weather = this.#weather;
    const polls = { alarmPollMs: ALARM_POLL_MS, driftPollMs: DRIFT_POLL_MS };
    const gentle = chaos.pods === undefined && chaos.foreign === undefined;
    this.#oracle = new Oracle({
      world,
      gentle,
      steadyClocks: chaos.clocks === undefined,
      ...polls,
    });
    const oracle = this.#oracle;
    this.#fleet = new Fleet({
      world,
      weather,
      oracle,
      dice: dice.fork("fleet"),
      replicas: 2,
      ...polls,
      ...(logs ? { log: (host: string, line: string) => story.note(host, line) } : {}),
    });
    this.#people = new People(
      world,
      dice.fork("people"),
      dice.pick([
        [15, 60],
        [40, 120],
      ] as const),
    );
    const alarms = this.#people.wish.alarms.map(({ name }) => name);
    this.#trouble = new Trouble({
      world,
      weather,
      fleet: this.#fleet,
      oracle,
      dice: dice.fork("trouble"),
      chaos,
      alarms,
    });
    story.tell("world", `seed ${seed}: ${JSON.stringify({ ...chaos, climate: undefined })}`);
  }

  async play(): Promise<RunResult> {
    this.#people.start();
    const [least, most] = TROUBLE_MS;
    await this.#until(this.#dice.between(least, most));
    if (this.#isFine()) await this.#comeToRest();
    this.#fleet.close();
    await settle();
    return {
      seed: this.#seed,
      violations: this.#oracle.violations,
      digest: this.#story.digest(),
      virtualMs: this.#timeline.now,
      events: this.#timeline.events,
      effects: this.#oracle.effects,
      faults: new Map([...this.#weather.faults, ...this.#trouble.met]),
      states: this.#states,
      story: this.#story.lines,
    };
  }

  /** All trouble ends, a patient person helps: then the release must come to an end, and the operator to rest. */
  async #comeToRest(): Promise<void> {
    const world = this.#world;
    this.#trouble.end();
    this.#people.stop();
    const end = this.#timeline.now + SETTLE_MS + (this.#chaos.clocks === undefined ? 0 : CLOCK_MS);
    // A release may begin a moment after the one before it has ended; what is told late comes in this time too.
    for (let calm = 0; this.#isFine() && calm < CALM_TICKS && this.#timeline.now < end; ) {
      await this.#until(this.#timeline.now + TICK_MS);
      this.#people.tidyUp();
      calm = atRest(world) ? calm + 1 : 0;
    }
    if (!this.#isFine()) return;
    if (!atRest(world)) return this.#oracle.note("rest", `still ${whatIs(world)}`);
    for (const what of leftovers(world)) this.#oracle.note("rest", what);
    const before = this.#oracle.written;
    await this.#until(this.#timeline.now + REST_MS);
    const more = this.#oracle.written - before;
    if (more > 0) this.#oracle.note("I6", `${more} writes at rest`);
  }

  async #until(end: number): Promise<void> {
    const timeline = this.#timeline;
    const most = timeline.events + MOST_EVENTS;
    while (this.#isFine() && timeline.step(end)) {
      await settle();
      this.#oracle.check();
      this.#noteState();
      if (timeline.events > most) this.#oracle.note("rest", "events without end");
    }
  }

  #isFine(): boolean {
    return this.#oracle.violations.length === 0;
  }

  #noteState(): void {
    const { state, conditions } = this.#world.rollout?.status ?? {};
    if (state === undefined) return;
    const reason = conditions?.find(({ type }) => type === "Ready")?.reason;
    this.#states.add(`${state} ${reason}`);
  }
}

function whatIs({ rollout }: World): string {
  const { state, conditions } = rollout?.status ?? {};
  const ready = conditions?.find(({ type }) => type === "Ready");
  return `${state} ${ready?.reason}: ${ready?.message}`;
}
