import { type Layer, layers } from "./scope.ts";

/** A test, and what it takes without a mutant. */
export interface Known {
  readonly place: number;
  readonly file: string;
  readonly name: string;
  readonly layer: Layer;
  readonly ms: number;
  /** How many mutants it can tell from the real code. */
  readonly tells: number;
}

/**
 * In which order tests are asked: by layer, then whoever finds most for its time, near by first. Where those have been
 * asked before (`again`), the ones that tell few mutants apart come first: they look at one thing closely.
 */
export class Order {
  readonly #again: boolean;
  readonly #found = new Map<string, number>();

  constructor(again: boolean) {
    this.#again = again;
  }

  sort(cases: readonly Known[], file: string): readonly Known[] {
    if (this.#again) return cases.toSorted((one, two) => one.tells - two.tells);
    const worth = new Map(cases.map((known) => [known, this.#worth(known, file)]));
    return cases.toSorted(
      (one, two) =>
        layers.indexOf(one.layer) - layers.indexOf(two.layer) || worth.get(two)! - worth.get(one)!,
    );
  }

  found({ place }: Known, file: string): void {
    for (const key of [`${place}`, `${place} ${file}`]) this.#found.set(key, (this.#found.get(key) ?? 0) + 1);
  }

  #worth({ place, ms }: Known, file: string): number {
    const near = this.#found.get(`${place} ${file}`) ?? 0;
    const far = this.#found.get(`${place}`) ?? 0;
    return (near + far / 20 + 0.1) / (ms + 2);
  }
}
