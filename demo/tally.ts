import type { Counts } from "../test/aws-simulator/data-plane/stats.ts";
import type { ErrorCount, Totals } from "./view/snapshot.ts";

const isError = (status: string): boolean => Number(status) >= 400;

const sum = (counts: Readonly<Record<string, number>>, only: (key: string) => boolean = () => true): number =>
  Object.entries(counts).reduce((total, [key, count]) => total + (only(key) ? count : 0), 0);

/** Requests and errors of one version. */
export interface VersionCount {
  readonly requests: number;
  readonly errors: number;
}

/** What one version answered. */
export function ofVersion(counts: Counts, version: string): VersionCount {
  const byStatus = counts.byVersionAndStatus[version] ?? {};
  return { requests: counts.byVersion[version] ?? 0, errors: sum(byStatus, isError) };
}

/** All requests, and the errors by who gave them: a version, or nobody that told its name. */
export function totalsOf(counts: Counts): Totals {
  const errors: ErrorCount[] = Object.keys(counts.byVersion)
    .sort()
    .map((version) => ({ version, count: ofVersion(counts, version).errors }));
  const told = errors.reduce((total, { count }) => total + count, 0);
  const all = counts.errors + sum(counts.byStatus, isError);
  return {
    requests: counts.total,
    errors: [...errors, { count: all - told }].filter(({ count }) => count > 0),
  };
}

/** What was counted after `before`, up to `after`: both since the beginning. */
export function between(before: Totals, after: Totals): Totals {
  const earlier = (version: string | undefined): number =>
    before.errors.find((error) => error.version === version)?.count ?? 0;
  return {
    requests: after.requests - before.requests,
    errors: after.errors
      .map((error) => ({ ...error, count: error.count - earlier(error.version) }))
      .filter(({ count }) => count > 0),
  };
}

/** Errors that a version did not give: what a release must never cost. */
export function errorsBeside({ errors }: Totals, version: string): number {
  return errors.reduce((total, error) => total + (error.version === version ? 0 : error.count), 0);
}
