import type { Clock } from "../runtime/clock.ts";
import { type Priority, ranks } from "./budget.ts";

/** Something that is to be read, until its request goes out. */
export interface Place<T> {
  readonly key: string;
  /** The most urgent of those who wait for it. */
  priority: Priority;
  readonly promise: Promise<T>;
  readonly resolve: (answer: T) => void;
}

export interface ReadLineOptions<T> {
  readonly clock: Clock;
  /** Keys that arrive within this time go out together even when nothing else waits. */
  readonly windowMs: number;
  /** True while others wait for the same turns. Absent: never. */
  readonly crowded?: () => boolean;
  /** Keys per request. */
  readonly batchSize: number;
  /** Resolves when one request may be sent; rejects when the signal aborts first. Absent: at once. */
  readonly turn?: (priority: Priority, signal: AbortSignal) => Promise<void>;
  /** Sends one request. */
  readonly send: (places: readonly Place<T>[]) => void;
}

/** How long a request that is not full stays open while others wait. */
const CROWDED_WINDOW_MS = 1_000;

interface Ticket {
  readonly priority: Priority;
  readonly stop: AbortController;
}

/**
 * The keys of one group that wait for requests of their own. What the line guarantees:
 *
 * - A key stands in it once, however many ask for it and however often: who asks again joins, and keeps the place.
 *   Nobody's patience ends it: whoever gave up finds the answer when it has come, and does not stand in line anew.
 * - Which keys a request is for is decided when its turn has come, not when it began to wait: the more wait, the fuller
 *   the requests are, and the line is never longer than the keys need. While others wait for turns too, a request that
 *   is not full stays open for a second: a fleet that comes one by one would take every turn otherwise.
 * - Keys go by priority, then in the order in which they were first asked for. So of N rollouts that all want something,
 *   each has it after the requests of those before it, and asking again leads to the end of the line.
 */
export class ReadLine<T> {
  readonly #options: ReadLineOptions<T>;
  /** In the order of arrival. */
  readonly #places = new Map<string, Place<T>>();
  /** Requests to come, the newest last. */
  readonly #tickets = new Set<Ticket>();
  #timer: { readonly dueAt: number; readonly cancel: () => void } | undefined;

  constructor(options: ReadLineOptions<T>) {
    this.#options = options;
  }

  /** The answer to a request that has not gone out yet. */
  ask(key: string, priority: Priority): Promise<T> {
    const joined = this.#places.get(key);
    if (joined) {
      if (ranks[priority] < ranks[joined.priority]) {
        joined.priority = priority;
        this.#arm(priority);
      }
      return joined.promise;
    }
    const { promise, resolve } = Promise.withResolvers<T>();
    this.#places.set(key, { key, priority, promise, resolve });
    this.#arm(priority);
    return promise;
  }

  #arm(priority: Priority): void {
    const { clock } = this.#options;
    const ms = this.#windowFor(priority);
    const dueAt = clock.monotonic() + ms;
    if (this.#timer && this.#timer.dueAt <= dueAt) return;
    this.#timer?.cancel();
    const cancel = clock.setTimer(() => {
      this.#timer = undefined;
      this.#order();
    }, ms);
    this.#timer = { dueAt, cancel };
  }

  #windowFor(priority: Priority): number {
    const { batchSize, windowMs, crowded } = this.#options;
    const isFull = this.#places.size >= batchSize;
    return isFull || ranks[priority] <= ranks.begun || crowded?.() !== true ? windowMs : CROWDED_WINDOW_MS;
  }

  /** Takes and returns tickets until there are as many, of each priority, as the keys in line need. */
  #order(): void {
    const { batchSize } = this.#options;
    const [waiting, held] = [countsOf(this.#places.values()), countsOf(this.#tickets)];
    let before = 0;
    for (const priority of priorities) {
      const upTo = before + waiting[priority];
      const needed = Math.ceil(upTo / batchSize) - Math.ceil(before / batchSize);
      before = upTo;
      for (let missing = needed - held[priority]; missing > 0; missing -= 1) void this.#take(priority);
      if (held[priority] > needed) this.#giveBack(priority, held[priority] - needed);
    }
  }

  /** The newest go: the others have waited longer. */
  #giveBack(priority: Priority, count: number): void {
    const mine = [...this.#tickets].filter((ticket) => ticket.priority === priority);
    for (const ticket of mine.slice(-count)) {
      this.#tickets.delete(ticket);
      ticket.stop.abort();
    }
  }

  async #take(priority: Priority): Promise<void> {
    const ticket: Ticket = { priority, stop: new AbortController() };
    this.#tickets.add(ticket);
    try {
      await this.#options.turn?.(priority, ticket.stop.signal);
    } catch {
      // It was given back.
      return;
    }
    if (!this.#tickets.delete(ticket)) return;
    const batch = this.#batchFor(priority);
    for (const { key } of batch) this.#places.delete(key);
    if (batch.length > 0) this.#options.send(batch);
    // One that was only filled up leaves the others less to do.
    if (batch.length > 1) this.#order();
  }

  /** Keys of the ticket's own priority first, so that no ticket is used up by those of another; then as many as fit. */
  #batchFor(priority: Priority): readonly Place<T>[] {
    const { batchSize } = this.#options;
    const all = [...this.#places.values()];
    const own = all.filter((place) => place.priority === priority).slice(0, batchSize);
    if (own.length === batchSize) return own;
    const others = all
      .filter((place) => place.priority !== priority)
      .sort((one, other) => ranks[one.priority] - ranks[other.priority]);
    return [...own, ...others.slice(0, batchSize - own.length)];
  }
}

const priorities = Object.keys(ranks) as readonly Priority[];

function countsOf(all: Iterable<{ readonly priority: Priority }>): Record<Priority, number> {
  const counts = { rollback: 0, begun: 0, raise: 0, capacity: 0, drift: 0, search: 0 };
  for (const { priority } of all) counts[priority] += 1;
  return counts;
}
