import { createRandom, type Random } from "../aws-simulator/random.ts";

/** All chance of a run, from one seed. Each part of the world has a stream of its own, so that a change in one part leaves the others as they were. */
export class Dice {
  readonly #random: Random;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = createRandom(seed);
    // The first numbers of neighbouring seeds resemble each other.
    for (let skipped = 0; skipped < 8; skipped += 1) this.#random();
  }

  /** A stream that depends on this one's seed and the name alone. */
  fork(name: string): Dice {
    let hash = 2_166_136_261 ^ this.#seed;
    for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
    return new Dice(hash >>> 0);
  }

  /** In [0, 1). */
  readonly random = (): number => this.#random();

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + (to - from) * this.#random();
  }

  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number {
    return Math.floor(this.between(from, to + 1));
  }

  /** Throws RangeError for an empty list. */
  pick<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.#random() * list.length)];
    if (found === undefined) throw new RangeError("nothing to pick from");
    return found;
  }
}
