import type { ReasonEntry } from "../../api/reason-entry.ts";
import { reasons } from "../../api/reasons.ts";
import type { LastHandled, ModelRolloutStatus } from "../../api/types.ts";
import type { Context, Requests } from "../context.ts";
import type { PlannedEvent } from "../plan-data.ts";
import { fullSize } from "../roles.ts";
import type { Decision } from "../stages/decision.ts";
import { shortHold } from "./short-holds.ts";

/** Events tell of a change, never that something is still so. */
export function transitionEvents(
  before: ModelRolloutStatus,
  decision: Decision,
  after: ModelRolloutStatus,
): readonly PlannedEvent[] {
  const { events = [] } = decision;
  const entry: ReasonEntry = reasons[decision.reason];
  const told = events.some(({ reason }) => reason === decision.reason);
  if (told || entry.event === undefined || !isChange(before, decision, after)) return events;
  return [
    ...events,
    {
      type: entry.event,
      reason: decision.reason,
      action: after.state ?? "Reconcile",
      note: begins(before, decision, after) ?? decision.message,
    },
  ];
}

/** The first event of a release names it; what its start still waits for is in the conditions. */
function begins(
  before: ModelRolloutStatus,
  { reason }: Decision,
  after: ModelRolloutStatus,
): string | undefined {
  if (reason !== "Starting" || after.release === undefined || before.release === after.release)
    return undefined;
  return `release ${after.release}${after.modelVersion === undefined ? "" : ` of ${after.modelVersion}`} begins`;
}

function isChange(before: ModelRolloutStatus, { reason }: Decision, after: ModelRolloutStatus): boolean {
  const said = before.conditions?.find(({ type }) => type === "Ready")?.reason;
  const anotherStep = reason === "Holding" && before.step?.index !== after.step?.index;
  return said !== reason || anotherStep || (before.state !== after.state && reason !== "Settled");
}

/** Things that happen beside the release's course. */
export function sideEvents(
  context: Context,
  decision: Decision,
  after: ModelRolloutStatus,
): readonly PlannedEvent[] {
  const { status: before } = context;
  const events: PlannedEvent[] = [];
  const tell = (type: PlannedEvent["type"], reason: PlannedEvent["reason"], action: string, note: string) =>
    events.push({ type, reason, action, note });
  const opened = after.release !== before.release && decision.state === "Starting";
  if (opened && decision.reason !== "Starting")
    tell("Normal", "Starting", "Start", `release ${after.release}`);
  if (!before.canary && after.canary) {
    const short = shortHold(context);
    if (short !== undefined) tell("Warning", "HoldTooShort", "Start", short);
  }
  const lost = (decision.actions ?? []).find(
    (action) =>
      action.kind === "RenderSlot" &&
      [before.stable, before.canary].some(
        (role) =>
          role?.slot === action.destination && role.revision === action.revision && role.readyReplicas > 0,
      ),
  );
  if (lost?.kind === "RenderSlot") {
    const note = `the Deployment of slot ${lost.destination} was deleted: it is made again from revision ${lost.revision}`;
    tell("Warning", "SlotRebuilt", "Rebuild", note);
  }
  const deferred = deferredReplicas(context, after);
  if (deferred !== undefined) tell("Normal", "ReplicasDeferred", "Scale", deferred);
  return events;
}

/** A lower size that was asked for just now, in a release. */
function deferredReplicas(context: Context, after: ModelRolloutStatus): string | undefined {
  const { status: before, settings, rollout } = context;
  const edited = before.observedGeneration !== rollout.metadata.generation;
  const full = fullSize({ ...context, status: after });
  const asked = rollout.spec.replicas ?? settings.replicas;
  if (!edited || !before.canary || !after.canary || asked >= full) return undefined;
  return `replicas ${asked} waits for the end of the release, which runs at ${full}`;
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
  if (verb === "retry") {
    return value === before.failedRelease || (value === before.release && before.state === "Blocked");
  }
  if (value !== before.release && value !== after.release) return false;
  const open = !(before.history ?? []).some(({ release }) => release === value);
  return open || (verb === "abort" && before.retained !== undefined);
}

function whyIgnored(verb: keyof Requests, { release, canary }: ModelRolloutStatus): string {
  if (verb === "retry") return "it names no failed or blocked release";
  if (!canary) return "nothing is being released";
  return `the present release is ${release}`;
}
