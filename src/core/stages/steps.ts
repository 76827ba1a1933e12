import type { StepStatus } from "../../api/types.ts";
import type { PlannedStep } from "../settings.ts";

/** What the present step asks for now, and where the release goes after it. */
export interface PresentStep {
  readonly weight: number;
  readonly holdMs: number;
  readonly approval: boolean;
  /** Index of the next step in today's list; absent: the release is promoted after this one. */
  readonly next?: number;
}

function samePrefix(a: readonly number[], steps: readonly PlannedStep[], length: number): boolean {
  return Array.from({ length }, (_, i) => i).every((i) => a[i] === steps[i]?.weight);
}

/**
 * What was passed is unchanged, and so is the step's own weight once it was reached; a step that says it was reached
 * while the canary still has another weight was edited by hand.
 */
function isKept(
  status: StepStatus,
  spec: PlannedStep,
  steps: readonly PlannedStep[],
  acknowledged: number,
): boolean {
  const reached = status.acknowledgedAt !== undefined;
  const own = spec.weight === status.weight && (spec.weight === acknowledged || acknowledged === 0);
  return samePrefix(status.weights, steps, status.index) && (!reached || own);
}

/** The acknowledged weight is that of the step, or of the one before. */
function acknowledgedAround(steps: readonly PlannedStep[], index: number, acknowledged: number): boolean {
  return acknowledged === steps[index]?.weight || acknowledged === (steps[index - 1]?.weight ?? 0);
}

/**
 * Follows edits of the steps in mid-release: the index is kept while the weights already passed are unchanged, else
 * the hold and approval of the present step are served first, and then the release goes to the first step whose
 * weight is above the present one (design, "Around"). A step index that does not follow from the acknowledged weight
 * (edited by hand) is treated the same way, unless a person promotes (`jumps`).
 */
export function presentStep(
  status: StepStatus,
  steps: readonly PlannedStep[],
  acknowledged: number,
  jumps = false,
): PresentStep {
  const spec = steps[status.index];
  const above = steps.findIndex(({ weight }) => weight > acknowledged);
  const follows = jumps || status.index === above || acknowledgedAround(steps, status.index, acknowledged);
  if (spec && follows && isKept(status, spec, steps, acknowledged) && spec.weight >= acknowledged) {
    const next = status.index + 1;
    return { ...spec, ...(next < steps.length ? { next } : {}) };
  }
  return {
    weight: acknowledged,
    holdMs: status.holdMs ?? (spec ?? steps.at(-1))?.holdMs ?? 0,
    approval: status.approval === true,
    ...(above >= 0 ? { next: above } : {}),
  };
}
