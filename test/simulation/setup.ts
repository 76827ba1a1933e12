import type { Dice } from "./dice.ts";

/** How the rollout of a world moves traffic, and what runs behind it. */
export interface Setup {
  /** Two slots behind a rule (`alb`) or a route (`mesh`), or a Deployment rolled in place, somebody's or the operator's. */
  readonly way: "alb" | "mesh" | "adopted" | "owned";
  /** The two admission policies are installed. */
  readonly policies: boolean;
}

export function isInPlace({ way }: Setup): boolean {
  return way === "adopted" || way === "owned";
}

export function drawSetup(dice: Dice): Setup {
  const way = dice.pick(["alb", "alb", "alb", "mesh", "adopted", "adopted", "owned"] as const);
  return { way, policies: dice.chance(0.6) };
}
