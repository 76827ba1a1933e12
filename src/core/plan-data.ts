import type { ModelRolloutStatus, Reason } from "../api/types.ts";
import type { Action } from "./action.ts";

/** One question that stands between a release and its next step, and its answer. */
export interface GateResult {
  readonly gate: string;
  readonly passed: boolean;
  readonly message: string;
}

/** Something that people are told once, as a Kubernetes Event. */
export interface PlannedEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: Reason;
  readonly action: string;
  readonly note: string;
}

/** How closely the world must be watched until the next plan. */
export interface Watch {
  /** Alarms are read at every poll. */
  readonly alarms: boolean;
  /** Weights are read at every alarm poll (active), or in the drift poll of the fleet (idle). */
  readonly traffic: "active" | "idle";
  /** Health of the target groups is read at every alarm poll. */
  readonly health: boolean;
}

/**
 * What to do now. The caller stores `status` first if it differs from the stored one (that is where intents are),
 * then performs `actions` in order, stopping at the first that fails, then observes and plans again.
 */
export interface Plan {
  readonly status: ModelRolloutStatus;
  readonly actions: readonly Action[];
  /** A rollback: the actions go out even if the status could not be stored within a second. */
  readonly urgent: boolean;
  /** Look again after this many milliseconds, whatever happens before; absent: only when something changes. */
  readonly requeueAfter?: number;
  readonly watch: Watch;
  /** Why: every gate that was asked, in order. */
  readonly explain: readonly GateResult[];
  readonly events: readonly PlannedEvent[];
}
