import type { ModelRolloutStatus, Reason, State } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { GateResult, PlannedEvent } from "../plan-data.ts";

/** What one stage decides. `finish` adds conditions, columns and the events that follow from a change of status. */
export interface Decision {
  readonly state: State;
  readonly reason: Reason;
  /** One line for a person at 3 a.m.; names the object, the number, what to do. */
  readonly message: string;
  /** The next status, without what `finish` derives. */
  readonly status: ModelRolloutStatus;
  readonly actions?: readonly Action[];
  readonly urgent?: boolean;
  /** What follows is decided at once: the next plan has something new to say. */
  readonly again?: boolean;
  /** Instants at which to look again; absent and past ones are ignored. */
  readonly wake?: readonly (number | undefined)[];
  readonly gates?: readonly GateResult[];
  /** Nothing goes on without a person: condition Stalled. */
  readonly stalled?: boolean;
  readonly events?: readonly PlannedEvent[];
  /** How closely to watch; default active while anything is released, retained or taken back. */
  readonly watch?: "active" | "idle";
}
