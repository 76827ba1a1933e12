import type { World } from "../world.ts";

/** Everything in the rule's actions but the two weights and the stickiness, as text. */
export function withoutShares({ account, edge }: World): string {
  return JSON.stringify(account.actionsOf(edge.rule), (key, value: unknown) =>
    key === "Weight" || key === "TargetGroupStickinessConfig" ? undefined : value,
  );
}
