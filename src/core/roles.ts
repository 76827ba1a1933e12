import type { ModelRolloutStatus, RoleStatus } from "../api/types.ts";
import type { Context } from "./context.ts";
import { podsOf } from "./in-place/view.ts";
import type { Destination, SlotRead } from "./observed.ts";
import { podsFor } from "./weights.ts";

/** The destination that a rollback returns to. */
export function stableDestination(status: ModelRolloutStatus): Destination {
  return status.stable?.slot ?? "a";
}

export function slotOf(context: Context, destination: Destination): SlotRead | undefined {
  return context.observed.slots?.[destination];
}

/**
 * Full size while a release runs: a lower `spec.replicas` is put off to the end of the release, a higher one counts
 * at once (design, "Shares").
 */
export function fullSize(context: Context): number {
  const { status, settings, observed } = context;
  if (observed.inPlace || (!status.canary && !status.retained)) return settings.replicas;
  const running = [status.stable, status.canary].map((role) => (role?.unmanaged ? 0 : (role?.replicas ?? 0)));
  return Math.max(settings.replicas, ...running);
}

/** Pods that the canary needs for a weight, at the release's full size. */
export function needFor(context: Context, weight: number): number {
  return podsFor(weight, fullSize(context), context.settings.canaryReplicas);
}

/** A role with the pod counts as observed now. */
export function counted(context: Context, role: RoleStatus): RoleStatus {
  const { inPlace } = context.observed;
  if (inPlace) {
    const { wanted, ready } = podsOf(inPlace, role.revision);
    return { ...role, replicas: wanted, readyReplicas: ready };
  }
  const slot = role.slot === undefined ? undefined : slotOf(context, role.slot);
  if (!slot) return role;
  const ours = slot.deployment?.revision === role.revision;
  return {
    ...role,
    replicas: ours ? (slot.deployment?.replicas ?? role.replicas) : role.replicas,
    readyReplicas: ours ? slot.ready : 0,
  };
}
