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

/** Counts per second for the newest `keepSeconds` seconds, and over all time. */
export class RollingCounts {
  readonly #keepSeconds: number;
  readonly #now: () => number;
  readonly #seconds = new Map<number, Bucket>();
  readonly #ever: Bucket = new Map();

  constructor(now: () => number, keepSeconds = 600) {
    this.#now = now;
    this.#keepSeconds = keepSeconds;
  }

  /** `status` undefined: no answer. `version` is "" where nobody told one. */
  add(status: number | undefined, version = ""): void {
    const second = Math.floor(this.#now() / 1000);
    const bucket: Bucket = this.#seconds.get(second) ?? new Map();
    this.#seconds.set(second, bucket);
    const key = `${version}${SEPARATOR}${status ?? ""}`;
    for (const each of [bucket, this.#ever]) each.set(key, (each.get(key) ?? 0) + 1);
    for (const old of this.#seconds.keys()) {
      if (old >= second - this.#keepSeconds) break;
      this.#seconds.delete(old);
    }
  }

  /** The newest `windowMs`, to the second; everything ever when it is left out. */
  counts(windowMs?: number): Counts {
    if (windowMs === undefined) return summed([this.#ever]);
    const from = Math.floor((this.#now() - windowMs) / 1000);
    return summed([...this.#seconds].filter(([second]) => second > from).map(([, bucket]) => bucket));
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
