import type { Result } from "./results.ts";
import { layers } from "./scope.ts";

/** Columns of the report: how many mutants were judged, what became of them, who found them. */
export const columns = ["judged", "killed", ...layers, "other", "survived", "unreached"] as const;

/** One row of numbers, in the order of {@link columns}. */
export function counts(results: readonly Result[]): readonly number[] {
  const having = (test: (result: Result) => boolean) => results.filter(test).length;
  return [
    results.length,
    having(({ verdict }) => verdict === "killed"),
    ...layers.map((layer) => having((result) => result.layer === layer)),
    having(({ verdict, layer }) => verdict === "killed" && layer === undefined),
    having(({ verdict }) => verdict === "survived"),
    having(({ verdict }) => verdict === "unreached"),
  ];
}

/** Results or mutants by a word of theirs, in the word's order. */
export function grouped<T>(
  ones: readonly T[],
  by: (one: T) => string,
): readonly (readonly [string, readonly T[]])[] {
  return Object.entries(Object.groupBy(ones, by))
    .map(([key, group]) => [key, group ?? []] as const)
    .sort(([one], [two]) => one.localeCompare(two));
}

/** For the terminal. */
export function summary(results: readonly Result[]): string {
  const rows = [
    ...grouped(results, ({ file }) => file).map(([file, group]) => [file, ...counts(group).map(String)]),
    ["all", ...counts(results).map(String)],
  ];
  const head = ["", ...columns];
  const width = (at: number) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0));
  const widths = head.map((_, at) => width(at));
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join("  ");
  return [head, ...rows].map(line).join("\n");
}
