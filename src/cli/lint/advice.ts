import { resolveSpec } from "../../api/defaults.ts";
import { formatDuration } from "../../api/duration.ts";
import type { ResolvedSpec } from "../../api/resolved.ts";
import type { ModelRolloutSpec } from "../../api/types.ts";
import { podsFor } from "../../core/weights.ts";
import type { Path } from "../schema/structural-schema.ts";
import { templateAdvice } from "./template-advice.ts";

/** Something that is allowed and probably not meant. */
export interface Advice {
  readonly path: Path;
  readonly message: string;
}

export interface AdviceOptions {
  /** Period x EvaluationPeriods of the slowest alarm, in milliseconds, when somebody says it. */
  readonly alarmWindowMs?: number;
}

type Adviser = (spec: ResolvedSpec, given: ModelRolloutSpec, options: AdviceOptions) => readonly Advice[];

/** What CloudWatch may take beyond an alarm's own window (design, "Defaults"). */
const ALARM_DELAY_MS = 120_000;
/** The shortest window that an alarm on a metric of standard resolution can have: one period of a minute. */
const SHORTEST_WINDOW_MS = 60_000;

const strategy: Path = ["spec", "strategy"];
const alarms: Path = ["spec", "analysis", "alarms"];

const nothingJudges: Adviser = (spec) => {
  if (spec.alarms.length === 0) {
    const message = "names no alarm: holds pass by time alone, and nothing takes a bad version back";
    return [{ path: ["spec", "analysis"], message }];
  }
  return spec.alarms.every(({ onAlarm }) => onAlarm === "Record")
    ? [{ path: alarms, message: "all of them only record: nothing takes a bad version back" }]
    : [];
};

const oneSideUnjudged: Adviser = (spec) => {
  const judging = spec.alarms.filter(({ onAlarm }) => onAlarm !== "Record");
  const named = new Set(judging.map(({ destination }) => destination));
  const slotted = spec.workload.kind === "slots";
  if (!slotted || judging.length === 0 || named.has(undefined) || named.size === 2) return [];
  const [only] = named;
  const message = `judge only while ${only} is the canary: the slots are used in turn, so every other release has no alarm`;
  return [{ path: alarms, message }];
};

const shortHolds: Adviser = (spec, given, { alarmWindowMs }) => {
  const judged = spec.alarms.some(({ onAlarm }) => onAlarm !== "Record");
  const needs = (alarmWindowMs ?? SHORTEST_WINDOW_MS) + ALARM_DELAY_MS;
  const index = spec.strategy.steps.findIndex(({ holdMs }) => holdMs < needs);
  const step = spec.strategy.steps[index];
  if (!judged || step === undefined) return [];
  const written =
    given.strategy.steps?.[index]?.hold === undefined ? strategy : [...strategy, "steps", index, "hold"];
  const window =
    alarmWindowMs === undefined
      ? "an alarm with one period of a minute needs up to 3m to speak (--alarm-window says what yours need)"
      : `your slowest alarm needs up to ${formatDuration(needs)} to speak`;
  const message = `step ${index + 1} is held for ${formatDuration(step.holdMs)}, but ${window}`;
  return [{ path: given.strategy.preset === undefined ? written : [...strategy, "preset"], message }];
};

const allAtOnce: Adviser = (spec, given) => {
  if (spec.strategy.steps[0]?.weight !== 100) return [];
  const path = given.strategy.preset === undefined ? [...strategy, "steps"] : [...strategy, "preset"];
  return [
    { path, message: "the new version gets all the traffic in its first step: nobody tries it with less" },
  ];
};

const retention: Adviser = (spec) => {
  const { retainMs, drainMs } = spec.strategy;
  const judged = spec.alarms.some(({ onAlarm }) => onAlarm !== "Record");
  if (retainMs === 0 && judged) {
    const message = "0s: once promoted, no alarm can take the version back any more";
    return [{ path: [...strategy, "retain"], message }];
  }
  if (retainMs >= drainMs) return [];
  const message = `${formatDuration(retainMs)} is shorter than drain: the version before is kept for ${formatDuration(drainMs)} all the same`;
  return [{ path: [...strategy, "retain"], message }];
};

const shortTimeout: Adviser = ({ strategy: { stepTimeoutMs } }) =>
  stepTimeoutMs >= 120_000
    ? []
    : [
        {
          path: [...strategy, "stepTimeout"],
          message: `${formatDuration(stepTimeoutMs)}: a release whose pods take longer than that to load is taken back`,
        },
      ];

/** With rollingUpdate a share of traffic is a share of pods: small Deployments have few of those. */
const coarseShares: Adviser = ({ workload, traffic, strategy: { steps } }) => {
  if (traffic.kind !== "rollingUpdate" || workload.kind !== "owned" || workload.replicas === 0) return [];
  const { replicas } = workload;
  const truth = (weight: number) => Math.round((podsFor(weight, replicas, "Proportional") / replicas) * 100);
  const index = steps.findIndex(({ weight }) => weight > 0 && truth(weight) >= weight + 10);
  const step = steps[index];
  if (step === undefined) return [];
  const message = `${step.weight} % of ${replicas} pod(s) is ${truth(step.weight)} % of the traffic: pods are whole`;
  return [{ path: [...strategy, "steps", index, "weight"], message }];
};

const endedService: Adviser = ({ traffic }) =>
  traffic.kind === "appMesh"
    ? [
        {
          path: ["spec", "traffic", "appMesh"],
          message: "AWS ended App Mesh on 2026-09-30: plan the move to alb",
        },
      ]
    : [];

const advisers: readonly Adviser[] = [
  nothingJudges,
  oneSideUnjudged,
  allAtOnce,
  shortHolds,
  retention,
  shortTimeout,
  coarseShares,
  endedService,
  templateAdvice,
];

/** Advice for a spec that breaks no rule. Throws what resolveSpec throws. */
export function adviceFor(spec: ModelRolloutSpec, options: AdviceOptions = {}): readonly Advice[] {
  const resolved = resolveSpec(spec);
  return advisers.flatMap((adviser) => adviser(resolved, spec, options));
}
