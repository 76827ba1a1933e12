import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import { targetsOf } from "../elb/lookup.ts";
import type { ElbState, TargetRecord } from "../elb/records.ts";
import type { Random } from "../random.ts";
import { stuckTo } from "./stickiness.ts";

/** A target group chosen for a request; `stickySeconds` when the answer is to carry a cookie. */
export interface ChosenGroup {
  readonly groupArn: string;
  readonly stickySeconds?: number;
}

/**
 * Chooses the group of a forward action: by cookie where stickiness is on and the group is still named, else at random
 * by weight. Undefined when all weights are 0.
 */
export const chooseGroup = (
  action: Action,
  cookieHeader: string | undefined,
  now: number,
  random: Random,
): ChosenGroup | undefined => {
  const groups = (action.ForwardConfig?.TargetGroups ?? []).map((tuple) => ({
    arn: tuple.TargetGroupArn ?? "",
    weight: tuple.Weight ?? 0,
  }));
  const stickiness = action.ForwardConfig?.TargetGroupStickinessConfig;
  const sticky = stickiness?.Enabled === true ? { stickySeconds: stickiness.DurationSeconds ?? 1 } : {};
  const stuck = stickiness?.Enabled === true ? stuckTo(cookieHeader, now) : undefined;
  if (groups.some((group) => group.arn === stuck) && stuck !== undefined)
    return { groupArn: stuck, ...sticky };
  let left = random() * groups.reduce((sum, group) => sum + group.weight, 0);
  for (const group of groups) {
    if (left < group.weight) return { groupArn: group.arn, ...sticky };
    left -= group.weight;
  }
  return undefined;
};

/**
 * The targets a request may go to: the healthy ones; when there are none, all that are registered (an Application Load
 * Balancer fails open). Draining targets get nothing new.
 */
export const candidates = (state: ElbState, groupArn: string): TargetRecord[] => {
  const registered = targetsOf(state, groupArn).filter((target) => target.deregisteredAt === undefined);
  const healthy = registered.filter((target) => target.health === "healthy");
  return healthy.length > 0 ? healthy : registered;
};
