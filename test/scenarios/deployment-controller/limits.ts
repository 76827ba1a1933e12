import type { DeploymentSpec, PodCount } from "./cluster.ts";

/** The user's maxSurge and maxUnavailable in pods. Surge is rounded up, unavailable down; never both 0. */
function fenceposts({ strategy, replicas }: DeploymentSpec): { surge: number; unavailable: number } {
  const surge = inPods(strategy.maxSurge, replicas, Math.ceil);
  const unavailable = inPods(strategy.maxUnavailable, replicas, Math.floor);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

const rolls = ({ strategy }: DeploymentSpec): boolean => strategy.type === "RollingUpdate";

/** Pods above the replicas that a roll may have. */
export function maxSurge(spec: DeploymentSpec): number {
  return rolls(spec) ? fenceposts(spec).surge : 0;
}

/** Pods that may be missing in a roll; none of a Deployment without replicas. */
export function maxUnavailable(spec: DeploymentSpec): number {
  if (!rolls(spec) || spec.replicas === 0) return 0;
  return Math.min(fenceposts(spec).unavailable, spec.replicas);
}

function inPods(count: PodCount, replicas: number, round: (value: number) => number): number {
  return typeof count === "number" ? count : round((Number.parseInt(count, 10) * replicas) / 100);
}
