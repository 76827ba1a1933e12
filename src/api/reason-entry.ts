import type { ConditionType } from "./conditions.ts";

/** One row of the table of reasons. */
export interface ReasonEntry {
  /** Conditions that may carry it; empty for a reason of events, alarms and history only. */
  readonly conditions: readonly ConditionType[];
  /** Type of the Kubernetes event that is recorded with it; absent: none is. */
  readonly event?: "Normal" | "Warning";
  /** What has happened, or is the case. */
  readonly meaning: string;
  /** What a person can do. */
  readonly action: string;
}

/** Conditions that a release which cannot start, or cannot go on, carries. */
export const blocked = ["Ready", "Progressing", "Reconciling", "Stalled"] as const;

/** Conditions of a release that is under way. */
export const underWay = ["Ready", "Progressing", "Reconciling"] as const;
