import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import { watchedDestination } from "../context.ts";
import { isFresh } from "../freshness.ts";
import { routerDrivable } from "../gates/router-gates.ts";
import type { Destination } from "../observed.ts";
import { closeRelease, openRelease } from "../releases.ts";
import { fullSize, slotOf, stableDestination } from "../roles.ts";
import { clockTime, instant, millis } from "../time.ts";
import { carries, other, stickinessOn } from "../weights.ts";
import type { Decision } from "./decision.ts";
import { driftStage, withoutEndedPause } from "./drift.ts";
import { retainCause } from "./guards.ts";
import { sustain } from "./provision.ts";
import { endRetain, retainedUntil, withoutRetained } from "./retain.ts";
import { beginReturn } from "./rollback.ts";
import { shift, withoutIntent } from "./shift.ts";
import { startStage } from "./start.ts";

/** No release runs: retain, foreign weights, cookies that come back, a new revision, or simply rest. */
export function idleStage(context: Context): Decision | undefined {
  if (context.status.canary || context.status.rollback || !context.status.stable) return undefined;
  return context.status.retained ? retaining(context) : resting(context);
}

function retaining(context: Context): Decision {
  const cause = retainCause(context);
  if (cause) return beginReturn(context, cause);
  const drifted = driftStage(context);
  if (drifted) return { ...drifted, actions: [...(drifted.actions ?? []), ...keepSizes(context)] };
  const free = { ...context, status: withoutEndedPause(context) };
  const end = endRetain(free);
  if (end === "over") {
    const status = withoutRetained(free.status);
    return resting({ ...free, status, watched: watchedDestination(status) });
  }
  if (end !== "running") return end;
  const until = retainedUntil(free);
  const calm = rest(free);
  if (calm.reason !== "Settled") return { ...calm, wake: [until], watch: "active" };
  return {
    ...calm,
    reason: "Retaining",
    message: `${name(free.status)} is stable; the version before is kept until ${clockTime(until)}`,
    wake: [until],
    watch: "active",
  };
}

function resting(context: Context): Decision {
  const current = { ...context, status: drainedFrom({ ...context, status: cookiesBack(context) }) };
  return withCookies(current, settling(current));
}

function settling(context: Context): Decision {
  const drifted = driftStage(context);
  if (drifted) return { ...drifted, actions: [...(drifted.actions ?? []), ...keepSizes(context)] };
  const { wanted } = context.observed;
  if (wanted.revision === context.status.stable?.revision) {
    return tookBackTemplate(context) ? failed(context) : rest(forgiven(context));
  }
  const named = renamed(context);
  if (named) return named;
  return wanted.revision === context.status.failedRevision && !retried(context)
    ? failed(context)
    : withSizes(context, startStage(context));
}

/** In place the stable template stands there because it was put back: nobody has taken the failed one from the spec. */
function tookBackTemplate({ observed, status }: Context): boolean {
  return observed.inPlace !== undefined && status.failedRevision !== undefined;
}

/** Without a workload, another model at the destination that has all the traffic: there is nothing to move. */
function renamed(context: Context): Decision | undefined {
  const { status, observed, settings, now } = context;
  const { wanted } = observed;
  if (settings.hasWorkload || wanted.destination !== status.stable?.slot || !status.stable) return undefined;
  const { modelVersion: _old, ...stable } = status.stable;
  const identity = {
    revision: wanted.revision,
    ...(wanted.modelVersion === undefined ? {} : { modelVersion: wanted.modelVersion }),
  };
  const ending = {
    ...identity,
    outcome: "Promoted" as const,
    reason: "Promoted" as const,
    message: `destination ${wanted.destination} has all the traffic already`,
  };
  const opened = openRelease({ ...status, stable: { ...stable, ...identity } }, wanted.revision, now);
  return {
    state: "Idle",
    reason: "Promoted",
    message: `${name(opened)} is stable: ${ending.message}`,
    status: closeRelease(opened, ending, now),
    again: true,
    watch: "active",
  };
}

function retried({ requests, status }: Context): boolean {
  return requests.retry !== undefined && requests.retry === status.failedRelease;
}

/** The spec names another revision than the failed one: that one may be released again one day. */
function forgiven(context: Context): Context {
  const { failedRevision: _r, failedRelease: _n, failedReason: _w, ...status } = context.status;
  return { ...context, status };
}

function failed(context: Context): Decision {
  const { status } = context;
  const what = status.history?.find(({ release }) => release === status.failedRelease);
  const why = what ? `${what.reason}: ${what.message}` : (status.failedReason ?? "it failed");
  return {
    ...rest(context),
    state: "RolledBack",
    reason: "RolledBack",
    message: `${why}; change the spec, or release it again with modelrollout.dev/retry: ${status.failedRelease}`,
    stalled: true,
  };
}

const name = (status: ModelRolloutStatus) =>
  status.stable?.modelVersion ?? status.stable?.revision ?? "nothing";

