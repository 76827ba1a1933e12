import type { ModelRolloutStatus, Reason } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { instant } from "../time.ts";

/** What an approval of the present step must name: `9c02ab34ef-1/2`, and after pauses `9c02ab34ef-1/2.1`. */
export function approvalName(status: ModelRolloutStatus): string {
  const release = status.release ?? "none";
  if (!status.step) {
    return `${release}/retain.${status.retained?.pauses ?? 0}`;
  }
  const { index, pauses } = status.step;
  return `${release}/${index + 1}${pauses > 0 ? `.${pauses}` : ""}`;
}

/** Each pause gets an approval of its own, so that one given early or before is not used twice. */
function nextApproval(status: ModelRolloutStatus): ModelRolloutStatus {
  if (status.step) return { ...status, step: { ...status.step, pauses: status.step.pauses + 1 } };
  if (!status.retained) return status;
  return { ...status, retained: { ...status.retained, pauses: (status.retained.pauses ?? 0) + 1 } };
}

export function beginPause(
  status: ModelRolloutStatus,
  reason: Reason,
  message: string,
  now: number,
): ModelRolloutStatus {
  const next = nextApproval(status);
  return { ...next, pause: { reason, message, since: instant(now), approval: approvalName(next) } };
}

/** After a pause the hold of the present step is served anew, from the next read-back on. */
export function endPause(status: ModelRolloutStatus, now: number): ModelRolloutStatus {
  const { pause: _over, ...rest } = nextApproval(status);
  // In retain the version before had traffic until now: its drain starts here.
  if (!rest.step)
    return rest.weight ? { ...rest, weight: { ...rest.weight, acknowledgedAt: instant(now) } } : rest;
  const { acknowledgedAt: _at, holdUntil: _until, holdMs: _hold, ...step } = rest.step;
  return { ...rest, step };
}

/** True when a person approved exactly what the pause asks for. */
export function approves({ requests }: Context, status: ModelRolloutStatus): boolean {
  return requests.approve !== undefined && requests.approve === status.pause?.approval;
}
