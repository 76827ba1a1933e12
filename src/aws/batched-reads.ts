import type { Clock } from "../runtime/clock.ts";
import type { Priority } from "./budget.ts";
import type { ReadOutcome } from "./isolation.ts";

/** An outcome, and when the read that gave it began (wall clock, milliseconds). */
export type TimedOutcome<V> = ReadOutcome<V> & { readonly at: number };

export interface ReadWish {
  /** An answer begun at most this long ago will do. */
  readonly maxAgeMs: number;
  /** A good answer of this age will do as well; a new one is then asked for without waiting for it. */
  readonly staleOkMs?: number;
  readonly priority?: Priority;
}

export interface BatchedReadsOptions<V> {
  readonly clock: Clock;
  /** Wishes that arrive within this time go out together. */
  readonly windowMs?: number;
  /** Keys per request. */
  readonly batchSize: number;
  /**
   * True while requests of this group wait for their budget: one more that is not full would only make the line longer,
   * so it stays open for others to join, for a moment. Absent: never.
   */
  readonly crowded?: (group: string) => boolean;
  /** Keys of different groups never share a request (account, region, kind). */
  readonly groupOf: (key: string) => string;
  /**
   * Reads keys of one group; answers for each and never rejects. `onBegin` is called when the request goes out, after
   * whatever it had to wait for: only from then on an answer ages.
   */
  readonly fetch: (
    keys: readonly string[],
    group: string,
    priority: Priority,
    onBegin: () => void,
  ) => Promise<ReadonlyMap<string, ReadOutcome<V>>>;
}

/** Reads shared by the whole fleet: coalesced, batched, and remembered for as long as the asker allows. */
export interface BatchedReads<V> {
  /** Never rejects. */
  get(key: string, wish: ReadWish): Promise<TimedOutcome<V>>;
  /** Whether a good answer, of an hour at most, is remembered. */
  isKnown(key: string): boolean;
  /** From now on only reads that begin later are given for this key: after a write, or when nobody asks any more. */
  forget(key: string): void;
}

interface Begun<V> {
  /** When the request went out; Infinity while it waits for its budget: then it is younger than anybody may ask for. */
  readonly mono: number;
  readonly priority: Priority;
  readonly promise: Promise<TimedOutcome<V>>;
}

interface Ended<V> {
  readonly mono: number;
  readonly outcome: TimedOutcome<V>;
}

interface Waiting<V> {
  readonly promise: Promise<TimedOutcome<V>>;
  readonly resolve: (outcome: TimedOutcome<V>) => void;
}

interface Batch<V> {
  readonly keys: Map<string, Waiting<V>>;
  priority: Priority;
  /** How often it stayed open for others to join. */
  delays: number;
}

const ranks: Readonly<Record<Priority, number>> = { rollback: 0, raise: 1, capacity: 2, drift: 3 };

/** Answers older than this are dropped, whoever may still ask. */
const keptMs = 3_600_000;

/** A batch stays open so often, for one window more each time, while its group is crowded. */
const mostDelays = 15;

/** A failure is shared among those who ask at about the same time; soon it is tried again, whatever age will do. */
const failureMs = 1_000;

class SharedReads<V> implements BatchedReads<V> {
  readonly #options: BatchedReadsOptions<V>;
  readonly #begun = new Map<string, Begun<V>>();
  readonly #latest = new Map<string, Ended<V>>();
  readonly #good = new Map<string, Ended<V>>();
  readonly #batches = new Map<string, Batch<V>>();

  constructor(options: BatchedReadsOptions<V>) {
    this.#options = options;
  }

  get(key: string, wish: ReadWish): Promise<TimedOutcome<V>> {
    const now = this.#options.clock.monotonic();
    const priority = wish.priority ?? "capacity";
    const done = this.#latest.get(key);
    const lasts = done?.outcome.ok === false ? Math.min(wish.maxAgeMs, failureMs) : wish.maxAgeMs;
    if (done && now - done.mono <= lasts) return Promise.resolve(done.outcome);
    const running = this.#begun.get(key);
    const stale = this.#good.get(key);
    if (stale && now - stale.mono <= (wish.staleOkMs ?? -1)) {
      if (!running) void this.#ask(key, priority);
      return Promise.resolve(stale.outcome);
    }
    if (running && now - running.mono <= wish.maxAgeMs && isAsUrgent(running, priority))
      return running.promise;
    return this.#ask(key, priority);
  }

