import type { ModelRollout, ModelRolloutStatus } from "../../api/types.ts";

/** Where a ModelRollout stands, as far as a person can act on it. */
export type Situation =
  /** Nothing is known yet: no operator has looked at it. */
  | "unseen"
  | "deleting"
  /** The very first revision is brought up: there are no steps, and nothing to go back to. */
  | "first"
  /** This version of the operator cannot drive its traffic or workload. */
  | "unsupported"
  /** Another ModelRollout drives the same rule. */
  | "rival"
  | "rollingBack"
  /** A canary has, or will have, traffic. */
  | "underWay"
  /** The release has a name and waits for its start gates. */
  | "starting"
  | "failed"
  /** Promoted; the version before is kept. */
  | "retained"
  | "idle";

export function situationOf({ metadata, status = {} }: ModelRollout): Situation {
  if (metadata.deletionTimestamp !== undefined) return "deleting";
  if (status.state === undefined) return "unseen";
  if (readyReason(status) === "NotSupported") return "unsupported";
  return interrupted(status) ?? course(status);
}

function interrupted(status: ModelRolloutStatus): Situation | undefined {
  if (status.rollback !== undefined) return "rollingBack";
  if (status.rival !== undefined && status.canary === undefined) return "rival";
  return status.beginning === undefined ? undefined : "first";
}

function course(status: ModelRolloutStatus): Situation {
  if (status.canary !== undefined) return "underWay";
  if (status.state === "RolledBack") return "failed";
  const ended = (status.history ?? []).some(({ release }) => release === status.release);
  if (status.release !== undefined && !ended && status.state !== "Idle") return "starting";
  return status.retained === undefined ? "idle" : "retained";
}

/** The operator has not seen the latest spec yet. */
export function isStale({ metadata, status }: ModelRollout): boolean {
  return (status?.observedGeneration ?? 0) < metadata.generation;
}

export function readyReason(status: ModelRolloutStatus): string | undefined {
  return status.conditions?.find(({ type }) => type === "Ready")?.reason;
}

export function readyMessage(status: ModelRolloutStatus): string | undefined {
  return status.conditions?.find(({ type }) => type === "Ready")?.message;
}
