import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import { watchedDestination } from "../context.ts";
import { routerDrivable } from "../gates/router-gates.ts";
import { fullSize, slotOf, stableDestination } from "../roles.ts";
import { clockTime, millis } from "../time.ts";
import { carries, other, stickinessOff } from "../weights.ts";
import type { Decision } from "./decision.ts";
import { driftStage, withoutEndedPause } from "./drift.ts";
import { retainCause } from "./guards.ts";
import { sustain } from "./provision.ts";
import { endRetain, withoutRetained } from "./retain.ts";
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
  const until = millis(free.status.retained?.until) ?? context.now;
  return {
    ...rest(free),
    reason: "Retaining",
    message: `${name(free.status)} is stable; the version before is kept until ${clockTime(until)}`,
    wake: [until],
    watch: "active",
  };
}

function resting(context: Context): Decision {
  const drifted = driftStage(context);
  if (drifted) return { ...drifted, actions: [...(drifted.actions ?? []), ...keepSizes(context)] };
  const cookies = restoreCookies(context);
  if (cookies) return cookies;
  const { wanted } = context.observed;
  if (wanted.revision === context.status.stable?.revision) return rest(forgiven(context));
  return wanted.revision === context.status.failedRevision && !retried(context)
    ? failed(context)
    : withSizes(context, startStage(context));
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

/** The serving slot at the size of the spec, the other one at 0 unless it is retained. */
function keepSizes(context: Context): readonly Action[] {
  const { status, observed } = context;
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
  const running = slotOf(context, idle)?.deployment;
  const empty =
    !retained && running !== undefined && running.replicas > 0 && carries(observed.router, idle, 0);
  return empty ? [...kept, { kind: "ScaleSlot", destination: idle, replicas: 0 }] : kept;
}

/** Nothing to decide: everything is, or is being brought, as the spec says. */
function rest(context: Context): Decision {
  const status = withoutIntent(context.status);
  const base = { status, actions: keepSizes(context), watch: "idle" } as const;
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
function restoreCookies(context: Context): Decision | undefined {
  const { status, now, observed } = context;
  const { stickiness } = status;
  if (!stickiness || !observed.router) return undefined;
  const at = millis(stickiness.restoreAt) ?? now;
  if (now < at) return undefined;
  if (!stickinessOff(observed.router)) {
    const { stickiness: _back, ...done } = withoutIntent(status);
    return { ...rest({ ...context, status: done }), wake: [now] };
  }
  const destination = stableDestination(status);
  const written = shift(context, status, {
    destination,
    percent: 100,
    purpose: "restore",
    stickiness: stickiness.durationSeconds,
  });
  return {
    state: "Idle",
    reason: "StickinessOff",
    message: `stickiness of ${stickiness.durationSeconds} s is put back: the cookies of before have expired`,
    status: written.status,
    actions: [written.action],
    watch: "active",
  };
}
