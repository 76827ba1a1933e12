import type { ModelRolloutStatus } from "../../api/types.ts";
import { acknowledgedShare, type Context } from "../context.ts";
import { drainLeft } from "../drain.ts";
import { slotOf } from "../roles.ts";
import { clockTime, instant, millis } from "../time.ts";
import { carries, stickySeconds } from "../weights.ts";
import type { Decision } from "./decision.ts";
import { shift, withoutIntent } from "./shift.ts";

/**
 * Until when the old version is kept: for `retain`, which a new revision ends at once, and in any case for `drain`
 * since it last had traffic.
 */
export function retainedUntil(context: Context): number {
  const { status, observed, now } = context;
  const drained = now + drainLeft(context, status.weight?.acknowledgedAt);
  const { revision } = observed.wanted;
  const newer = revision !== status.stable?.revision && revision !== status.failedRevision;
  return newer ? drained : Math.max(millis(status.retained?.until) ?? now, drained);
}

/**
 * The end of retain: stickiness off where there is any (cookies lead clients to a group whatever its weight), drain,
 * then the old version's pods. Undefined while retain still runs, or once nothing is retained any more.
 */
export function endRetain(context: Context): Decision | "running" | "over" {
  const { status, now, observed, watched } = context;
  if (!status.retained) return "over";
  if (now < retainedUntil(context)) return "running";
  if (!carries(observed.router, watched, acknowledgedShare(status))) return "running";
  return stopCookies(context) ?? drainCookies(context) ?? empty(context) ?? "over";
}

/** True when the old version's pods are ours to remove. */
function oursToEmpty({ status, settings }: Context): boolean {
  return settings.hasWorkload && status.retained !== undefined && status.retained.unmanaged !== true;
}

function stopCookies(context: Context): Decision | undefined {
  const { status, observed, now, watched } = context;
  const seconds = stickySeconds(observed.router);
  if (seconds === undefined || !oursToEmpty(context)) return undefined;
  const noted: ModelRolloutStatus = {
    ...status,
    stickiness: {
      durationSeconds: seconds,
      offSince: instant(now),
      restoreAt: instant(now + seconds * 1000),
    },
  };
  const written = shift(context, noted, {
    destination: watched,
    percent: acknowledgedShare(status),
    purpose: "restore",
    stickiness: "off",
  });
  return {
    state: "Idle",
    reason: "StickinessOff",
    message: `stickiness goes off so that cookies (${seconds} s) lead nobody to the slot that is about to be emptied`,
    status: written.status,
    actions: [written.action],
    watch: "active",
  };
}

function drainCookies(context: Context): Decision | undefined {
  const { status, now, settings } = context;
  const slot = status.retained?.slot;
  if (!status.stickiness || slot === undefined || !oursToEmpty(context)) return undefined;
  const left = status.draining ? drainLeft(context, status.draining.since) : settings.drainMs;
  if (left <= 0) return undefined;
  const until = now + left;
  return {
    state: "Idle",
    reason: "Draining",
    message: `slot ${slot} drains until ${clockTime(until)}`,
    status: {
      ...withoutIntent(status),
      draining: status.draining ?? { slot, since: instant(now), until: instant(until) },
    },
    wake: [until],
    watch: "active",
  };
}

function empty(context: Context): Decision | undefined {
  const { status } = context;
  const { retained } = status;
  const slot = retained?.slot;
  const deployment = slot === undefined ? undefined : slotOf(context, slot)?.deployment;
  if (slot !== undefined && oursToEmpty(context) && deployment && deployment.replicas > 0) {
    return {
      state: "Idle",
      reason: "Draining",
      message: `retain is over: scaling slot ${slot} to 0`,
      status: withoutIntent(status),
      actions: [{ kind: "ScaleSlot", destination: slot, replicas: 0 }],
      watch: "active",
    };
  }
  return undefined;
}

/** Status once nothing is retained any more; the watched share is from now on that of the emptied slot. */
export function withoutRetained(status: ModelRolloutStatus): ModelRolloutStatus {
  const { retained: _gone, draining: _done, intent: _intent, pause: _pause, ...rest } = status;
  const { previous: _p, changedAt: _c, ...weight } = rest.weight ?? { desired: 0, acknowledged: 0 };
  return { ...rest, weight };
}