  isKnown(key: string): boolean {
    return this.#good.has(key);
  }

  forget(key: string): void {
    this.#begun.delete(key);
    this.#latest.delete(key);
    this.#good.delete(key);
  }

  #ask(key: string, priority: Priority): Promise<TimedOutcome<V>> {
    const group = this.#options.groupOf(key);
    let batch = this.#batches.get(group);
    if (!batch) {
      batch = { keys: new Map(), priority, delays: 0 };
      this.#batches.set(group, batch);
      this.#arm(group);
    }
    if (ranks[priority] < ranks[batch.priority]) batch.priority = priority;
    const joined = batch.keys.get(key);
    if (joined) return joined.promise;
    const waiting = Promise.withResolvers<TimedOutcome<V>>();
    batch.keys.set(key, waiting);
    return waiting.promise;
  }

  #arm(group: string): void {
    this.#options.clock.setTimer(() => this.#flush(group), this.#options.windowMs ?? 20);
  }

  /** After a restart a thousand rollouts ask one after the other: what waits for the budget anyway goes together. */
  #isWorthWaiting(group: string, { keys, priority, delays }: Batch<V>): boolean {
    const { batchSize, crowded } = this.#options;
    if (priority === "rollback" || delays >= mostDelays || keys.size >= batchSize) return false;
    return crowded?.(group) ?? false;
  }

  #flush(group: string): void {
    const batch = this.#batches.get(group);
    if (!batch) return;
    if (this.#isWorthWaiting(group, batch)) {
      batch.delays += 1;
      this.#arm(group);
      return;
    }
    this.#batches.delete(group);
    this.#prune();
    const entries = [...batch.keys];
    for (let from = 0; from < entries.length; from += this.#options.batchSize) {
      void this.#send(group, entries.slice(from, from + this.#options.batchSize), batch.priority);
    }
  }

  async #send(group: string, asked: readonly [string, Waiting<V>][], priority: Priority): Promise<void> {
    const { clock, fetch } = this.#options;
    const flushed = { at: clock.now(), mono: clock.monotonic() };
    let sent: typeof flushed | undefined;
    const mine = new Map(
      asked.map(([key, { promise }]): [string, Begun<V>] => [
        key,
        {
          get mono() {
            return sent?.mono ?? Number.POSITIVE_INFINITY;
          },
          priority,
          promise,
        },
      ]),
    );
    for (const [key, begun] of mine) this.#begun.set(key, begun);
    const onBegin = (): void => {
      sent ??= { at: clock.now(), mono: clock.monotonic() };
    };
    const outcomes = await fetch(
      asked.map(([key]) => key),
      group,
      priority,
      onBegin,
    );
    sent ??= flushed;
    const { at } = sent;
    for (const [key, waiting] of asked) {
      const outcome = { ...(outcomes.get(key) ?? unanswered(key)), at };
      this.#end(key, mine.get(key), outcome);
      waiting.resolve(outcome);
    }
  }

  #end(key: string, mine: Begun<V> | undefined, outcome: TimedOutcome<V>): void {
    // Forgotten meanwhile, or overtaken by a later read: whoever waits gets it, nobody else.
    if (mine === undefined || this.#begun.get(key) !== mine) return;
    this.#begun.delete(key);
    const ended = { mono: mine.mono, outcome };
    this.#latest.set(key, ended);
    if (outcome.ok) this.#good.set(key, ended);
  }

  #prune(): void {
    const limit = this.#options.clock.monotonic() - keptMs;
    for (const known of [this.#latest, this.#good]) {
      for (const [key, ended] of known) if (ended.mono < limit) known.delete(key);
    }
  }
}

/** One that waits for its budget behind others holds nobody up who may go before them. */
function isAsUrgent(running: Begun<unknown>, priority: Priority): boolean {
  return Number.isFinite(running.mono) || ranks[running.priority] <= ranks[priority];
}

function unanswered<V>(key: string): ReadOutcome<V> {
  return { ok: false, problem: { kind: "unreachable", message: `no answer for ${key}` } };
}

export function createBatchedReads<V>(options: BatchedReadsOptions<V>): BatchedReads<V> {
  return new SharedReads(options);
}
