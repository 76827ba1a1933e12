/** Kubernetes' way to write a number of pods: absolute, or a percentage of `replicas`. */
export type PodCount = number | string;

/** What the Deployment's rolling update is allowed at the moment. */
export interface Pace {
  /** A percentage, never absolute: an autoscaler that takes replicas away must not finish the roll. */
  readonly maxUnavailable: string;
  readonly maxSurge: number;
}

export interface PaceInput {
  readonly replicas: number;
  /** Pods of the new version that the step asks for. */
  readonly need: number;
  /** Pods of other versions that the Deployment asks for now. */
  readonly old: number;
  /** Pods of the new version that are Ready in the sense of the user's own minReadySeconds. */
  readonly ready: number;
  /** The user's own, in pods. */
  readonly unavailable: number;
  readonly surge: number;
}

/** Pods of the new version for a weight: `ceil(w * replicas / 100)` (design, "Shares"). */
export function podsForShare(weight: number, replicas: number): number {
  return weight <= 0 || replicas <= 0 ? 0 : Math.ceil((weight * replicas) / 100);
}

/**
 * The smallest percentage that Kubernetes, which rounds maxUnavailable down, takes for `pods`; where whole percents are
 * too coarse (above 100 replicas) the largest that is not more.
 */
export function percentFor(pods: number, replicas: number): number {
  if (pods <= 0 || replicas <= 0) return 0;
  const above = Math.min(100, Math.ceil((pods * 100) / replicas));
  return podsOfPercent(above, replicas) > pods ? Math.floor((pods * 100) / replicas) : above;
}

/** Pods that Kubernetes makes of a percentage of maxUnavailable. */
export function podsOfPercent(percent: number, replicas: number): number {
  return Math.floor((percent * replicas) / 100);
}

/**
 * How far the roll may go now. With every new pod unavailable for ever (the brake), the Deployment controller keeps
 * `replicas - U` old pods and makes `U + S` new ones. Two rules: `U + S <= need`, so never more of the new version than
 * the step asks for; `U <= ready + unavailable`, so Ready pods never fall below `replicas - unavailable` while new pods
 * load. The surge goes as its pods get Ready, and where an autoscaler has shared replicas out so that there are fewer
 * old pods than that, for the Deployment controller fills up with new ones. Above 100 replicas less than one percent of surge stays, for what whole
 * percents cannot say. Undefined: nothing may move now, and Kubernetes takes no pace of nothing at all.
 */
export function paceOf({ replicas, need, old, ready, unavailable, surge }: PaceInput): Pace | undefined {
  const wanted = Math.max(0, Math.min(need, ready + unavailable));
  const percent = percentFor(wanted, replicas);
  const taken = podsOfPercent(percent, replicas);
  const rest = wanted - taken;
  const filled = Math.max(taken, replicas - old);
  const maxSurge = Math.max(0, Math.min(need - filled, surge + rest));
  return percent === 0 && maxSurge === 0 ? undefined : { maxUnavailable: `${percent}%`, maxSurge };
}

/** The user's maxUnavailable and maxSurge in pods, as Kubernetes resolves them: one of the two is never 0. */
export function allowance(
  replicas: number,
  maxUnavailable: PodCount,
  maxSurge: PodCount,
): { readonly unavailable: number; readonly surge: number } {
  const unavailable = inPods(maxUnavailable, replicas, Math.floor);
  const surge = inPods(maxSurge, replicas, Math.ceil);
  return unavailable === 0 && surge === 0 ? { unavailable: 1, surge: 0 } : { unavailable, surge };
}

function inPods(count: PodCount, replicas: number, round: (value: number) => number): number {
  if (typeof count === "number") return count;
  const percent = Number.parseInt(count, 10);
  return Number.isNaN(percent) ? 0 : round((percent * replicas) / 100);
}
