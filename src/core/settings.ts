import { resolveSpec } from "../api/defaults.ts";
import type { ModelRolloutSpec } from "../api/types.ts";
import type { JudgedAlarm } from "./verdict.ts";

export interface PlannedStep {
  readonly weight: number;
  readonly holdMs: number;
  readonly approval: boolean;
}

/** The spec with every default filled in and every duration in milliseconds. */
export interface Settings {
  readonly replicas: number;
  /** Slots of ours run the pods; false: the destinations live outside. */
  readonly hasWorkload: boolean;
  readonly paused: boolean;
  /** Stored before a rule existed that it breaks: nothing goes forward. */
  readonly invalid?: string;
  /** At least one; the last has weight 100. */
  readonly steps: readonly PlannedStep[];
  readonly stepTimeoutMs: number;
  readonly retainMs: number;
  readonly drainMs: number;
  readonly canaryReplicas: "Proportional" | "Full";
  /** Rolled in place: Ready pods never fall below this share on the way back, in percent. */
  readonly minAvailablePercent: number;
  /** Rolled in place: over the Deployment's own. */
  readonly rollingUpdate?: { readonly maxSurge?: number | string; readonly maxUnavailable?: number | string };
  readonly alarms: readonly JudgedAlarm[];
  readonly blindRollbackMs: number;
  /** The user's selector as text, for the scale subresource. */
  readonly matchLabels: Readonly<Record<string, string>>;
}

/** Never throws: of a spec that the API server would refuse today, `invalid` says what is wrong with it. */
export function settingsOf(spec: ModelRolloutSpec, defaultRegion: string): Settings {
  try {
    return resolved(spec, defaultRegion);
  } catch (error) {
    const invalid = error instanceof Error ? error.message : String(error);
    return { ...readable(spec, defaultRegion), paused: true, invalid };
  }
}

/** Stands in for the parts of a spec that could not be read; the fewest that make it readable, alarms last. */
const harmless = [
  { destination: "a" },
  { destination: "a", strategy: { preset: "AllAtOnce" } },
  { destination: "a", strategy: { preset: "AllAtOnce" }, analysis: {} },
] as const;

/** Guards need settings all the same: of a spec that makes no sense, what can be read counts. */
function readable(spec: ModelRolloutSpec, defaultRegion: string): Settings {
  const [first, second, last] = harmless;
  for (const instead of [first, second]) {
    try {
      return resolved({ ...spec, ...instead }, defaultRegion);
    } catch {
      // Something else cannot be read.
    }
  }
  return resolved({ ...spec, ...last }, defaultRegion);
}

function resolved(spec: ModelRolloutSpec, defaultRegion: string): Settings {
  const { workload, strategy, alarms, paused, unreadableRollbackAfterMs } = resolveSpec(spec, defaultRegion);
  const owned = workload.kind === "slots" || workload.kind === "owned" ? workload : undefined;
  const { rollingUpdate } = spec.traffic;
  return {
    minAvailablePercent: strategy.minAvailablePercent,
    ...(rollingUpdate ? { rollingUpdate } : {}),
    replicas: owned?.replicas ?? 0,
    hasWorkload: workload.kind !== "outside",
    paused,
    steps: strategy.steps,
    stepTimeoutMs: strategy.stepTimeoutMs,
    retainMs: strategy.retainMs,
    drainMs: strategy.drainMs,
    canaryReplicas: strategy.canaryReplicas,
    alarms: alarms.map(({ region = defaultRegion, ...alarm }) => ({ ...alarm, region })),
    blindRollbackMs: unreadableRollbackAfterMs,
    matchLabels: owned?.matchLabels ?? {},
  };
}
