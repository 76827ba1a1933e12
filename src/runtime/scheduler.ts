import { DelayHeap } from "./delay-heap.ts";
import { FairLane } from "./fair-lane.ts";

/**
 * Which key is next, and when: the first half of the work queue.
 *
 * A key (`namespace/name`) is either waiting for its due time, or ready, or not here at all; it never occurs
 * twice. Scheduling it again keeps the *earlier* of the two times: an event during a one-hour wait makes the
 * key ready now, and a later wish never postpones an earlier one.
 *
 * Ready keys stand in one of two lanes. The urgent lane is always served first (a rollback does not stand in
 * line); a key that is scheduled as urgent stays urgent until it is taken. Within a lane the groups (for us
 * namespaces) take turns, one key each, so ten thousand objects of one team do not delay another team's one.
 *
 * There is no clock and no timer here: `now` (monotonic milliseconds) comes in as a parameter, and the runner
 * sleeps until `earliest`. Nor does the scheduler know what is running: that the same key never runs twice at
 * once is the runner's half (runner.ts).
 */
export class Scheduler {
  readonly #delayed = new DelayHeap();
  readonly #urgent: FairLane;
  readonly #normal: FairLane;
  readonly #urgentKeys = new Set<string>();
  readonly #readySince = new Map<string, number>();

  constructor(groupOf: (key: string) => string) {
    this.#urgent = new FairLane(groupOf);
    this.#normal = new FairLane(groupOf);
  }

  /** Makes the key due at `dueAt`, or leaves it earlier. `urgent` moves it into the urgent lane for good. */
  schedule(key: string, dueAt: number, now: number, urgent = false): void {
    if (urgent) this.#urgentKeys.add(key);
    if (this.#readySince.has(key)) {
      if (urgent && this.#normal.remove(key)) this.#urgent.push(key);
      return;
    }
    if (dueAt <= now) {
      this.#delayed.remove(key);
      this.#makeReady(key, now);
      return;
    }
    const known = this.#delayed.dueAt(key);
    if (known === undefined || dueAt < known) this.#delayed.set(key, dueAt);
  }

  /** Forgets the key: it is neither waiting nor ready any more. */
  remove(key: string): void {
    this.#delayed.remove(key);
    if (this.#readySince.delete(key) && !this.#urgent.remove(key)) this.#normal.remove(key);
    this.#urgentKeys.delete(key);
  }

  /**
   * Takes the next ready key, or none. With `urgentOnly` it looks at the urgent lane alone; keys that are not urgent are
   * taken of groups only that `mayRun` lets through.
   */
  take(
    now: number,
    urgentOnly = false,
    mayRun?: (group: string) => boolean,
  ): { key: string; urgent: boolean; waitedMs: number } | undefined {
    this.#promote(now);
    const key = this.#urgent.shift() ?? (urgentOnly ? undefined : this.#normal.shift(mayRun));
    if (key === undefined) return undefined;
    const waitedMs = now - (this.#readySince.get(key) ?? now);
    this.#readySince.delete(key);
    return { key, urgent: this.#urgentKeys.delete(key), waitedMs };
  }

  /** When the next waiting key becomes ready (monotonic ms); undefined when none waits. */
  get earliest(): number | undefined {
    return this.#delayed.earliest;
  }

  /** Keys that could run now: the `workqueue_depth` of controller-runtime. */
  depth(now: number): number {
    this.#promote(now);
    return this.#readySince.size;
  }

  /** Keys that wait for their time. */
  get waiting(): number {
    return this.#delayed.size;
  }

  #promote(now: number): void {
    for (let key = this.#delayed.popDue(now); key !== undefined; key = this.#delayed.popDue(now)) {
      this.#makeReady(key, now);
    }
  }

  #makeReady(key: string, now: number): void {
    this.#readySince.set(key, now);
    (this.#urgentKeys.has(key) ? this.#urgent : this.#normal).push(key);
  }
}
