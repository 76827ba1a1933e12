import { parseDuration } from "../../../src/api/duration.ts";
import type { World } from "../world.ts";

const SAMPLE_MS = 1_000;
const KEPT = 60;

interface Sample {
  readonly at: number;
  readonly a: number;
  readonly b: number;
  readonly drain: number;
  /** The most of each that served since the sample before. */
  readonly peak: Readonly<Record<"a" | "b", number>>;
}

/** How many pods of each slot served in the last minutes, second by second. */
export class Serving {
  readonly #world: World;
  readonly #samples: Sample[] = [];
  #peak = { a: 0, b: 0 };

  constructor(world: World) {
    this.#world = world;
    world.timeline.every(SAMPLE_MS, () => this.#sample());
  }

  /** After every event: what served for less than a second counts too. */
  look(): void {
    const { a, b } = this.#peak;
    this.#peak = { a: Math.max(a, this.#world.serving("a")), b: Math.max(b, this.#world.serving("b")) };
  }

  last(slot: "a" | "b"): number {
    return this.#samples.at(-1)?.[slot] ?? 0;
  }

  /** The most that served at any time of the last `ms`, now included. */
  most(slot: "a" | "b", ms: number): number {
    const since = this.#world.timeline.now - ms;
    const samples = this.#samples.filter(({ at }) => at >= since).map(({ peak }) => peak[slot]);
    return Math.max(this.#world.serving(slot), this.#peak[slot], ...samples);
  }

  /** Of the drains that the spec asked for in the last minute, in milliseconds; never more than the present one. */
  shortestDrain(now: number): number {
    return Math.min(now, ...this.#samples.slice(-KEPT).map(({ drain }) => drain));
  }

  #sample(): void {
    const world = this.#world;
    const drain = parseDuration(world.rollout?.spec.strategy.drain ?? "60s");
    const { now } = world.timeline;
    this.look();
    this.#samples.push({ at: now, a: world.serving("a"), b: world.serving("b"), drain, peak: this.#peak });
    this.#peak = { a: 0, b: 0 };
    if (this.#samples.length > 2 * KEPT) this.#samples.splice(0, KEPT);
  }
}
