import { isDeepStrictEqual } from "node:util";

/** What the text of {@link switched} asks at run time. */
export class Probe {
  /** Number of the mutant that is on; -1 for none. */
  active = -1;
  #reached = new Uint8Array(0);
  #differs = new Uint8Array(0);
  #asking = false;

  resize(count: number): void {
    this.#reached = new Uint8Array(count);
    this.#differs = new Uint8Array(count);
  }

  forget(): void {
    this.#reached.fill(0);
    this.#differs.fill(0);
  }

  readonly on = (number: number): boolean => {
    this.#reached[number] = 1;
    this.#differs[number] = 1;
    return this.active === number;
  };

  /** @param others numbers of mutants, each followed by what gives their value */
  readonly see = (value: unknown, ...others: readonly (number | (() => unknown))[]): unknown => {
    if (this.#asking) return value;
    this.#asking = true;
    for (let at = 0; at < others.length; at += 2) {
      const number = others[at] as number;
      this.#reached[number] = 1;
      if (this.#differs[number] === 0 && isOther(value, others[at + 1] as () => unknown)) {
        this.#differs[number] = 1;
      }
    }
    this.#asking = false;
    return value;
  };

  get reached(): readonly number[] {
    return marked(this.#reached);
  }

  /** Mutants that are reached and give another value, or an error. */
  get differing(): readonly number[] {
    return marked(this.#differs);
  }
}

const marked = (marks: Uint8Array) => [...marks.keys()].filter((number) => marks[number] === 1);

function isOther(value: unknown, other: () => unknown): boolean {
  try {
    const given = other();
    return typeof value === "object" ? !isDeepStrictEqual(value, given) : !Object.is(value, given);
  } catch {
    return true;
  }
}
