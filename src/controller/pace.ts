import type { Plan } from "../core/plan-data.ts";
import type { Clock } from "../runtime/clock.ts";
import type { RolloutMemory } from "./memory.ts";

/** Actions that were done and are asked for again at once have had no effect; from the third time on they wait. */
const FREE_REPEATS = 2;
const LONGEST_PAUSE_MS = 60_000;

/**
 * How long the actions of this plan have to wait because the same ones went out a moment ago; 0: they go out now, and
 * that is noted. Without it, whatever undoes our writes (a webhook that sets replicas, an autoscaler) would make us
 * write in a loop.
 *
 * Weights: a raise is read before it is tried again, and even a rollback waits a second instead of spinning.
 */
export function pauseBefore(
  { clock, alarmPollMs }: { readonly clock: Clock; readonly alarmPollMs: number },
  memory: RolloutMemory,
  { actions, urgent }: Pick<Plan, "actions" | "urgent">,
): number {
  if (actions.length === 0) {
    delete memory.repeated;
    return 0;
  }
  const weights = actions.find(({ kind }) => kind === "SetWeights");
  const key = JSON.stringify(weights ?? actions);
  const now = clock.monotonic();
  const before = memory.repeated?.key === key ? memory.repeated : undefined;
  const times = before?.times ?? 0;
  const again = Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** (times - FREE_REPEATS));
  const afterWeights = urgent ? Math.min(1_000, alarmPollMs / 2) : alarmPollMs * 0.9;
  const length = weights ? afterWeights : times < FREE_REPEATS ? 0 : again;
  const left = before ? before.at + length - now : 0;
  if (left > 0) return left;
  memory.repeated = { key, at: now, times: times + 1 };
  return 0;
}
