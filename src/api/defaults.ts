/**
 * From what the user wrote to what it means. The API server fills in constant defaults too; this fills in all of
 * them, so that objects stored by an older CRD mean the same.
 */
import { parseArn } from "./arn.ts";
import { parseDuration } from "./duration.ts";
import { presets } from "./presets.ts";
import type {
  ResolvedAlarm,
  ResolvedSpec,
  ResolvedStep,
  ResolvedStrategy,
  ResolvedTraffic,
  ResolvedWorkload,
} from "./resolved.ts";
import type { AlbTraffic, ModelRolloutSpec, Step, Strategy } from "./types.ts";

const defaults = {
  hold: "5m",
  stepTimeout: "1h",
  retain: "10m",
  drain: "60s",
  canaryReplicas: "Proportional",
  minAvailable: "50%",
  onAlarm: "Rollback",
  onInsufficientData: "Hold",
} as const;

/** A spec that breaks a rule of the CRD, stored before that rule existed. */
export class InvalidSpecError extends Error {
  override readonly name = "InvalidSpecError";
}

/**
 * The meaning of a spec. `operatorRegion` is the operator's own AWS region, when it has one. Throws InvalidSpecError
 * or DurationError for a spec that the API server would refuse today.
 */
export function resolveSpec(spec: ModelRolloutSpec, operatorRegion?: string): ResolvedSpec {
  const traffic = resolveTraffic(spec, operatorRegion);
  const strategy = resolveStrategy(spec.strategy);
  const alarmRegion = (traffic.kind === "rollingUpdate" ? undefined : traffic.region) ?? operatorRegion;
  const rollbackAfter = spec.analysis?.unreadable?.rollbackAfter;
  return {
    workload: resolveWorkload(spec),
    traffic,
    ...(spec.model === undefined ? {} : { model: spec.model }),
    strategy,
    alarms: resolveAlarms(spec, alarmRegion),
    unreadableRollbackAfterMs:
      rollbackAfter === undefined ? strategy.stepTimeoutMs : parseDuration(rollbackAfter),
    paused: spec.paused ?? false,
  };
}

/** All steps, the implied last one included. */
export function resolveSteps(strategy: Strategy): readonly ResolvedStep[] {
  const written: readonly Step[] | undefined =
    strategy.preset === undefined ? strategy.steps : presets[strategy.preset];
  const steps = (written ?? []).map((step) => ({
    weight: step.weight,
    holdMs: parseDuration(step.hold ?? defaults.hold),
    approval: step.approval ?? false,
    implied: false,
  }));
  const last = steps.at(-1);
  if (last === undefined) {
    throw new InvalidSpecError("spec.strategy needs steps or a preset");
  }
  return last.weight === 100
    ? steps
    : [...steps, { weight: 100, holdMs: last.holdMs, approval: false, implied: true }];
}

function resolveStrategy(strategy: Strategy): ResolvedStrategy {
  return {
    steps: resolveSteps(strategy),
    stepTimeoutMs: parseDuration(strategy.stepTimeout ?? defaults.stepTimeout),
    retainMs: parseDuration(strategy.retain ?? defaults.retain),
    drainMs: parseDuration(strategy.drain ?? defaults.drain),
    canaryReplicas: strategy.canaryReplicas ?? defaults.canaryReplicas,
    minAvailablePercent: Number.parseInt(strategy.rollback?.minAvailable ?? defaults.minAvailable, 10),
  };
}

function resolveWorkload(spec: ModelRolloutSpec): ResolvedWorkload {
  if (spec.workloadRef !== undefined) {
    return { kind: "adopted", name: spec.workloadRef.name };
  }
  if (spec.template === undefined) {
    if (spec.destination === undefined) {
      throw new InvalidSpecError("spec needs template, workloadRef or destination");
    }
    return { kind: "outside", destination: spec.destination };
  }
  if (spec.selector === undefined || spec.replicas === undefined) {
    throw new InvalidSpecError("spec.template needs spec.selector and spec.replicas");
  }
  return {
    kind: spec.traffic.rollingUpdate === undefined ? "slots" : "owned",
    replicas: spec.replicas,
    matchLabels: spec.selector.matchLabels,
    template: spec.template,
  };
}

function resolveTraffic(spec: ModelRolloutSpec, operatorRegion?: string): ResolvedTraffic {
  const { alb, appMesh, rollingUpdate } = spec.traffic;
  if (alb !== undefined) {
    return resolveAlb(alb, spec.template !== undefined);
  }
  if (appMesh !== undefined) {
    const region = appMesh.region ?? operatorRegion;
    return { kind: "appMesh", ...appMesh, ...(region === undefined ? {} : { region }) };
  }
  if (rollingUpdate !== undefined) {
    return { kind: "rollingUpdate", ...rollingUpdate };
  }
  throw new InvalidSpecError("spec.traffic needs one of rollingUpdate, alb and appMesh");
}

function resolveAlb(alb: AlbTraffic, hasPods: boolean): ResolvedTraffic {
  const region = alb.region ?? parseArn(alb.targetGroups.a)?.region;
  if (region === undefined) {
    throw new InvalidSpecError("spec.traffic.alb.targetGroups.a must be the ARN of a target group");
  }
  return {
    kind: "alb",
    region,
    rules: alb.rules.map((rule) => rule.arn),
    targetGroups: alb.targetGroups,
    bindTargets: hasPods && (alb.bindTargets ?? true),
    ...(alb.service === undefined
      ? {}
      : { service: { port: alb.service.port, targetPort: alb.service.targetPort ?? alb.service.port } }),
    ...(alb.binding === undefined ? {} : { binding: alb.binding }),
  };
}

function resolveAlarms(spec: ModelRolloutSpec, defaultRegion?: string): readonly ResolvedAlarm[] {
  return (spec.analysis?.alarms ?? []).map((alarm) => {
    const region = alarm.region ?? defaultRegion;
    return {
      name: alarm.name,
      ...(region === undefined ? {} : { region }),
      onAlarm: alarm.onAlarm ?? defaults.onAlarm,
      onInsufficientData: alarm.onInsufficientData ?? defaults.onInsufficientData,
      ...(alarm.destination === undefined ? {} : { destination: alarm.destination }),
    };
  });
}
