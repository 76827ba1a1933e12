import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { servingInPlace, withSize } from "../in-place/release.ts";
import { instant } from "../time.ts";
import { same } from "../weights.ts";
import type { Decision } from "./decision.ts";
import { driftStage, withoutEndedPause } from "./drift.ts";
import { freshServing, releaseCause } from "./guards.ts";
import { beginPause } from "./pause.ts";
import { sustainRelease } from "./provision.ts";
import { beginRollback } from "./rollback.ts";
import { shift } from "./shift.ts";
import { stepStage } from "./step.ts";

/** A release that is under way: reasons to take it back, foreign weights, pauses, then its next step. */
export function releaseStage(context: Context): Decision | undefined {
  if (!context.status.canary || context.status.rollback) return undefined;
  const sized = { ...context, status: withSize(context) };
  const noted = { ...sized, status: withCapacityClock(sized) };
  const cause = releaseCause(noted);
  if (cause) return beginRollback(noted, noted.status, cause);
  const drifted = driftStage(noted);
  if (drifted) return sustained(noted, drifted);
  const free = { ...noted, status: withoutEndedPause(noted) };
  const paused = alarmPause(free);
  return paused ? sustained(free, paused) : stepStage(free);
}

/** Standing still is no reason to leave a lost Deployment unmade: both versions have traffic. */
function sustained(context: Context, decision: Decision): Decision {
  return { ...decision, actions: [...(decision.actions ?? []), ...sustainRelease(context)] };
}

/** Notes since when the canary has been short of what its acknowledged weight needs. */
function withCapacityClock(context: Context): ModelRolloutStatus {
  const { unavailableSince, ...rest } = context.status;
  const serving = freshServing(context);
  if (serving === undefined) return context.status;
  const weighted = (rest.weight?.acknowledged ?? 0) > 0;
  const need = servingInPlace(context)?.need ?? rest.weight?.pods ?? 1;
  if (!weighted || serving >= need) return rest;
  return { ...rest, unavailableSince: unavailableSince ?? instant(context.now) };
}

/** An alarm with `onAlarm: Pause`: the weight stays until it passes and a person approves. */
function alarmPause(context: Context): Decision | undefined {
  const { status, verdicts, now } = context;
  const firing = verdicts.find(({ pauses }) => pauses);
  if (!firing && !status.pause) return undefined;
  const message = firing?.message ?? status.pause?.message ?? "";
  const paused = status.pause ? status : beginPause(status, "AlarmPaused", message, now);
  const share = status.weight?.acknowledged ?? 0;
  return lateRaise({ ...context, status: paused }, share, {
    state: "Paused",
    reason: "AlarmPaused",
    message: `${message}; ${firing ? "once it is quiet" : "it is quiet now:"} approve ${paused.pause?.approval} to go on, or abort; the canary stays at ${share} %`,
    status: paused,
    watch: "active",
  });
}

/** A raise that went out before the pause has arrived after all: the weight that was acknowledged is written again. */
function lateRaise(context: Context, share: number, standing: Decision): Decision {
  const { observed, watched, status } = context;
  if (observed.inPlace || status.intent?.action !== "SetWeights") return standing;
  const only = (observed.router?.targets ?? [])
    .filter(({ shares }) => shares !== undefined && !same(shares[watched], share) && shares[watched] > share)
    .map(({ id }) => id);
  if (only.length === 0) return standing;
  const lowered = { ...status, weight: { acknowledged: share, ...status.weight, desired: share } };
  const written = shift(context, lowered, { destination: watched, percent: share, purpose: "repair", only });
  return { ...standing, status: written.status, actions: [written.action] };
}
