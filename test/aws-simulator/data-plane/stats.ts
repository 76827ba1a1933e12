/** Requests within a window, counted. */
export interface Counts {
  readonly total: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly byVersion: Readonly<Record<string, number>>;
  /** Version, then status. */
  readonly byVersionAndStatus: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Requests that got no answer at all. */
  readonly errors: number;
}

type Bucket = Map<string, number>;

const SEPARATOR = "\u0000";
const GRAIN_MS = 100;

/** Counts per tenth of a second for the newest `keepMs`, and over all time. */
export class RollingCounts {
  readonly #keepMs: number;
  readonly #now: () => number;
  readonly #buckets = new Map<number, Bucket>();
  readonly #ever: Bucket = new Map();

  constructor(now: () => number, keepMs = 600_000) {
    this.#now = now;
    this.#keepMs = keepMs;
  }

  /** `status` undefined: no answer. `version` is "" where nobody told one. */
  add(status: number | undefined, version = ""): void {
    const slot = Math.floor(this.#now() / GRAIN_MS);
    const bucket: Bucket = this.#buckets.get(slot) ?? new Map();
    this.#buckets.set(slot, bucket);
    const key = `${version}${SEPARATOR}${status ?? ""}`;
    for (const each of [bucket, this.#ever]) each.set(key, (each.get(key) ?? 0) + 1);
    for (const old of this.#buckets.keys()) {
      if (old >= slot - this.#keepMs / GRAIN_MS) break;
      this.#buckets.delete(old);
    }
  }

  /** The newest `windowMs`, to a tenth of a second; everything ever when it is left out. */
  counts(windowMs?: number): Counts {
    if (windowMs === undefined) return summed([this.#ever]);
    const from = Math.floor((this.#now() - windowMs) / GRAIN_MS);
    return summed([...this.#buckets].filter(([slot]) => slot > from).map(([, bucket]) => bucket));
  }
}

const bump = (counts: Record<string, number>, key: string, by: number): void => {
  counts[key] = (counts[key] ?? 0) + by;
};

const summed = (buckets: readonly Bucket[]): Counts => {
  const byStatus: Record<string, number> = {};
  const byVersion: Record<string, number> = {};
  const both: Record<string, Record<string, number>> = {};
  let total = 0;
  let errors = 0;
  for (const [key, count] of buckets.flatMap((bucket) => [...bucket])) {
    const [version = "", status = ""] = key.split(SEPARATOR);
    total += count;
    if (status === "") errors += count;
    else bump(byStatus, status, count);
    if (version === "") continue;
    bump(byVersion, version, count);
    if (status !== "") bump((both[version] ??= {}), status, count);
  }
  return { total, byStatus, byVersion, byVersionAndStatus: both, errors };
};
