import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Action } from "../../core/action.ts";
import type { Destination, HealthRead, RouterRead } from "../../core/observed.ts";
import type { WeightsWrite } from "../../routers/router.ts";

/** The write of a rollback, as it was planned. */
export type StableWeights = Extract<Action, { kind: "SetWeights" }>;

/** What is known before anything is read. */
export interface BlindPlan {
  /** How long ago the API server's silence was certain, in milliseconds. */
  readonly blindForMs: number;
  /** `retain` of the spec: for so long a version that lost its traffic keeps its pods, whoever leads. */
  readonly retainMs: number;
  /** As last stored, by this process or seen by it: nothing was stored since. */
  readonly stored: ModelRolloutStatus;
  /** The plan that was made on it, on today's alarms. */
  readonly planned: { readonly status: ModelRolloutStatus; readonly actions: readonly Action[] };
}

/** What was read for this decision, past every cache. */
export interface FreshTraffic {
  readonly read: RouterRead;
  readonly health: Readonly<Record<Destination, HealthRead>> | undefined;
}

/** An answer with its reason, for the log. */
export type Answer<T> = { readonly granted: T } | { readonly refused: string };

const firing = ["AlarmFiring", "AlarmFired"];
const slots = ["a", "b"] as const;

/** The rollback that a failing alarm calls for, while nobody may write; undefined: none does. */
export function wantedRollback({ planned }: BlindPlan): StableWeights | undefined {
  if (!firing.includes(planned.status.rollback?.reason ?? "")) return undefined;
  return planned.actions.find(
    (action): action is StableWeights => action.kind === "SetWeights" && action.purpose === "rollback",
  );
}

/**
 * Whether a replica that lost its lease for want of an answer, not to another holder, may return the traffic to stable
 * (docs/adr/0009). Another replica may lead by now, and nobody could tell: so only what nobody else has touched is
 * touched, and only while stable is there to take it.
 */
export function sanction(
  plan: BlindPlan,
  wanted: StableWeights,
  { read, health }: FreshTraffic,
): Answer<WeightsWrite> {
  const { blindForMs, retainMs, stored } = plan;
  if (blindForMs >= retainMs) return refused("longer without the API server than `retain`");
  const share = stored.weight?.acknowledged;
  const stable = slots.find((slot) => wanted.weights[slot] === 100);
  if (stable === undefined || share === undefined || share <= 0 || !stored.canary) {
    return refused("no release with an acknowledged share is known");
  }
  const canary = stable === "a" ? "b" : "a";
  const touched = touchedSince(read, canary, share);
  if (touched !== undefined) return refused(touched);
  const unable = unhealthy(health?.[stable], stored.stable?.replicas ?? 1);
  if (unable !== undefined) return refused(`stable cannot take the traffic: ${unable}`);
  const { weights, stickiness } = wanted;
  // As a repair: read again, compared, written once and read back; never insisted on as a rollback is.
  return { granted: { weights, stickiness, purpose: "repair", expected: { destination: canary, share } } };
}

/** Why the targets are not as this process acknowledged them last; undefined: every one is. */
function touchedSince({ targets }: RouterRead, canary: Destination, share: number): string | undefined {
  if (targets.length === 0) return "there is nothing to write to";
  for (const { id, problem, refusal, shares } of targets) {
    if (problem) return `${id} could not be read: ${problem.message}`;
    if (refusal) return `${id} must not be driven: ${refusal.message}`;
    const carried = shares?.[canary];
    if (carried === undefined || Math.abs(carried - share) > 1e-6) {
      return `${id} carries ${carried ?? "nothing"} on ${canary}, ${share} % was acknowledged`;
    }
  }
  return undefined;
}

/** Why a group cannot take all the traffic; undefined: it can. */
function unhealthy(health: HealthRead | undefined, replicas: number): string | undefined {
  if (!health) return "its targets' health cannot be asked for";
  if (health.problem) return health.problem.message;
  const needed = Math.max(1, replicas);
  return health.healthy.length < needed
    ? `${health.healthy.length} of ${needed} targets are healthy`
    : undefined;
}

const refused = (why: string) => ({ refused: why });
