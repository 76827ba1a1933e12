import type { CompositeAlarm, DescribeAlarmsOutput, LogAlarm, MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { AccessProblem, AlarmRead } from "../core/observed.ts";

/** What DescribeAlarms says of one alarm, without name, region and time. */
export type AlarmFacts = Pick<AlarmRead, "state" | "evaluationBroken" | "transitionedAt" | "windowMs">;

/** With one of these the StateValue is stale; PARTIAL_DATA is not: the alarm is evaluated, on what there is. */
const broken = new Set<string>(["EVALUATION_ERROR", "EVALUATION_FAILURE"]);

function stateOf(value: string | undefined): AlarmRead["state"] {
  return value === "OK" || value === "ALARM" || value === "INSUFFICIENT_DATA" ? value : undefined;
}

/** Period x EvaluationPeriods in milliseconds; for metric math the longest period in it. */
function windowOf(alarm: MetricAlarm): number | undefined {
  const inside = (alarm.Metrics ?? []).flatMap((query) => [query.Period ?? 0, query.MetricStat?.Period ?? 0]);
  const seconds = Math.max(alarm.Period ?? 0, ...inside) * (alarm.EvaluationPeriods ?? 0);
  return seconds > 0 ? seconds * 1000 : undefined;
}

function factsOf(alarm: MetricAlarm | CompositeAlarm | LogAlarm, evaluation: string | undefined): AlarmFacts {
  const state = stateOf(alarm.StateValue);
  const moved = alarm.StateTransitionedTimestamp;
  return {
    ...(state === undefined ? {} : { state }),
    ...(evaluation !== undefined && broken.has(evaluation) ? { evaluationBroken: evaluation } : {}),
    ...(moved === undefined ? {} : { transitionedAt: moved.toISOString() }),
  };
}

/** The alarms of one page, by name: metric, composite and log alarms come in lists of their own. */
export function factsOfPage(page: DescribeAlarmsOutput): ReadonlyMap<string, AlarmFacts> {
  const found = new Map<string, AlarmFacts>();
  for (const alarm of page.MetricAlarms ?? []) {
    const windowMs = windowOf(alarm);
    const facts = factsOf(alarm, alarm.EvaluationState);
    found.set(alarm.AlarmName ?? "", windowMs === undefined ? facts : { ...facts, windowMs });
  }
  for (const alarm of page.CompositeAlarms ?? []) found.set(alarm.AlarmName ?? "", factsOf(alarm, undefined));
  for (const alarm of page.LogAlarms ?? [])
    found.set(alarm.AlarmName ?? "", factsOf(alarm, alarm.EvaluationState));
  return found;
}

/** What a poll gives for one alarm: its facts, or why there are none. `notFound` means that no such alarm exists. */
export type AlarmAnswer =
  | { readonly ok: true; readonly value: AlarmFacts }
  | { readonly ok: false; readonly problem: AccessProblem };

/**
 * The read that follows from an answer. After a problem the state last read stays visible beside it, so that people
 * see a known ALARM; it is no evidence, for `outcome` says so.
 */
export function alarmRead(
  about: Pick<AlarmRead, "name" | "region" | "at">,
  answer: AlarmAnswer,
  before: AlarmRead | undefined,
): AlarmRead {
  if (answer.ok) {
    if (answer.value.state !== undefined) return { ...about, outcome: "read", ...answer.value };
    const message = `DescribeAlarms in ${about.region}: ${about.name} came without a state`;
    return { ...about, outcome: "problem", problem: { kind: "invalid", message } };
  }
  if (answer.problem.kind === "notFound") return { ...about, outcome: "missing" };
  const kept = before?.outcome === "missing" ? undefined : before;
  return {
    ...about,
    outcome: "problem",
    problem: answer.problem,
    ...(kept?.state === undefined ? {} : { state: kept.state }),
    ...(kept?.evaluationBroken === undefined ? {} : { evaluationBroken: kept.evaluationBroken }),
    ...(kept?.transitionedAt === undefined ? {} : { transitionedAt: kept.transitionedAt }),
    ...(kept?.windowMs === undefined ? {} : { windowMs: kept.windowMs }),
  };
}
