import type { ModelRolloutStatus, RollbackStatus } from "../../api/types.ts";
import type { Action } from "../action.ts";
import { healthyAt } from "../capacity.ts";
import type { Context } from "../context.ts";
import { drainLeft } from "../drain.ts";
import { isFresh } from "../freshness.ts";
import { failingAlarm } from "../gates/alarm-gates.ts";
import { ownSettingsFirst } from "../in-place/own-settings.ts";
import { continueInPlaceRollback } from "../in-place/rollback.ts";
import type { Destination } from "../observed.ts";
import { closeRelease } from "../releases.ts";
import { fullSize, slotOf, stableDestination } from "../roles.ts";
import { clockTime, instant, millis } from "../time.ts";
import { carries, observedShare, other, stickinessOff, stickySeconds } from "../weights.ts";
import type { Decision } from "./decision.ts";
import { isFailure, type RollbackCause } from "./guards.ts";
import { provision, sustainStable } from "./provision.ts";
import { acknowledge, shift } from "./shift.ts";

/** Begins to take the canary back and does the first thing in the same plan (I3). */
export function beginRollback(context: Context, status: ModelRolloutStatus, cause: RollbackCause): Decision {
  const from = status.canary?.slot ?? other(stableDestination(status));
  const { pause: _pause, unavailableSince: _since, step, ...rest } = status;
  const begun: ModelRolloutStatus = {
    ...rest,
    ...(step ? { step } : {}),
    weight: { acknowledged: 0, ...status.weight, desired: 0 },
    rollback: { ...cause, startedAt: instant(context.now), from, to: other(from) },
  };
  return continueRollback({ ...context, status: begun, watched: from });
}

/**
 * In retain the promoted version takes the canary's place and the retained one is stable again: from there on it is a
 * rollback like any other.
 */
export function beginReturn(context: Context, cause: RollbackCause): Decision {
  const { stable, retained, ...rest } = context.status;
  if (!stable || !retained) throw new Error("a return needs a promoted and a retained version");
  const { until: _until, pauses: _pauses, ...back } = retained;
  const slot = back.slot === undefined ? undefined : slotOf(context, back.slot);
  const replicas = slot?.deployment?.replicas ?? stable.replicas;
  const status: ModelRolloutStatus = {
    ...rest,
    stable: { ...back, replicas, readyReplicas: slot?.ready ?? 0 },
    canary: stable,
    weight: { ...rest.weight, desired: 100, acknowledged: 100 },
  };
  return beginRollback({ ...context, status }, status, cause);
}

/** Weights, then drain, then pods, then the end. */
export function continueRollback(context: Context): Decision {
  const { status } = context;
  const { rollback } = status;
  if (!rollback) throw new Error("no rollback to continue");
  if (context.observed.inPlace) {
    const decision = continueInPlaceRollback(context, (back) => ended(context, back, rollback));
    return ownSettingsFirst(context, decision);
  }
  const from: Destination = rollback.from ?? context.watched;
  const decision =
    awaitRetained(context, rollback, from) ??
    restoreStable(context, rollback, from) ??
    takeBack(context, rollback, from);
  const over = decision.status.rollback === undefined;
  const actions = over ? [] : sustainStable({ ...context, status: decision.status });
  return {
    ...decision,
    actions: [...(decision.actions ?? []), ...actions.filter((action) => !has(decision, action))],
  };
}

/** Already in the plan, perhaps with another size. */
const has = ({ actions = [] }: Decision, { kind, ...rest }: Action) =>
  actions.some(
    (action) =>
      action.kind === kind &&
      "destination" in action &&
      "destination" in rest &&
      action.destination === rest.destination,
  );

/**
 * The spec names the retained version again while nothing is wrong with the promoted one: straight to 100, as soon as
 * it has its capacity. A failing alarm, an abort or a health that cannot be read waits for nothing.
 */
function awaitRetained(context: Context, rollback: RollbackStatus, from: Destination): Decision | undefined {
  const { status, observed, requests } = context;
  const { stable } = status;
  if (rollback.reason !== "Reverted" || status.step || !stable || stable.unmanaged || rollback.zeroAt)
    return undefined;
  if (failingAlarm(context) || requests.abort === status.release) return undefined;
  const to = other(from);
  const health = observed.health?.[to];
  const blind = observed.capacity !== "pods" && (!health || health.problem !== undefined);
  if (blind || !carries(observed.router, from, 100)) return undefined;
  const brought = provision(context, {
    destination: to,
    revision: stable.revision,
    replicas: fullSize(context),
  });
  return (
    brought.pending && {
      state: "RollingBack",
      reason: "Reverted",
      message: `${rollback.message}; the traffic follows when its capacity is there: ${brought.pending.message}`,
      status,
      actions: brought.actions,
      watch: "active",
    }
  );
}

/** The one exception: a fresh read shows nothing healthy at stable and something at the canary. */
function restoreStable(context: Context, rollback: RollbackStatus, from: Destination): Decision | undefined {
  const { observed, status } = context;
  const to = other(from);
  if (healthyAt(context, to) !== 0 || !healthyAt(context, from)) return undefined;
  if (!exposed(status) && (observedShare(observed.router, from) ?? 0) === 0) return undefined;
  if (carries(observed.router, from, 0)) return undefined;
  const stable = status.stable;
  const brought =
    stable && !stable.unmanaged
      ? provision(context, {
          destination: to,
          revision: stable.revision,
          replicas: Math.max(1, fullSize(context)),
        })
      : { actions: [] };
  const ours = stable && !stable.unmanaged && slotOf(context, to) !== undefined;
  const restoring = ours ? "its capacity is restored" : "it is not ours, and must be healthy";
  return {
    state: "RollingBack",
    reason: "NoStableCapacity",
    message: `nothing healthy at ${to}: ${restoring} before the traffic goes back (${rollback.message})`,
    status,
    actions: brought.actions,
    watch: "active",
  };
}

