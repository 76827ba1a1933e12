import type { Aggregate } from "./metric-store.ts";

const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/;
const PLAIN = new Set(["Average", "Maximum", "Minimum", "SampleCount", "Sum"]);

/** Whether `name` is a statistic known here: the five plain ones and percentiles such as `p99` or `p99.9`. */
export const isStatistic = (name: string): boolean => PLAIN.has(name) || PERCENTILE.test(name);

const percentile = (samples: Aggregate["samples"], rank: number): number => {
  const sorted = samples.toSorted(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  const target = Math.max(1, Math.ceil((rank / 100) * total));
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (seen >= target) return value;
  }
  return sorted.at(-1)?.[0] ?? 0;
};

/** One statistic of a stretch of time. Throws RangeError for a name that `isStatistic` refuses. */
export const statisticOf = (aggregate: Aggregate, name: string): number => {
  switch (name) {
    case "Sum":
      return aggregate.sum;
    case "Average":
      return aggregate.sum / aggregate.count;
    case "Minimum":
      return aggregate.min;
    case "Maximum":
      return aggregate.max;
    case "SampleCount":
      return aggregate.count;
    default: {
      const rank = PERCENTILE.exec(name)?.[1];
      if (rank === undefined) throw new RangeError(`unknown statistic '${name}'`);
      return percentile(aggregate.samples, Number(rank));
    }
  }
};
