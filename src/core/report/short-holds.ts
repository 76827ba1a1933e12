import type { Context } from "../context.ts";
import { spoken } from "../time.ts";

/** What CloudWatch may take, beyond an alarm's own window, until it speaks (design, "Defaults"). */
const DELAY_MS = 120_000;

/** Says which hold is over before an alarm could have spoken; undefined when every hold is long enough. */
export function shortHold({ settings, verdicts }: Context): string | undefined {
  const slowest = verdicts
    .filter(({ alarm, read }) => alarm.onAlarm !== "Record" && read?.windowMs !== undefined)
    .map(({ alarm, read }) => ({ name: alarm.name, needs: (read?.windowMs ?? 0) + DELAY_MS }))
    .sort((one, two) => two.needs - one.needs)[0];
  const index = settings.steps.findIndex(({ holdMs }) => holdMs < (slowest?.needs ?? 0));
  const step = settings.steps[index];
  if (!slowest || !step) return undefined;
  return `the hold of step ${index + 1} (${spoken(step.holdMs)}) is shorter than ${slowest.name} needs to speak (${spoken(slowest.needs)})`;
}
