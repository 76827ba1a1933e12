import type { ModelRolloutStatus, State } from "../../api/types.ts";
import type { Context } from "../context.ts";
import type { Decision } from "../stages/decision.ts";
import { instant, millis } from "../time.ts";

/** Time in these states, or in a running hold, does not count against stepTimeout (design, "Waiting"). */
const notCounted: ReadonlySet<State> = new Set(["Paused", "AwaitingApproval"]);

/** Starts and stops the clock of stepTimeout. */
export function withTimeoutClock(
  context: Context,
  status: ModelRolloutStatus,
  { state, reason }: Pick<Decision, "state" | "reason">,
): ModelRolloutStatus {
  const { step } = status;
  if (!step) return status;
  const { now } = context;
  const held = step.acknowledgedAt !== undefined && (millis(step.holdUntil) ?? 0) > now;
  const holding = held || reason === "Holding";
  const counting = !holding && !notCounted.has(state) && status.rollback === undefined;
  const since = millis(step.countingSince);
  if (counting === (since !== undefined)) return status;
  const { countingSince: _stopped, ...rest } = step;
  return {
    ...status,
    step: counting
      ? { ...rest, countingSince: instant(now) }
      : { ...rest, spentMs: step.spentMs + Math.max(0, now - (since ?? now)) },
  };
}

/** When the step's time is up, if its clock runs; when it starts to run again, at the end of a hold. */
export function timeoutAt(context: Context, status: ModelRolloutStatus): number | undefined {
  const since = millis(status.step?.countingSince);
  if (!status.step) return undefined;
  if (since === undefined) return millis(status.step.holdUntil);
  return since + context.settings.stepTimeoutMs - status.step.spentMs;
}