function withSizes(context: Context, decision: Decision): Decision {
  const starting = decision.status.canary !== undefined;
  return starting ? decision : { ...decision, actions: [...keepSizes(context), ...(decision.actions ?? [])] };
}

/**
 * The serving slot at the size of the spec, a retained one at the same (going back to it is instant), any other at 0.
 */
function keepSizes(context: Context): readonly Action[] {
  const { status } = context;
  const { stable, retained } = status;
  const destination = stableDestination(status);
  const kept =
    stable && !stable.unmanaged
      ? sustain(context, {
          destination,
          revision: stable.revision,
          replicas: fullSize(context),
          mayShrink: retained === undefined,
        })
      : [];
  const idle = other(destination);
  if (retained && !retained.unmanaged) {
    const request = { destination: idle, revision: retained.revision, replicas: fullSize(context) };
    return [...kept, ...sustain(context, request)];
  }
  return !retained && mayEmpty(context, idle)
    ? [...kept, { kind: "ScaleSlot", destination: idle, replicas: 0 }]
    : kept;
}

/** Pods in a slot that has no traffic in a fresh read, and has had none for the drain. */
function mayEmpty(context: Context, idle: Destination): boolean {
  const { status, observed, now, settings } = context;
  const running = slotOf(context, idle)?.deployment;
  const drained = now - (millis(status.weight?.changedAt) ?? 0) >= settings.drainMs;
  if (!running || running.replicas === 0 || !drained || !observed.router) return false;
  const { alarmPollMs, router } = observed;
  return isFresh(router.at, { now, alarmPollMs }) && carries(router, idle, 0);
}

/** The idle slot has just lost what somebody gave it: its drain begins with the read that shows so. */
function drainedFrom({ status, observed, now }: Context): ModelRolloutStatus {
  const idle = other(stableDestination(status));
  if (!observed.slots || !status.weight?.observed || !carries(observed.router, idle, 0)) return status;
  return { ...status, weight: { ...status.weight, changedAt: instant(now) } };
}

/** Revisions that nothing can go back to are not kept. */
function prune({ status, observed }: Context): readonly Action[] {
  // The failed one too: it is known again by its content, whatever a later operator's hash would call it (I7).
  const named = [status.stable?.revision, status.retained?.revision, status.failedRevision, status.next];
  const keep = named.filter((name) => name !== undefined);
  const spare = observed.storedRevisions.some((name) => !keep.includes(name));
  return spare ? [{ kind: "PruneRevisions", keep }] : [];
}

/** Nothing to decide: everything is, or is being brought, as the spec says. */
function rest(context: Context): Decision {
  const status = withoutIntent(context.status);
  const base = {
    status,
    actions: [...keepSizes(context), ...prune(context)],
    watch: "idle",
  } as const;
  const drivable = routerDrivable(context);
  if (drivable.kind !== "pass") {
    const blocked = drivable.kind === "block";
    return {
      ...base,
      state: blocked ? "Blocked" : "Idle",
      reason: drivable.reason,
      message: drivable.message,
      stalled: blocked,
    };
  }
  if (context.settings.paused) {
    return {
      ...base,
      state: "Idle",
      reason: "PausedBySpec",
      message: `${name(status)} is stable; spec.paused is true`,
    };
  }
  return {
    ...base,
    state: "Idle",
    reason: "Settled",
    message: `${name(status)} is stable and has all the traffic`,
  };
}

/** Stickiness that was turned off comes back when the cookies of that time have expired. */
function withCookies(context: Context, decision: Decision): Decision {
  const { now, observed } = context;
  const { stickiness, canary } = decision.status;
  if (!stickiness || canary) return decision;
  const at = millis(stickiness.restoreAt) ?? now;
  if (now < at) return { ...decision, wake: [...(decision.wake ?? []), at] };
  const busy = decision.actions?.some(({ kind }) => kind === "SetWeights") === true;
  const settled = carries(observed.router, stableDestination(decision.status), 100);
  if (busy || !settled) return decision;
  const seconds = stickiness.durationSeconds;
  const written = shift(context, decision.status, {
    destination: stableDestination(decision.status),
    percent: 100,
    purpose: "restore",
    stickiness: seconds,
  });
  const note = `stickiness of ${seconds} s is put back: the cookies of before have expired`;
  return {
    ...decision,
    status: written.status,
    actions: [...(decision.actions ?? []), written.action],
    events: [{ type: "Normal", reason: "StickinessOff", action: "Restore", note }],
    watch: "active",
  };
}

/** Status once the cookies of before have expired and stickiness was read to be on again everywhere, by whomever. */
function cookiesBack({ status, observed, now }: Context): ModelRolloutStatus {
  const { stickiness, ...rest } = status;
  if (!stickiness || !observed.router || now < (millis(stickiness.restoreAt) ?? now)) return status;
  return stickinessOn(observed.router) ? rest : status;
}
