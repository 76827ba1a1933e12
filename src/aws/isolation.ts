import type { AccessProblem } from "../core/observed.ts";
import type { Clock } from "../runtime/clock.ts";
import { type AwsCall, classify } from "./errors.ts";

/** What became of the read of one thing. */
export type ReadOutcome<V> =
  | { readonly ok: true; readonly value: V }
  | { readonly ok: false; readonly problem: AccessProblem };

/** One request for all of `keys`; throws what the SDK throws. A key it leaves out is not found. */
export type FetchTogether<V> = (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;

export interface IsolationOptions {
  readonly clock: Clock;
  readonly call: AwsCall;
  /** How long a refused key is left alone, doubling up to `longestMs`. */
  readonly rest?: { readonly firstMs: number; readonly longestMs: number };
  /** Called once per failed request. */
  readonly onFailure?: (problem: AccessProblem) => void;
}

interface Refusal {
  readonly problem: AccessProblem;
  readonly until: number;
  readonly restMs: number;
}

interface Round<V> {
  readonly into: Map<string, ReadOutcome<V>>;
  readonly request: FetchTogether<V>;
}

/** Reads many things in one request although one bad name makes AWS refuse the whole request. */
export interface Isolation<V> {
  /** An outcome for each key; never rejects. */
  read(keys: readonly string[], request: FetchTogether<V>): Promise<ReadonlyMap<string, ReadOutcome<V>>>;
}

/**
 * On a final refusal of a request for several keys (RuleNotFound names none of them) it asks for halves until the
 * bad ones stand alone. Those are remembered: they rest, and are then asked for on their own, so that they
 * neither fail the others again nor cost a search at every poll.
 */
export function createIsolation<V>(options: IsolationOptions): Isolation<V> {
  const { clock, call } = options;
  const rest = options.rest ?? { firstMs: 10_000, longestMs: 60_000 };
  const refused = new Map<string, Refusal>();

  const refuse = (key: string, problem: AccessProblem): void => {
    const before = refused.get(key)?.restMs;
    const restMs = before === undefined ? rest.firstMs : Math.min(before * 2, rest.longestMs);
    refused.set(key, { problem, restMs, until: clock.monotonic() + restMs });
  };

  const fetch = async (keys: readonly string[], round: Round<V>): Promise<void> => {
    if (keys.length === 0) return;
    try {
      const found = await round.request(keys);
      for (const key of keys) {
        const value = found.get(key);
        if (value !== undefined) {
          refused.delete(key);
          round.into.set(key, { ok: true, value });
          continue;
        }
        const message = `${call.operation} in ${call.region}: ${key} is not in the answer`;
        round.into.set(key, { ok: false, problem: { kind: "notFound", message } });
      }
    } catch (error) {
      await fail(keys, error, round);
    }
  };

  const fail = async (keys: readonly string[], error: unknown, round: Round<V>): Promise<void> => {
    const { problem } = classify(error, call);
    options.onFailure?.(problem);
    const final = problem.kind === "notFound" || problem.kind === "invalid";
    if (final && keys.length > 1) {
      const middle = Math.ceil(keys.length / 2);
      await fetch(keys.slice(0, middle), round);
      await fetch(keys.slice(middle), round);
      return;
    }
    for (const key of keys) {
      round.into.set(key, { ok: false, problem });
      if (final) refuse(key, problem);
    }
  };

  return {
    async read(keys, request) {
      const into = new Map<string, ReadOutcome<V>>();
      const round: Round<V> = { into, request };
      const now = clock.monotonic();
      const together: string[] = [];
      const alone: string[] = [];
      for (const key of keys) {
        const refusal = refused.get(key);
        if (refusal === undefined) together.push(key);
        else if (now < refusal.until) into.set(key, { ok: false, problem: refusal.problem });
        else alone.push(key);
      }
      await Promise.all([fetch(together, round), ...alone.map((key) => fetch([key], round))]);
      return into;
    },
  };
}
