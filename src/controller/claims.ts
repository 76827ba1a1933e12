import type { ModelRollout } from "../api/types.ts";

/** `namespace/name`, as people write it. */
export function nameOf({ metadata }: ModelRollout): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/**
 * Who may drive a rule that several rollouts name: the one that already drives it, else the older one, then the
 * smaller UID (design, "Around"). Returns the other's name when this rollout must stand back.
 */
export function rivalOf(rollout: ModelRollout, others: readonly ModelRollout[]): string | undefined {
  const first = others
    .filter(({ metadata }) => metadata.uid !== rollout.metadata.uid)
    .sort(byClaim)
    .at(0);
  return first && byClaim(first, rollout) < 0 ? nameOf(first) : undefined;
}

function byClaim(left: ModelRollout, right: ModelRollout): number {
  return (
    drives(right) - drives(left) ||
    left.metadata.creationTimestamp.localeCompare(right.metadata.creationTimestamp) ||
    left.metadata.uid.localeCompare(right.metadata.uid)
  );
}

/** A rollout that has a stable version, and is not standing back from somebody, drives its rules. */
function drives({ status }: ModelRollout): number {
  return status?.stable !== undefined && status.rival === undefined ? 1 : 0;
}
