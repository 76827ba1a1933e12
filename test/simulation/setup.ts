import type { Dice } from "./dice.ts";

/** How the rollout of a world moves traffic, and what runs behind it. */
export interface Setup {
  /**
   * Two slots behind rules (`alb`) or a route (`mesh`), targets that others register (`outside`), or a Deployment rolled in
   * place, somebody's or the operator's.
   */
  readonly way: "alb" | "mesh" | "outside" | "adopted" | "owned";
  /** The two admission policies are installed. */
  readonly policies: boolean;
  /** Rules of a load balancer, 1 to 5. Default 1. */
  readonly rules?: number;
  /** Group stickiness of the rules, in seconds; absent: none. */
  readonly sticky?: number;
}

export function isInPlace({ way }: Setup): boolean {
  return way === "adopted" || way === "owned";
}

export function drawSetup(dice: Dice): Setup {
  const way = dice.pick(["alb", "alb", "alb", "outside", "mesh", "adopted", "adopted", "owned"] as const);
  const policies = dice.chance(0.6);
  if (way !== "alb" && way !== "outside") return { way, policies };
  const rules = dice.chance(0.35) ? dice.whole(2, 5) : 1;
  // Longer than a request may be under way: one that turned it off must not arrive after it was put back.
  return { way, policies, rules, ...(dice.chance(0.3) ? { sticky: dice.pick([30, 45, 60]) } : {}) };
}
