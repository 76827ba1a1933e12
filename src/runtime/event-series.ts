import type { Clock } from "./clock.ts";

/** Where an event was stored. */
export interface StoredEvent {
  readonly namespace: string;
  readonly name: string;
}

/** A stored event that has happened again since its count was last written. */
export interface GrownSeries {
  readonly event: StoredEvent;
  /** How often it has happened in all. */
  readonly count: number;
  readonly lastWallMs: number;
}

interface Entry {
  count: number;
  written: number;
  lastWallMs: number;
  /** Monotonic, of the last occurrence. */
  lastAt: number;
  event?: StoredEvent;
}

/** Without an occurrence for so long a series is over, and the next one is a new event. */
const seriesEndsMs = 600_000;

/** Remembers which events have happened lately, so that equal ones are counted instead of stored again. */
export class EventSeries {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts an occurrence. True when an equal event is already stored or on its way. */
  note(key: string): boolean {
    this.#forgetEnded();
    const lastAt = this.#clock.monotonic();
    const lastWallMs = this.#clock.now();
    const known = this.#entries.get(key);
    // Put at the end: entries stay in the order of their last occurrence.
    this.#entries.delete(key);
    const entry = known ?? { count: 0, written: 1, lastAt, lastWallMs };
    this.#entries.set(key, Object.assign(entry, { count: entry.count + 1, lastAt, lastWallMs }));
    return known !== undefined;
  }

  /** The event has been stored under this name. */
  created(key: string, event: StoredEvent): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.event = event;
  }

  /** It could not be stored: the next occurrence is a new event. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  /** Stored series whose count has grown; they count as written from now on. */
  takeGrown(): GrownSeries[] {
    const grown: GrownSeries[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.event === undefined || entry.count <= entry.written) continue;
      entry.written = entry.count;
      grown.push({ event: entry.event, count: entry.count, lastWallMs: entry.lastWallMs });
    }
    return grown;
  }

  #forgetEnded(): void {
    const limit = this.#clock.monotonic() - seriesEndsMs;
    for (const [key, entry] of this.#entries) {
      if (entry.lastAt > limit) return;
      this.#entries.delete(key);
    }
  }
}