function takeBack(context: Context, rollback: RollbackStatus, from: Destination): Decision {
  const { observed, status, now, settings } = context;
  if (mustWrite(context, rollback, from)) return writeStable(context, rollback, from);
  const settled = acknowledge(context, status, 0);
  const zeroAt = millis(rollback.zeroAt) ?? now;
  const drainUntil = zeroAt + settings.drainMs;
  const draining: ModelRolloutStatus = {
    ...settled,
    rollback: { ...rollback, zeroAt: instant(zeroAt), drainUntil: instant(drainUntil) },
  };
  const { router, alarmPollMs } = observed;
  const fresh = router !== undefined && isFresh(router.at, { now, alarmPollMs });
  const left = drainLeft(context, instant(zeroAt));
  if (left <= 0 && fresh && carries(router, from, 0)) return empty(context, draining, rollback, from);
  return {
    state: "RollingBack",
    reason: rollback.reason,
    message: `${rollback.message}; all traffic is on ${other(from)}, slot ${from} drains until ${clockTime(drainUntil)}`,
    status: draining,
    wake: [now + left],
    watch: "active",
  };
}

/**
 * The stable weights are written until a read that began after the write shows them, and then at every mismatch. A
 * target that cannot be read later on, in the drain, is no mismatch: it is waited for.
 */
function mustWrite(context: Context, rollback: RollbackStatus, from: Destination): boolean {
  const { status, observed } = context;
  const { router } = observed;
  const cookies = exposed(status) && !stickinessOff(router);
  if (cookies || (observedShare(router, from) ?? 0) > 0) return true;
  if (exposed(status) && status.intent?.weight !== 0) return true;
  const begun = (router?.at ?? 0) >= (millis(status.intent?.since) ?? 0);
  return rollback.zeroAt === undefined && !(begun && carries(router, from, 0));
}

/** Weight that the canary has, or that a write which may still arrive would give it. */
function exposed({ weight, intent }: ModelRolloutStatus): boolean {
  return (weight?.acknowledged ?? 0) > 0 || (intent?.action === "SetWeights" && intent.weight !== 0);
}

/** Absolute stable weights, and stickiness off where there is any; written again at every mismatch. */
function writeStable(context: Context, rollback: RollbackStatus, from: Destination): Decision {
  const { observed, status, now } = context;
  const seconds = stickySeconds(observed.router);
  const { zeroAt: _zero, drainUntil: _until, ...open } = rollback;
  const noted: ModelRolloutStatus = {
    ...status,
    rollback: open,
    ...(seconds === undefined
      ? {}
      : {
          stickiness: {
            durationSeconds: seconds,
            offSince: instant(now),
            restoreAt: instant(now + seconds * 1000),
          },
        }),
  };
  const written = shift(context, noted, {
    destination: from,
    percent: 0,
    purpose: "rollback",
    // Unread, the weights go first: what is on must be known before it is turned off, or nobody could put it back.
    stickiness: seconds === undefined ? "keep" : "off",
  });
  return {
    state: "RollingBack",
    reason: rollback.reason,
    message: `${rollback.message}; taking all traffic back to ${other(from)}`,
    status: written.status,
    actions: [written.action],
    urgent: true,
    watch: "active",
  };
}

/** After the drain: the canary's pods may go, and the release has ended. */
function empty(
  context: Context,
  status: ModelRolloutStatus,
  rollback: RollbackStatus,
  from: Destination,
): Decision {
  const deployment = slotOf(context, from)?.deployment;
  if (deployment && deployment.replicas > 0) {
    const scale: Action = { kind: "ScaleSlot", destination: from, replicas: 0 };
    return {
      state: "RollingBack",
      reason: rollback.reason,
      message: `${rollback.message}; scaling slot ${from} to 0`,
      status,
      actions: [scale],
      watch: "active",
    };
  }
  return ended(context, status, rollback);
}

function ended(context: Context, status: ModelRolloutStatus, rollback: RollbackStatus): Decision {
  const { rollback: _over, canary, step: _step, unavailableSince: _since, pause: _pause, ...rest } = status;
  const failed = canary !== undefined && isFailure(rollback.reason);
  const outcome = rollback.reason === "Superseded" ? "Superseded" : "RolledBack";
  const closed = closeRelease(
    rest,
    {
      revision: canary?.revision ?? "",
      ...(canary?.modelVersion === undefined ? {} : { modelVersion: canary.modelVersion }),
      outcome,
      reason: rollback.reason,
      message: rollback.message,
    },
    context.now,
  );
  const marked: ModelRolloutStatus = failed
    ? {
        ...closed,
        failedRevision: canary.revision,
        failedReason: rollback.reason,
        ...(status.release === undefined ? {} : { failedRelease: status.release }),
      }
    : closed;
  return {
    state: failed ? "RolledBack" : "Idle",
    reason: failed ? "RolledBack" : rollback.reason,
    message: `${failed ? `${rollback.reason}: ` : ""}${rollback.message}; all traffic is on the stable version`,
    status: marked,
    again: true,
    stalled: failed,
  };
}
