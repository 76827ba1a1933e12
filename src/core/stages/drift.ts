import type { ModelRolloutStatus } from "../../api/types.ts";
import { acknowledgedShare, type Context } from "../context.ts";
import { alarmsPass, type GateAnswer, pass, wait } from "../gates/alarm-gates.ts";
import { rawWeights, routerDrivable, targetName } from "../gates/router-gates.ts";
import type { TargetRead } from "../observed.ts";
import { fullSize, needFor, slotOf } from "../roles.ts";
import { instant, millis, spoken } from "../time.ts";
import { carries, observedShare, other, standing, type WeightMemory } from "../weights.ts";
import type { Decision } from "./decision.ts";
import { approves, beginPause, endPause } from "./pause.ts";
import { lacks } from "./provision.ts";
import { shift, withoutIntent } from "./shift.ts";

/** A canary found above its weight is put back this often within the window, then Blocked (design 7). */
const REPAIRS = 3;
const REPAIR_WINDOW_MS = 600_000;

function memoryOf({ status, watched }: Context): WeightMemory {
  const { intent, weight } = status;
  const intended =
    intent?.action === "SetWeights" && intent.weight !== undefined
      ? { intended: intent.slot === watched ? intent.weight : 100 - intent.weight }
      : {};
  const changedAt = millis(weight?.changedAt);
  return {
    acknowledged: acknowledgedShare(status),
    ...intended,
    ...(weight?.previous === undefined ? {} : { previous: weight.previous }),
    ...(changedAt === undefined ? {} : { changedAt }),
  };
}

/** Weights that are not the ones last acknowledged; undefined when there are none, or only stale or unread ones. */
export function driftStage(context: Context): Decision | undefined {
  const { observed, watched, now, status } = context;
  const memory = memoryOf(context);
  const targets = observed.router?.targets ?? [];
  const of = (wanted: string) =>
    targets.filter((target) => standing(target, watched, memory, now) === wanted);
  const above = of("above");
  if (above.length > 0) return putBack(context, above, memory.acknowledged);
  const below = of("below");
  if (below.length > 0) return takenBack(context, below, memory.acknowledged);
  if (status.pause?.reason === "ForeignWeights") return resume(context, memory.acknowledged);
  return undefined;
}

/** Traffic is never moved from where something runs to where nothing does, whatever status says is stable. */
function nothingThere(context: Context): boolean {
  const { watched, observed } = context;
  const [here, there] = [slotOf(context, watched), slotOf(context, other(watched))];
  const unmanaged = context.status.stable?.unmanaged === true;
  const { health } = observed;
  // At rest health is not read; then Ready pods must do.
  if (here && there && !unmanaged) return (health ? there.serving : there.ready) === 0 && here.ready > 0;
  if (!health || health.a.problem || health.b.problem) return false;
  return health[other(watched)].healthy.length === 0 && health[watched].healthy.length > 0;
}

function describe(targets: readonly TargetRead[], share: number, watched: string): string {
  const first = targets[0];
  const found = first ? `${targetName(first)} carries ${rawWeights(first)}` : "";
  return `${found}; ${share} % on ${watched} was acknowledged`;
}

