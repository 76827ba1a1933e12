/** A sample in the words of the page. All in the unit of the sample. */
export type Summary = {
  readonly count: number;
  readonly min: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};

/**
 * The smallest value that at least `percent` of the sample do not exceed (nearest rank: always a value that was
 * measured, never one in between).
 * @throws RangeError for an empty sample
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const found = sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1];
  if (found === undefined) throw new RangeError("an empty sample has no percentiles");
  return found;
}

/** @throws RangeError for an empty sample */
export function summaryOf(values: readonly number[]): Summary {
  return {
    count: values.length,
    min: percentile(values, 0),
    p50: percentile(values, 50),
    p99: percentile(values, 99),
    max: percentile(values, 100),
  };
}

/** At most one decimal below 100, none above: nobody measures milliseconds of seconds here. */
export function rounded(value: number): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return String(Number(value.toFixed(digits)));
}

/** `0.9 / 4.4 / 11.3 s`: least, median, most, of a sample in milliseconds. */
export function spread(milliseconds: readonly number[]): string {
  const { min, p50, max } = summaryOf(milliseconds);
  return `${[min, p50, max].map((ms) => rounded(ms / 1000)).join(" / ")} s`;
}
