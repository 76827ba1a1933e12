import type { AccessProblem } from "../core/observed.ts";
import type { Clock } from "../runtime/clock.ts";
import { type AwsCall, classify } from "./errors.ts";

/** What became of the read of one thing. */
export type ReadOutcome<V> =
  | { readonly ok: true; readonly value: V }
  | { readonly ok: false; readonly problem: AccessProblem };

/**
 * One request for all of `keys`; throws what the SDK throws. A key it leaves out is not found. `search`: it looks for a bad
 * key, and whoever else wants something may go first.
 */
export type FetchTogether<V> = (keys: readonly string[], search: boolean) => Promise<ReadonlyMap<string, V>>;

export interface IsolationOptions {
  readonly clock: Clock;
  readonly call: AwsCall;
  /** How long a refused key is left alone, doubling up to `longestMs`. */
  readonly rest?: { readonly firstMs: number; readonly longestMs: number };
  /** Called once per failed request. */
  readonly onFailure?: (problem: AccessProblem) => void;
}

/** What a read may ask and tell while it goes on. */
export interface Reading<V> {
  /** Whose key it is; undefined: nobody's in particular. */
  readonly ownerOf: (key: string) => string | undefined;
  readonly answer: (key: string, outcome: ReadOutcome<V>) => void;
}

interface Refusal {
  readonly problem: AccessProblem;
  readonly until: number;
  readonly restMs: number;
}

interface Round<V> extends Reading<V> {
  readonly request: FetchTogether<V>;
}

/** Reads many things in one request although one bad name makes AWS refuse the whole request. */
export interface Isolation<V> {
  /** An outcome for each key; never rejects. */
  read(
    keys: readonly string[],
    request: FetchTogether<V>,
    reading?: Reading<V>,
  ): Promise<ReadonlyMap<string, ReadOutcome<V>>>;
}

class SearchedReads<V> implements Isolation<V> {
  readonly #options: IsolationOptions;
  readonly #refused = new Map<string, Refusal>();
  /** Keys that were read at their last time. */
  readonly #good = new Set<string>();

  constructor(options: IsolationOptions) {
    this.#options = options;
  }

  async read(
    keys: readonly string[],
    request: FetchTogether<V>,
    reading?: Reading<V>,
  ): Promise<ReadonlyMap<string, ReadOutcome<V>>> {
    const into = new Map<string, ReadOutcome<V>>();
    const answer = (key: string, outcome: ReadOutcome<V>): void => {
      into.set(key, outcome);
      reading?.answer(key, outcome);
    };
    const round: Round<V> = { request, answer, ownerOf: (key) => reading?.ownerOf(key) };
    const now = this.#options.clock.monotonic();
    const together: string[] = [];
    const alone: string[] = [];
    for (const key of keys) {
      const refusal = this.#refused.get(key);
      if (refusal === undefined) together.push(key);
      else if (now < refusal.until) answer(key, { ok: false, problem: refusal.problem });
      else {
        // While it is asked for, others who want it are told what is known.
        this.#refused.set(key, { ...refusal, until: now + refusal.restMs });
        alone.push(key);
      }
    }
    await Promise.all([this.#fetch(together, round, false), this.#probe(alone, round)]);
    return into;
  }

  async #fetch(keys: readonly string[], round: Round<V>, search: boolean): Promise<void> {
    if (keys.length === 0) return;
    const { operation, region } = this.#options.call;
    try {
      const found = await round.request(keys, search);
      for (const key of keys) {
        const value = found.get(key);
        if (value !== undefined) {
          this.#refused.delete(key);
          this.#good.add(key);
          round.answer(key, { ok: true, value });
          continue;
        }
        const message = `${operation} in ${region}: ${key} is not in the answer`;
        this.#good.delete(key);
        round.answer(key, { ok: false, problem: { kind: "notFound", message } });
      }
    } catch (error) {
      await this.#failed(keys, error, round, search);
    }
  }

  async #failed(keys: readonly string[], error: unknown, round: Round<V>, search: boolean): Promise<void> {
    const { call, onFailure } = this.#options;
    const { problem } = classify(error, call);
    onFailure?.(problem);
    const final = problem.kind === "notFound" || problem.kind === "invalid";
    if (!final || keys.length === 1) {
      for (const key of keys) {
        if (final) this.#refuse(key, problem);
        round.answer(key, { ok: false, problem });
      }
      return;
    }
    const parts = search ? [keys] : apart(keys, this.#good, round.ownerOf);
    if (parts.length > 1) {
      await Promise.all(parts.map((part) => this.#fetch(part, round, false)));
      return;
    }
    for (const half of halves(keys)) await this.#fetch(half, round, true);
  }

  /** Bad ones whose rest is over: one of each owner, then the next of each. */
  async #probe(keys: readonly string[], round: Round<V>): Promise<void> {
    const owners = apart(keys, new Set(), round.ownerOf).map((own) => [...own]);
    for (let turn = owners; turn.length > 0; turn = turn.filter((own) => own.length > 0)) {
      for (const own of turn) await this.#fetch(own.splice(0, 1), round, true);
    }
  }

  #refuse(key: string, problem: AccessProblem): void {
    const { clock, rest = { firstMs: 10_000, longestMs: 60_000 } } = this.#options;
    this.#good.delete(key);
    const before = this.#refused.get(key)?.restMs;
    const restMs = before === undefined ? rest.firstMs : Math.min(before * 2, rest.longestMs);
    this.#refused.set(key, { problem, restMs, until: clock.monotonic() + restMs });
  }
}

/**
 * On a final refusal of a request for several keys (RuleNotFound names none of them) it asks anew: for those that were
 * read before, for each owner's others, and, where one owner's are refused, for halves until the bad ones stand alone.
 * So nobody waits for the search among another's keys. The bad ones are remembered: they rest, and are then asked for on
 * their own, so that they neither fail the others again nor cost a search at every poll.
 */
export function createIsolation<V>(options: IsolationOptions): Isolation<V> {
  return new SearchedReads(options);
}

/** Those that were read before, then each owner's others. */
function apart(
  keys: readonly string[],
  good: ReadonlySet<string>,
  ownerOf: (key: string) => string | undefined,
): readonly (readonly string[])[] {
  const parts = new Map<string, string[]>();
  for (const key of keys) {
    const part = good.has(key) ? "good" : `of ${ownerOf(key) ?? ""}`;
    parts.set(part, [...(parts.get(part) ?? []), key]);
  }
  const known = parts.get("good");
  parts.delete("good");
  return [...(known ? [known] : []), ...parts.values()];
}

function halves(keys: readonly string[]): readonly (readonly string[])[] {
  const middle = Math.ceil(keys.length / 2);
  return [keys.slice(0, middle), keys.slice(middle)];
}
