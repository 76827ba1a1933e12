/** What names a metric. Dimensions are unordered. */
export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** One second of one metric. */
interface Bucket {
  sum: number;
  count: number;
  min: number;
  max: number;
  /** Values for percentiles, each with its count; thinned out beyond a limit. */
  samples: [value: number, count: number][];
}

/** The values of a stretch of time, put together. */
export interface Aggregate {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly samples: readonly (readonly [value: number, count: number])[];
}

const MAX_SAMPLES = 256;

const keyOf = (metric: MetricName): string =>
  JSON.stringify([
    metric.namespace,
    metric.name,
    ...Object.entries(metric.dimensions).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);

const thin = (samples: Bucket["samples"]): Bucket["samples"] => {
  const sorted = samples.sort(([a], [b]) => a - b);
  const kept: Bucket["samples"] = [];
  for (let index = 0; index < sorted.length; index += 2) {
    const [value, count] = sorted[index] ?? [0, 0];
    kept.push([value, count + (sorted[index + 1]?.[1] ?? 0)]);
  }
  return kept;
};

/** Metric data in buckets of one second, kept for `retentionMs`. */
export class MetricStore {
  readonly #retentionMs: number;
  readonly #series = new Map<string, Map<number, Bucket>>();
  #puts = 0;

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs;
  }

  /** Adds `count` times `value` at the time `at` (ms). */
  put(metric: MetricName, at: number, value: number, count = 1): void {
    this.#bucket(metric, at, (bucket) => {
      bucket.sum += value * count;
      bucket.count += count;
      bucket.min = Math.min(bucket.min, value);
      bucket.max = Math.max(bucket.max, value);
      bucket.samples.push([value, count]);
    });
  }

  /** Adds a pre-aggregated set; percentiles see its mean only. */
  putStatistics(metric: MetricName, at: number, set: Omit<Aggregate, "samples">): void {
    this.#bucket(metric, at, (bucket) => {
      bucket.sum += set.sum;
      bucket.count += set.count;
      bucket.min = Math.min(bucket.min, set.min);
      bucket.max = Math.max(bucket.max, set.max);
      bucket.samples.push([set.sum / set.count, set.count]);
    });
  }

  /** The values in [from, to), both ms; undefined when there are none. */
  aggregate(metric: MetricName, from: number, to: number): Aggregate | undefined {
    const series = this.#series.get(keyOf(metric));
    if (!series) return undefined;
    const found: Bucket = { sum: 0, count: 0, min: Infinity, max: -Infinity, samples: [] };
    const last = Math.ceil(to / 1000);
    for (let second = Math.floor(from / 1000); second < last; second++) {
      const bucket = series.get(second);
      if (!bucket) continue;
      found.sum += bucket.sum;
      found.count += bucket.count;
      found.min = Math.min(found.min, bucket.min);
      found.max = Math.max(found.max, bucket.max);
      found.samples.push(...bucket.samples);
    }
    return found.count === 0 ? undefined : found;
  }

  #bucket(metric: MetricName, at: number, change: (bucket: Bucket) => void): void {
    const key = keyOf(metric);
    const series = this.#series.get(key) ?? new Map<number, Bucket>();
    this.#series.set(key, series);
    const second = Math.floor(at / 1000);
    const bucket = series.get(second) ?? { sum: 0, count: 0, min: Infinity, max: -Infinity, samples: [] };
    series.set(second, bucket);
    change(bucket);
    if (bucket.samples.length > MAX_SAMPLES) bucket.samples = thin(bucket.samples);
    if (++this.#puts % 1024 === 0) this.#forget(second - this.#retentionMs / 1000);
  }

  #forget(before: number): void {
    for (const [key, series] of this.#series) {
      for (const second of series.keys()) if (second < before) series.delete(second);
      if (series.size === 0) this.#series.delete(key);
    }
  }
}
