import type { ModelRollout } from "../api/types.ts";
import { contextOf } from "./context.ts";
import type { Observed } from "./observed.ts";
import type { Plan } from "./plan-data.ts";
import { finish } from "./report/finish.ts";
import { decide } from "./stages/stages.ts";

/**
 * Decides what happens next. Pure: the same rollout and snapshot give the same plan, to the byte.
 *
 * The decision is made by the first stage (src/core/stages/stages.ts) that has something to say; `finish` turns it into
 * status, conditions and events. At most one weight changes in one plan.
 */
export function plan(rollout: ModelRollout, observed: Observed): Plan {
  const context = contextOf(rollout, observed);
  return finish(context, decide(context));
}
