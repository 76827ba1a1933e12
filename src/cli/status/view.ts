import { resolveSteps } from "../../api/defaults.ts";
import type { ModelRollout, ModelRolloutStatus, RoleStatus, State } from "../../api/types.ts";
import { acknowledgedShare } from "../../core/context.ts";
import { act, type Verb, verbs } from "../act/act.ts";
import { type Health, healthMessage, healthOf } from "./health.ts";

/** One version and its part of the traffic. */
export interface VersionView {
  readonly role: "stable" | "canary" | "retained";
  /** What people call it: the model's version, else the revision. */
  readonly name: string;
  readonly revision: string;
  readonly slot?: string;
  /** Percent of the traffic, as last read. */
  readonly share: number;
  readonly pods?: { readonly ready: number; readonly wanted: number };
  /** A retained version is kept until then. */
  readonly until?: string;
}

export interface StepView {
  /** From 1. */
  readonly number: number;
  readonly weight: number;
  readonly holdMs: number;
  readonly approval: boolean;
  readonly standing: "done" | "present" | "ahead";
  readonly holdUntil?: string;
}

export interface AlarmView {
  readonly name: string;
  readonly region?: string;
  readonly state?: string;
  readonly since?: string;
  readonly verdict: string;
  readonly message?: string;
}

export interface TargetView {
  readonly kind: string;
  readonly id: string;
  readonly desired: number;
  readonly observed?: number;
  readonly message?: string;
}

/** All that `status` shows; with `-o json` it is printed as it is. Instants are RFC 3339. */
export interface StatusView {
  readonly name: string;
  readonly namespace: string;
  readonly health: Health;
  readonly state?: State;
  readonly reason?: string;
  readonly message: string;
  readonly release?: string;
  readonly startedAt?: string;
  readonly model?: string;
  readonly versions: readonly VersionView[];
  readonly steps: readonly StepView[];
  readonly alarms: readonly AlarmView[];
  readonly targets: readonly TargetView[];
  readonly awaiting?: string;
  readonly failedRelease?: string;
  /** Commands that would change something now. */
  readonly can: readonly Verb[];
  readonly paused: boolean;
  readonly generation: number;
  readonly observedGeneration?: number;
}

export function statusView(rollout: ModelRollout): StatusView {
  const { metadata, spec, status = {} } = rollout;
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    health: healthOf(rollout),
    ...present("state", status.state),
    ...present("reason", ready?.reason),
    message: healthMessage(rollout),
    ...present("release", status.release),
    ...present("startedAt", status.releaseStartedAt),
    ...present("model", status.modelVersion),
    versions: versionsOf(status),
    steps: stepsOf(rollout),
    alarms: (status.alarms ?? []).map(({ name, region, state, since, verdict, message }) => ({
      name,
      ...present("region", region),
      ...present("state", state),
      ...present("since", since),
      verdict,
      ...present("message", message),
    })),
    targets: (status.targets ?? []).map(({ kind, id, desired, observed, message }) => ({
      kind,
      id,
      desired,
      ...present("observed", observed),
      ...present("message", message),
    })),
    ...present("awaiting", status.awaiting),
    ...present("failedRelease", status.failedRelease),
    can: verbs.filter((verb) => act(verb, rollout).kind === "patch"),
    paused: spec.paused ?? false,
    generation: metadata.generation,
    ...present("observedGeneration", status.observedGeneration),
  };
}

function versionsOf(status: ModelRolloutStatus): readonly VersionView[] {
  const { stable, canary, retained, weight } = status;
  // While nothing is released, what `weight` counts is drift: the share that is not on stable.
  const away = weight?.observed ?? (canary ? acknowledgedShare(status) : 0);
  const views: VersionView[] = [];
  if (stable) views.push({ ...roleView("stable", stable), share: 100 - away });
  if (canary) views.push({ ...roleView("canary", canary), share: away });
  if (retained) {
    const { revision, modelVersion, slot, until } = retained;
    views.push({
      role: "retained",
      name: modelVersion ?? revision,
      revision,
      ...present("slot", slot),
      share: away,
      until,
    });
  }
  return views;
}

function roleView(role: "stable" | "canary", from: RoleStatus): Omit<VersionView, "share"> {
  const { revision, modelVersion, slot, replicas, readyReplicas, unmanaged } = from;
  return {
    role,
    name: modelVersion ?? (unmanaged === true ? "not made by ModelRollout" : revision),
    revision,
    ...present("slot", slot),
    ...(unmanaged === true ? {} : { pods: { ready: readyReplicas, wanted: replicas } }),
  };
}

/** The steps of a release that is under way, as the spec has them now. */
function stepsOf({ spec, status = {} }: ModelRollout): readonly StepView[] {
  const { step } = status;
  if (step === undefined || status.rollback !== undefined) return [];
  return safeSteps(spec.strategy).map(({ weight, holdMs, approval }, index) => {
    const standing = index < step.index ? "done" : index === step.index ? "present" : "ahead";
    const until = standing === "present" ? step.holdUntil : undefined;
    return { number: index + 1, weight, holdMs, approval, standing, ...present("holdUntil", until) };
  });
}

/** A spec that an older definition accepted may be unreadable today; then there are no steps to show. */
function safeSteps(strategy: ModelRollout["spec"]["strategy"]): ReturnType<typeof resolveSteps> {
  try {
    return resolveSteps(strategy);
  } catch {
    return [];
  }
}

function present<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: T });
}
