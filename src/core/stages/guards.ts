import type { Reason } from "../../api/types.ts";
import { healthyAt } from "../capacity.ts";
import type { Context } from "../context.ts";
import { failingAlarm } from "../gates/alarm-gates.ts";
import { edited } from "../in-place/owned.ts";
import { servingInPlace, tooFew } from "../in-place/release.ts";
import { slotOf, stableDestination } from "../roles.ts";
import { millis, spoken } from "../time.ts";

/** Why traffic is taken back. */
export interface RollbackCause {
  readonly reason: Reason;
  readonly message: string;
}

type Guard = (context: Context) => RollbackCause | undefined;

/** The capacity that must be missing for so long before it takes the canary back, while some of it still serves. */
const SHORT_CAPACITY_MS = 60_000;

const failing: Guard = (context) => {
  const alarm = failingAlarm(context);
  return alarm && { reason: alarm.reason, message: alarm.message };
};

const aborted: Guard = ({ requests, status }) =>
  requests.abort !== undefined && requests.abort === status.release
    ? { reason: "Aborted", message: `a person aborted ${requests.abort}` }
    : undefined;

/** An adopted Deployment is gone: nothing is left to take back, and nothing was wrong with the version. */
const deleted: Guard = ({ observed: { inPlace } }) =>
  inPlace && !inPlace.owned && !inPlace.deployment
    ? { reason: "WorkloadNotFound", message: `Deployment ${inPlace.id} was deleted in mid-release` }
    : undefined;

const reverted: Guard = ({ observed, status, settings }) =>
  (status.stable && observed.wanted.revision === status.stable.revision) ||
  (!settings.hasWorkload && observed.wanted.destination === stableDestination(status))
    ? { reason: "Reverted", message: `the spec is back at ${observed.wanted.revision}, the stable revision` }
    : undefined;

/**
 * In place the stable template stands there, put back by ourselves for a reason that the status does not know: storing it
 * had failed, and a rollback does not wait for that. Without this it would pass for somebody's revert, which blames
 * nobody (I7).
 */
const takenBack: Guard = ({ observed, status }) => {
  const back = observed.inPlace?.deployment?.takenBack;
  if (back === undefined || back.release !== status.release) return undefined;
  return { reason: back.reason, message: `${back.release} was being taken back already (${back.reason})` };
};

const superseded: Guard = ({ observed, status }) =>
  status.canary && observed.wanted.revision !== status.canary.revision
    ? { reason: "Superseded", message: `the spec names ${observed.wanted.revision} now` }
    : undefined;

/** Healthy pods of the canary in a read that is fresh; undefined when nobody can say. */
export function freshServing(context: Context): number | undefined {
  const { status, observed } = context;
  if (observed.inPlace) return servingInPlace(context)?.serving;
  const destination = status.canary?.slot;
  const healthy = destination === undefined ? undefined : healthyAt(context, destination);
  if (destination === undefined || healthy === undefined) return undefined;
  const slot = slotOf(context, destination);
  if (!slot) return healthy;
  return slot.deployment?.revision === status.canary?.revision ? slot.serving : 0;
}

/** The canary has traffic and not the pods for it: at once when nothing is healthy, else after a while. */
const unavailable: Guard = (context) => {
  const { status, now } = context;
  const destination = status.canary?.slot;
  const share = status.weight?.acknowledged ?? 0;
  const serving = freshServing(context);
  if (context.observed.inPlace) return unavailableInPlace(context);
  if (destination === undefined || share === 0 || serving === undefined) return undefined;
  if (healthyAt(context, destination) === 0) {
    return {
      reason: "CanaryUnavailable",
      message: `nothing healthy at ${destination} while it has ${share} % of the traffic`,
    };
  }
  const need = status.weight?.pods ?? 1;
  const since = millis(status.unavailableSince) ?? now;
  if (serving >= need || now - since < SHORT_CAPACITY_MS) return undefined;
  return {
    reason: "CanaryUnavailable",
    message: `${serving} of ${need} pods healthy at ${destination} for ${spoken(now - since)}`,
  };
};

const unavailableInPlace: Guard = (context) => {
  const { status, now, observed } = context;
  const pods = servingInPlace(context);
  if (!pods || pods.serving >= pods.need) return undefined;
  const since = millis(status.unavailableSince) ?? now;
  if (pods.serving > 0 && now - since < SHORT_CAPACITY_MS) return undefined;
  return {
    reason: "CanaryUnavailable",
    message: `${pods.serving} of ${pods.need} canary pods of ${observed.inPlace?.id} are Ready`,
  };
};

const blind: Guard = ({ verdicts, status, settings, now }) => {
  for (const verdict of verdicts) {
    if (!verdict.blind) continue;
    const { name, region } = verdict.alarm;
    const known = status.alarms?.find((alarm) => alarm.name === name && alarm.region === region);
    const since = millis(known?.unreadableSince);
    if (since !== undefined && now - since >= settings.blindRollbackMs) {
      return { reason: "AlarmUnreadable", message: `unread for ${spoken(now - since)}: ${verdict.message}` };
    }
  }
  return undefined;
};

/** Time the present step has spent against stepTimeout, in milliseconds. */
export function spentOf({ status, now }: Context): number {
  const since = millis(status.step?.countingSince);
  return (status.step?.spentMs ?? 0) + (since === undefined ? 0 : Math.max(0, now - since));
}

const timedOut: Guard = (context) => {
  const { status, settings } = context;
  if (!status.step || spentOf(context) < settings.stepTimeoutMs) return undefined;
  const last = status.conditions?.find(({ type }) => type === "Ready")?.message;
  return {
    reason: "StepTimeout",
    message: `step ${status.step.index + 1} was not done within ${spoken(settings.stepTimeoutMs)}${last ? `: ${last}` : ""}`,
  };
};

/** In the order in which a person would name the cause. */
const releaseGuards: readonly Guard[] = [
  failing,
  aborted,
  deleted,
  takenBack,
  reverted,
  superseded,
  tooFew,
  edited,
  unavailable,
  blind,
  timedOut,
];

/** The first reason to take the canary of a running release back. */
export function releaseCause(context: Context): RollbackCause | undefined {
  for (const guard of releaseGuards) {
    const cause = guard(context);
    if (cause) return cause;
  }
  return undefined;
}

/**
 * The spec names what is retained. Somebody's service that was found at the first sight has no revision of ours: there
 * its destination, named again, is the way back.
 */
function namesRetained({ observed, status, settings }: Context): boolean {
  const { retained } = status;
  if (!retained) return false;
  if (observed.wanted.revision === retained.revision) return true;
  const outside = !settings.hasWorkload && retained.unmanaged === true;
  return outside && observed.wanted.destination === retained.slot;
}

/**
 * The first reason to go back to the retained version after a promotion. Nobody watches a version whose alarm cannot be
 * read: blind for `rollbackAfter` takes it back here too.
 */
export function retainCause(context: Context): RollbackCause | undefined {
  const { observed } = context;
  const back: RollbackCause | undefined = namesRetained(context)
    ? {
        reason: "Reverted",
        message: `the spec is back at ${observed.wanted.revision}, the retained revision`,
      }
    : undefined;
  return failing(context) ?? aborted(context) ?? back ?? blind(context);
}

const blameless: ReadonlySet<Reason> = new Set([
  "WorkloadNotFound",
  "Superseded",
  "Reverted",
  "Deleted",
  "SpecInvalid",
  "TooFewReplicas",
  "DriftRepaired",
]);

/** Reasons after which the revision is not marked as failed: nothing was wrong with it. */
export function isFailure(reason: Reason): boolean {
  return !blameless.has(reason);
}
