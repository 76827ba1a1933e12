import type { RunResult } from "./run.ts";

/** What many runs came to. */
export interface Report {
  seeds: number;
  virtualMs: number;
  events: number;
  readonly effects: Map<string, number>;
  readonly faults: Map<string, number>;
  /** States with their reasons, and in how many runs they were met. */
  readonly states: Map<string, number>;
  readonly failures: Pick<RunResult, "seed" | "violations" | "story">[];
}

export function emptyReport(): Report {
  return {
    seeds: 0,
    virtualMs: 0,
    events: 0,
    effects: new Map(),
    faults: new Map(),
    states: new Map(),
    failures: [],
  };
}

export function reportOf(result: RunResult): Report {
  const { seed, violations, story } = result;
  return {
    seeds: 1,
    virtualMs: result.virtualMs,
    events: result.events,
    effects: new Map(result.effects),
    faults: new Map(result.faults),
    states: new Map([...result.states].map((state) => [state, 1])),
    failures: violations.length > 0 ? [{ seed, violations, story }] : [],
  };
}

export function add(total: Report, part: Report): void {
  total.seeds += part.seeds;
  total.virtualMs += part.virtualMs;
  total.events += part.events;
  for (const key of ["effects", "faults", "states"] as const) {
    for (const [name, count] of part[key]) total[key].set(name, (total[key].get(name) ?? 0) + count);
  }
  total.failures.push(...part.failures);
}

/** For people, a table a paragraph. */
export function reportText(report: Report, seconds: number): string {
  const hours = (report.virtualMs / 3_600_000).toFixed(1);
  const table = (title: string, counts: ReadonlyMap<string, number>): string => {
    const rows = [...counts].sort(([, one], [, other]) => other - one);
    const sum = rows.reduce((all, [, count]) => all + count, 0);
    return `${title} (${sum}):\n${rows.map(([name, count]) => `  ${String(count).padStart(9)}  ${name}`).join("\n")}`;
  };
  const failed = report.failures.map(({ seed, violations }) => `  seed ${seed}: ${violations[0]}`);
  return [
    `${report.seeds} seeds, ${hours} hours of virtual time, ${report.events} events in ${Math.round(seconds)} s`,
    table("effects outside", report.effects),
    table("faults", report.faults),
    table("states, by runs that met them", report.states),
    `violations: ${report.failures.length}`,
    ...failed,
  ].join("\n");
}
