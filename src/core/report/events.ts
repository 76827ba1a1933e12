import type { ReasonEntry } from "../../api/reason-entry.ts";
import { reasons } from "../../api/reasons.ts";
import type { LastHandled, ModelRolloutStatus } from "../../api/types.ts";
import type { Context, Requests } from "../context.ts";
import type { PlannedEvent } from "../plan-data.ts";
import type { Decision } from "../stages/decision.ts";

/** Events tell of a change, never that something is still so. */
export function transitionEvents(
  before: ModelRolloutStatus,
  decision: Decision,
  after: ModelRolloutStatus,
): readonly PlannedEvent[] {
  const entry: ReasonEntry = reasons[decision.reason];
  const said = before.conditions?.find(({ type }) => type === "Ready")?.reason;
  const anotherStep = decision.reason === "Holding" && before.step?.index !== after.step?.index;
  const anotherState = before.state !== after.state && decision.reason !== "Settled";
  const changed = said !== decision.reason || anotherStep || anotherState;
  const told = decision.events?.some(({ reason }) => reason === decision.reason) === true;
  if (!changed || told || entry.event === undefined) return decision.events ?? [];
  return [
    ...(decision.events ?? []),
    {
      type: entry.event,
      reason: decision.reason,
      action: after.state ?? "Reconcile",
      note: decision.message,
    },
  ];
}

const acting = ["promote", "abort", "retry"] as const;

/**
 * Annotations that name another release, or come when nothing is being released, are ignored, with one event each;
 * `lastHandled` remembers which values were answered or have had their effect.
 */
export function answerRequests(
  context: Context,
  after: ModelRolloutStatus,
): { readonly lastHandled?: LastHandled; readonly events: readonly PlannedEvent[] } {
  const { requests, status: before } = context;
  const handled: { -readonly [K in keyof LastHandled]: LastHandled[K] } = { ...before.lastHandled };
  const events: PlannedEvent[] = [];
  for (const verb of acting) {
    const value = requests[verb];
    if (value === undefined || handled[verb] === value) continue;
    handled[verb] = value;
    if (!hasEffect(verb, value, before, after)) {
      events.push({
        type: "Warning",
        reason: "AnnotationIgnored",
        action: "Ignore",
        note: `modelrollout.dev/${verb}: ${value} was ignored: ${whyIgnored(verb, before)}`,
      });
    }
  }
  return Object.keys(handled).length > 0 ? { lastHandled: handled, events } : { events };
}

function hasEffect(
  verb: (typeof acting)[number],
  value: string,
  before: ModelRolloutStatus,
  after: ModelRolloutStatus,
): boolean {
  if (verb === "retry") return value === before.failedRelease || value === before.release;
  const names = value === before.release || value === after.release;
  const running = before.canary !== undefined || after.canary !== undefined;
  return names && (running || (verb === "abort" && before.retained !== undefined));
}

function whyIgnored(verb: keyof Requests, { release, canary }: ModelRolloutStatus): string {
  if (verb === "retry") return "it names no failed or blocked release";
  if (!canary) return "nothing is being released";
  return `the present release is ${release}`;
}
