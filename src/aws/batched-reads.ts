import type { Clock } from "../runtime/clock.ts";
import type { Priority } from "./budget.ts";
import type { ReadOutcome } from "./isolation.ts";
import { type Place, ReadLine } from "./read-line.ts";

/** An outcome, and when the read that gave it began (wall clock, milliseconds). */
export type TimedOutcome<V> = ReadOutcome<V> & { readonly at: number };

export interface ReadWish {
  /** An answer begun at most this long ago will do. */
  readonly maxAgeMs: number;
  /** A good answer of this age will do as well; a new one is then asked for without waiting for it. */
  readonly staleOkMs?: number;
  readonly priority?: Priority;
  /** Whose key it is (a namespace): bad keys of one owner hold up nobody else's. */
  readonly owner?: string;
}

/** What a fetch may ask, and tell, while it goes on. */
export interface Fetching<V> {
  readonly ownerOf: (key: string) => string | undefined;
  /** An answer that need not wait for the others'. */
  readonly answer: (key: string, outcome: ReadOutcome<V>) => void;
}

export interface BatchedReadsOptions<V> {
  readonly clock: Clock;
  /** Wishes that arrive within this time go out together. */
  readonly windowMs?: number;
  /** Keys per request. */
  readonly batchSize: number;
  /** Keys of different groups never share a request (account, region, kind). */
  readonly groupOf: (key: string) => string;
  /** Resolves when one request for this group may be sent; rejects when the signal aborts first. Absent: at once. */
  readonly turn?: (group: string, priority: Priority, signal: AbortSignal) => Promise<void>;
  /** True while requests wait for the turns of this group. Absent: never. */
  readonly crowded?: (group: string) => boolean;
  /** Reads keys of one group, whose turn has come; answers for each and never rejects. */
  readonly fetch: (
    keys: readonly string[],
    group: string,
    priority: Priority,
    fetching: Fetching<V>,
  ) => Promise<ReadonlyMap<string, ReadOutcome<V>>>;
}

/**
 * Reads shared by the whole fleet: coalesced, batched, and remembered for as long as the asker allows. Work that was done
 * is kept: a read goes on when its asker has given up, and serves the next one (read-line.ts says what the line of those
 * that wait guarantees).
 */
export interface BatchedReads<V> {
  /** Never rejects. With scarce requests it may take minutes: whoever cannot wait asks again later. */
  get(key: string, wish: ReadWish): Promise<TimedOutcome<V>>;
  /** Whether a good answer, of an hour at most, is remembered. */
  isKnown(key: string): boolean;
  /** From now on only reads that begin later are given for this key: after a write, or when nobody asks any more. */
  forget(key: string): void;
}

/** A request that is out. */
interface Begun<V> {
  /** When it went out. */
  readonly mono: number;
  readonly promise: Promise<TimedOutcome<V>>;
}

interface Ended<V> {
  readonly mono: number;
  readonly outcome: TimedOutcome<V>;
}

/** Answers older than this are dropped, whoever may still ask. */
const keptMs = 3_600_000;

/** A failure is shared among those who ask at about the same time; soon it is tried again, whatever age will do. */
const failureMs = 1_000;

class SharedReads<V> implements BatchedReads<V> {
  readonly #options: BatchedReadsOptions<V>;
  readonly #begun = new Map<string, Begun<V>>();
  readonly #latest = new Map<string, Ended<V>>();
  readonly #good = new Map<string, Ended<V>>();
  readonly #owners = new Map<string, string>();
  readonly #lines = new Map<string, ReadLine<TimedOutcome<V>>>();

  constructor(options: BatchedReadsOptions<V>) {
    this.#options = options;
  }

  get(key: string, wish: ReadWish): Promise<TimedOutcome<V>> {
    const now = this.#options.clock.monotonic();
    const priority = wish.priority ?? "capacity";
    if (wish.owner !== undefined) this.#owners.set(key, wish.owner);
    const done = this.#latest.get(key);
    const lasts = done?.outcome.ok === false ? Math.min(wish.maxAgeMs, failureMs) : wish.maxAgeMs;
    if (done && now - done.mono <= lasts) return Promise.resolve(done.outcome);
    const running = this.#begun.get(key);
    const stale = this.#good.get(key);
    if (stale && now - stale.mono <= (wish.staleOkMs ?? -1)) {
      if (!running) void this.#ask(key, priority);
      return Promise.resolve(stale.outcome);
    }
    if (running && now - running.mono <= wish.maxAgeMs) return running.promise;
    return this.#ask(key, priority);
  }

  isKnown(key: string): boolean {
    return this.#good.has(key);
  }

  forget(key: string): void {
    // One that is still in line begins later anyway.
    this.#begun.delete(key);
    this.#latest.delete(key);
    this.#good.delete(key);
    this.#owners.delete(key);
  }

  #ask(key: string, priority: Priority): Promise<TimedOutcome<V>> {
    const group = this.#options.groupOf(key);
    const line = this.#lines.get(group) ?? this.#lineOf(group);
    this.#lines.set(group, line);
    return line.ask(key, priority);
  }

  #lineOf(group: string): ReadLine<TimedOutcome<V>> {
    const { clock, windowMs = 20, batchSize, turn, crowded } = this.#options;
    return new ReadLine({
      clock,
      windowMs,
      batchSize,
      ...(turn === undefined ? {} : { turn: (priority, signal) => turn(group, priority, signal) }),
      ...(crowded === undefined ? {} : { crowded: () => crowded(group) }),
      send: (places) => void this.#send(group, places),
    });
  }

  async #send(group: string, places: readonly Place<TimedOutcome<V>>[]): Promise<void> {
    const { clock, fetch } = this.#options;
    this.#prune();
    const [at, mono] = [clock.now(), clock.monotonic()];
    const mine = new Map(places.map(({ key, promise }): [string, Begun<V>] => [key, { mono, promise }]));
    for (const [key, begun] of mine) this.#begun.set(key, begun);
    const [first] = places;
    const open = new Map(places.map((place) => [place.key, place]));
    const answer = (key: string, read: ReadOutcome<V>): void => {
      const place = open.get(key);
      if (!place) return;
      open.delete(key);
      const outcome = { ...read, at };
      this.#end(key, mine.get(key), outcome);
      place.resolve(outcome);
    };
    const ownerOf = (key: string): string | undefined => this.#owners.get(key);
    const outcomes = await fetch([...mine.keys()], group, first?.priority ?? "capacity", { ownerOf, answer });
    for (const { key } of places) answer(key, outcomes.get(key) ?? unanswered(key));
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

function unanswered<V>(key: string): ReadOutcome<V> {
  return { ok: false, problem: { kind: "unreachable", message: `no answer for ${key}` } };
}

export function createBatchedReads<V>(options: BatchedReadsOptions<V>): BatchedReads<V> {
  return new SharedReads(options);
}