function putBack(context: Context, above: readonly TargetRead[], share: number): Decision {
  const { status, now, watched } = context;
  const message = describe(above, share, watched);
  if (nothingThere(context)) {
    return {
      state: "Blocked",
      reason: "NoStableCapacity",
      message: `${message}; nothing runs at ${other(watched)}, so it is not put back before something does`,
      status: withoutIntent(status),
      stalled: true,
      watch: "active",
    };
  }
  const recent = (status.drift?.repairs ?? []).filter((at) => now - (millis(at) ?? 0) < REPAIR_WINDOW_MS);
  if (recent.length >= REPAIRS) {
    const oldest = millis(recent[0]) ?? now;
    return {
      state: "Blocked",
      reason: "Drift",
      message: `${message}; put back ${REPAIRS} times within ${spoken(REPAIR_WINDOW_MS)}, find out who writes it`,
      status: { ...withoutIntent(status), drift: { repairs: recent, message } },
      wake: [oldest + REPAIR_WINDOW_MS],
      stalled: true,
      watch: "active",
    };
  }
  const previous = observedShare(context.observed.router, watched) ?? 0;
  const noted: ModelRolloutStatus = {
    ...status,
    drift: { repairs: [...recent, instant(now)].slice(-10), message },
    weight: { desired: share, acknowledged: share, ...status.weight, previous, changedAt: instant(now) },
  };
  const written = shift(context, noted, {
    destination: watched,
    percent: share,
    purpose: "repair",
    only: above.map(({ id }) => id),
  });
  return {
    state: status.canary ? "Shifting" : "Idle",
    reason: "DriftRepaired",
    message: `${message}; putting it back`,
    status: written.status,
    actions: [written.action],
    watch: "active",
  };
}

/** Somebody took the canary back: it goes up again only after a person's approval, and then as a raise. */
function takenBack(context: Context, below: readonly TargetRead[], share: number): Decision {
  const { status, watched } = context;
  const message = describe(below, share, watched);
  const paused =
    status.pause?.reason === "ForeignWeights"
      ? status
      : beginPause(withoutIntent(status), "ForeignWeights", message, context.now);
  const base = { state: "Paused", reason: "ForeignWeights", watch: "active" } as const;
  if (!approves(context, paused)) {
    return {
      ...base,
      message: `${message}; somebody took it back: approve ${paused.pause?.approval} or abort`,
      status: paused,
    };
  }
  const closed = raiseGates(context, share).find((answer) => answer.kind !== "pass");
  if (closed)
    return { ...base, message: `approved; the weight goes back up later: ${closed.message}`, status: paused };
  const raised = shift(context, paused, { destination: watched, percent: share, purpose: "raise" });
  return {
    ...base,
    message: `approved; raising to ${share} % again`,
    status: raised.status,
    actions: [raised.action],
  };
}

/** What any raise needs (I2). */
function raiseGates(context: Context, share: number): readonly GateAnswer[] {
  const { status, settings, watched } = context;
  const role = status.canary ?? status.stable;
  const need = status.canary ? needFor(context, share) : fullSize(context);
  const missing = role && lacks(context, { destination: watched, revision: role.revision, replicas: need });
  return [
    settings.paused ? wait("PausedBySpec", "spec.paused is true") : pass(""),
    routerDrivable(context),
    missing ? wait(missing.reason, missing.message) : pass(""),
    alarmsPass(context),
  ];
}

/** The weights are as acknowledged again; the pause still ends only when a person says so. */
function resume(context: Context, share: number): Decision | undefined {
  const { status, observed, watched } = context;
  const pause = status.pause;
  if (!pause || !carries(observed.router, watched, share)) return undefined;
  if (!status.canary || approves(context, status)) return undefined;
  return {
    state: "Paused",
    reason: "ForeignWeights",
    message: `the weights are back at ${share} % on ${watched}; approve ${pause.approval} to go on, or abort`,
    status: withoutIntent(status),
    watch: "active",
  };
}

/** Status with a pause ended that nothing holds any longer; the hold is served anew. */
export function withoutEndedPause(context: Context): ModelRolloutStatus {
  const { status, observed, watched, verdicts } = context;
  const { pause } = status;
  if (!pause) return status;
  if (pause.reason === "ForeignWeights") {
    const settled = carries(observed.router, watched, acknowledgedShare(status));
    const free = settled && (!status.canary || approves(context, status));
    return free ? endPause(status, context.now) : status;
  }
  const quiet = !verdicts.some(({ pauses }) => pauses) && alarmsPass(context).kind === "pass";
  return quiet && approves(context, status) ? endPause(status, context.now) : status;
}
