import type { ModelRolloutStatus } from "../../../src/api/types.ts";
import { type InPlaceDeployment, settingsOf } from "../../../src/workloads/in-place/objects.ts";
import type { Cluster } from "../../scenarios/deployment-controller/cluster.ts";
import type { Sync } from "../cluster/rolled.ts";
import type { World } from "../world.ts";

type Count = number | string;

interface Limits {
  readonly maxUnavailable: Count;
  readonly maxSurge: Count;
}

/** Kubernetes' rounding: maxUnavailable down, maxSurge up, never both 0. */
function inPods({ maxUnavailable, maxSurge }: Limits, replicas: number) {
  const of = (count: Count, round: (value: number) => number) =>
    typeof count === "number" ? count : round((Number.parseInt(count, 10) * replicas) / 100);
  const [unavailable, surge] = [of(maxUnavailable, Math.floor), of(maxSurge, Math.ceil)];
  return unavailable === 0 && surge === 0 ? { unavailable: 1, surge } : { unavailable, surge };
}

/** Pods of a share, rounded up; above 100 replicas less than one percent more, for what whole percents cannot say. */
export function podsOfShare(share: number, replicas: number): number {
  return Math.ceil((share * replicas) / 100) + Math.max(0, Math.ceil(replicas / 100) - 1);
}

/** The largest share that the release has, or has asked for. */
export function shareOf({ weight, intent }: ModelRolloutStatus): number {
  const asked = intent?.action === "SetWeights" ? (intent.weight ?? 0) : 0;
  return Math.max(weight?.acknowledged ?? 0, asked);
}

export function sizeOf({ spec }: InPlaceDeployment): number {
  return spec.replicas ?? 1;
}

/** Pods of the new template that the settings of a roll let come. */
export function reachOf(deployment: InPlaceDeployment): number {
  const { unavailable, surge } = inPods(settingsOf(deployment), sizeOf(deployment));
  return unavailable + surge;
}

/** Canary pods that may be asked for; what an autoscaler changes is shared out as it is found. */
export function mostOf(
  status: ModelRolloutStatus,
  template: string,
  { before, after, scaled }: Sync,
  replicas: number,
): number {
  const allowed = podsOfShare(shareOf(status), replicas);
  if (!scaled) return allowed;
  const all = ({ sets }: Cluster): number => sets.reduce((sum, set) => sum + set.replicas, 0);
  const was = before.sets.reduce((sum, set) => sum + (set.template === template ? set.replicas : 0), 0);
  const shared = all(before) === 0 ? 0 : Math.ceil((was * all(after)) / all(before)) + 1;
  return Math.max(allowed, shared);
}

/** I1: on the way back what `rollback.minAvailable` leaves, else what the user's own maxUnavailable does. */
export function least({ rollout, hands, setup }: World, replicas: number, isBack: boolean): number {
  const { strategy, traffic } = rollout?.spec ?? {};
  const percent = Number.parseInt(strategy?.rollback?.minAvailable ?? "50%", 10);
  const back = replicas - Math.floor(((100 - percent) * replicas) / 100);
  const users = setup.way === "owned" ? [{}] : hands.own;
  const limits = users.map(({ strategy: own }) => {
    const given = {
      maxUnavailable: "25%",
      maxSurge: "25%",
      ...own?.rollingUpdate,
      ...traffic?.rollingUpdate,
    };
    return Math.max(0, replicas - inPods(given, replicas).unavailable);
  });
  const usual = Math.min(...limits);
  return returns(rollout?.status, isBack) ? Math.min(usual, back) : usual;
}

/** A way back need not be stored to be gone (design, "Endings"). */
function returns(status: ModelRolloutStatus | undefined, isBack: boolean): boolean {
  if (status?.rollback) return true;
  return isBack && (status?.canary ?? status?.retained) !== undefined;
}
