import type { Clock } from "./clock.ts";

interface Version<V> {
  readonly at: number;
  readonly value: V | undefined;
}

const SWEEP_EVERY = 512;
/** Of one key; a key written faster than this has a shorter past. */
const MAX_VERSIONS = 1000;

/**
 * A map that remembers its recent past, so that a stale read can be answered with what was true then.
 * Values are never changed in place: a write replaces the value. Versions older than `keepMs` are forgotten.
 */
export class Table<V> {
  readonly #clock: Clock;
  readonly #keepMs: number;
  readonly #versions: Map<string, Version<V>[]>;
  readonly #asOf: number | undefined;
  #writes = 0;

  constructor(clock: Clock, keepMs: number, past?: { versions: Map<string, Version<V>[]>; at: number }) {
    this.#clock = clock;
    this.#keepMs = keepMs;
    this.#versions = past?.versions ?? new Map();
    this.#asOf = past?.at;
  }

  /** A read-only view of the table at `time` (ms since the epoch). */
  asOf(time: number): Table<V> {
    return new Table(this.#clock, this.#keepMs, { versions: this.#versions, at: time });
  }

  get(key: string): V | undefined {
    return this.#pick(this.#versions.get(key));
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  values(): V[] {
    const found: V[] = [];
    for (const versions of this.#versions.values()) {
      const value = this.#pick(versions);
      if (value !== undefined) found.push(value);
    }
    return found;
  }

  set(key: string, value: V): void {
    this.#append(key, value);
  }

  delete(key: string): void {
    if (this.has(key)) this.#append(key, undefined);
  }

  #pick(versions: readonly Version<V>[] | undefined): V | undefined {
    if (this.#asOf === undefined) return versions?.at(-1)?.value;
    const time = this.#asOf;
    return versions?.findLast((version) => version.at <= time)?.value;
  }

  #append(key: string, value: V | undefined): void {
    if (this.#asOf !== undefined) throw new Error("a view of the past cannot be written");
    const now = this.#clock.now();
    const kept = this.#prune(this.#versions.get(key) ?? [], now);
    kept.push({ at: now, value });
    this.#versions.set(key, kept);
    if (++this.#writes % SWEEP_EVERY === 0) this.#sweep(now);
  }

  /** Keeps what a view within `keepMs` can still see: the newest version before that horizon and all after it. */
  #prune(versions: Version<V>[], now: number): Version<V>[] {
    const first = versions.findLastIndex((version) => version.at <= now - this.#keepMs);
    return versions.slice(Math.max(0, first, versions.length - MAX_VERSIONS));
  }

  #sweep(now: number): void {
    for (const [key, versions] of this.#versions) {
      const kept = this.#prune(versions, now);
      const only = kept.length === 1 ? kept[0] : undefined;
      if (only && only.value === undefined && only.at <= now - this.#keepMs) this.#versions.delete(key);
      else this.#versions.set(key, kept);
    }
  }
}
