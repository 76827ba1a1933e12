import type { Totals } from "./snapshot.ts";

/** Digits in groups of three, as `12 480`. */
export function grouped(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, " ");
}

/** What all requests came to, in one sentence. */
export function totalsText({ requests, errors }: Totals): string {
  const failed = errors.filter(({ count }) => count > 0);
  const sum = failed.reduce((total, { count }) => total + count, 0);
  const sent = `${grouped(requests)} request${requests === 1 ? "" : "s"} so far`;
  if (sum === 0) return requests === 0 ? "no requests yet" : `${sent}, none failed`;
  const shares = failed.map(({ version, count }) => `${grouped(count)} from ${version ?? "no pod at all"}`);
  const [only] = failed;
  if (failed.length === 1 && only !== undefined)
    return `${sent}, ${grouped(sum)} failed, all from ${only.version ?? "no pod at all"}`;
  return `${sent}, ${grouped(sum)} failed: ${shares.join(", ")}`;
}
