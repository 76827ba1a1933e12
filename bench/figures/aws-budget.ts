/** Polls a minute, at most: every 8.5 s, by chance. */
const alarmPolls = 60 / 8.5;
/** The same of rules and targets: every 9.5 s. */
const rulePolls = 60 / 9.5;
/** The operator's own share of ELB's requests, a minute. */
export const elbShare = 360;

/** Calls a minute that the design allows while `active` releases with one rule, two groups and one alarm are held. */
export function budgetOf(active: number): Readonly<Record<string, number>> {
  const tenth = (value: number): number => Math.ceil(value * 10) / 10;
  return {
    DescribeAlarms: tenth(Math.ceil(active / 100) * alarmPolls),
    DescribeRules: tenth(active * rulePolls),
    DescribeTargetHealth: Math.min(elbShare, tenth(2 * active * rulePolls)),
  };
}

/** What was called more often than a budget allows, in words; one poll more may fall into a minute. */
export function exceeded(
  counts: Readonly<Record<string, number>>,
  budget: Readonly<Record<string, number>>,
): readonly string[] {
  return Object.entries(counts)
    .filter(([operation, count]) => count > (budget[operation] ?? 0) * 1.1 + 1)
    .map(([operation, count]) => `${operation} ${count} instead of ${budget[operation] ?? 0}`);
}
