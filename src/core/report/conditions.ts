import type {
  AlarmStatus,
  Condition,
  ConditionType,
  ModelRolloutStatus,
  Reason,
  RoleStatus,
} from "../../api/types.ts";
import { askedShare, type Context, watchedDestination } from "../context.ts";
import { routerSettled } from "../gates/router-gates.ts";
import { podsOf } from "../in-place/view.ts";
import { slotOf } from "../roles.ts";
import type { Decision } from "../stages/decision.ts";
import { instant } from "../time.ts";
import { shortHold } from "./short-holds.ts";

type Face = Pick<Condition, "status" | "reason" | "message">;

const face = (truth: boolean, reason: Reason, message: string): Face => ({
  status: truth ? "True" : "False",
  reason,
  message,
});

/** Conditions are the truth, `state` is their summary. `lastTransitionTime` moves only with the status. */
export function conditionsOf(
  context: Context,
  decision: Decision,
  status: ModelRolloutStatus,
  watched: boolean,
): readonly Condition[] {
  const { reason, message } = decision;
  const stalled = decision.stalled === true;
  const ready = readiness(context, decision, status);
  const atRest = ready.status === "True";
  const waiting = decision.state === "AwaitingApproval" || decision.state === "Paused";
  const faces: Readonly<Record<ConditionType, Face>> = {
    Ready: ready,
    Progressing: face(!atRest && !stalled && !waiting, ready.reason, ready.message),
    Reconciling: face(!atRest && !stalled, ready.reason, ready.message),
    Stalled: stalled ? face(true, reason, message) : face(false, "Settled", "nothing needs a person"),
    Paused: waiting ? face(true, reason, message) : pausedBySpec(context),
    AlarmsHealthy: alarmsHealthy(context, status.alarms ?? [], watched),
    TrafficSettled: withNotice(context, trafficSettled(context, status)),
  };
  return (Object.keys(faces) as ConditionType[]).map((type) => stamped(context, type, faces[type]));
}

function pausedBySpec({ settings }: Context): Face {
  return settings.paused
    ? face(true, "PausedBySpec", "spec.paused is true: no step is taken; alarms still guard")
    : face(false, "Settled", "not paused");
}

function stamped(context: Context, type: ConditionType, next: Face): Condition {
  const before = context.status.conditions?.find((condition) => condition.type === type);
  const kept = before?.status === next.status ? before.lastTransitionTime : instant(context.now);
  return {
    type,
    status: next.status,
    reason: next.reason,
    message: oneLine(next.message),
    lastTransitionTime: kept,
    observedGeneration: context.rollout.metadata.generation,
  };
}

/** Messages are one line, without control characters (an alarm's name may hold anything), and bounded. */
export function oneLine(text: string): string {
  // The marks that turn the direction of writing can make a text read as another one.
  const flat = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, " ");
  return flat.length > 500 ? `${flat.slice(0, 499)}…` : flat;
}

/** True only when the spec's revision is stable and all is settled. */
function readiness(context: Context, decision: Decision, status: ModelRolloutStatus): Face {
  const { observed } = context;
  const { reason, message } = decision;
  const { stable } = status;
  if (decision.state !== "Idle" || decision.stalled === true || !stable) return face(false, reason, message);
  if (stable.revision !== observed.wanted.revision) return face(false, reason, message);
  const settled = routerSettled({ ...context, status, watched: watchedDestination(status) });
  if (settled.kind !== "pass") return face(false, settled.reason, settled.message);
  if (reshapes(context, decision)) return reshaped(context);
  const short = shortInPlace(context, stable.revision) ?? shortSlot(context, stable);
  return short === undefined ? face(true, reason, message) : face(false, "CapacityPending", short);
}

function reshaped({ observed: { inPlace } }: Context): Face {
  const edited = inPlace?.owned && inPlace.deployment?.mark !== "released";
  return edited
    ? face(
        false,
        "DriftRepaired",
        `Deployment ${inPlace.id} was edited: it is put back; edit the ModelRollout`,
      )
    : face(false, "Promoting", "the Deployment gets its own settings back");
}

/** Scaling our own Deployment is no change of what it runs. */
function reshapes({ observed }: Context, { actions = [] }: Decision): boolean {
  return actions.some(
    (action) =>
      action.kind === "ShapeDeployment" &&
      (!observed.inPlace?.owned || action.template !== undefined || action.settings !== undefined),
  );
}

function shortSlot(context: Context, { slot, unmanaged }: RoleStatus): string | undefined {
  const { settings } = context;
  if (!settings.hasWorkload || unmanaged || slot === undefined) return undefined;
  const { ready = 0, trouble } = slotOf(context, slot) ?? {};
  const why = trouble === undefined ? "" : `; ${trouble}`;
  return ready < settings.replicas
    ? `${ready} of ${settings.replicas} pods of the stable version are Ready${why}`
    : undefined;
}

function shortInPlace({ observed }: Context, revision: string): string | undefined {
  const replicas = observed.inPlace?.deployment?.replicas;
  if (!observed.inPlace || replicas === undefined) return undefined;
  const { ready } = podsOf(observed.inPlace, revision);
  return ready < replicas
    ? `${ready} of ${replicas} pods of the stable version are Ready in Deployment ${observed.inPlace.id}`
    : undefined;
}

function alarmsHealthy(context: Context, alarms: readonly AlarmStatus[], watched: boolean): Face {
  const unknown = (reason: Reason, message: string): Face => ({ status: "Unknown", reason, message });
  if (context.settings.alarms.length === 0)
    return unknown("NoAlarms", "spec.analysis names no alarm: holds pass by time alone");
  if (!watched) return unknown("AlarmUnread", "alarms are read while something is released or retained");
  const failing = alarms.find(
    ({ verdict, reason }) => verdict === "Fail" || reason === "AlarmFiring" || reason === "AlarmFired",
  );
  if (failing) return face(false, failing.reason, failing.message ?? failing.name);
  const unread = alarms.find(({ verdict }) => verdict !== "Pass");
  if (unread) return unknown(unread.reason, unread.message ?? unread.name);
  const overridden = alarms.find(({ reason, state }) => reason === "AlarmOverridden" && state === "ALARM");
  if (overridden) return face(false, "AlarmOverridden", overridden.message ?? overridden.name);
  const passing = `${alarms.length} of ${alarms.length} alarms pass`;
  const short = shortHold(context);
  return short === undefined
    ? face(true, "AlarmsPass", passing)
    : face(true, "HoldTooShort", `${passing}; ${short}`);
}

function withNotice({ observed: { routerNotice } }: Context, said: Face): Face {
  return routerNotice === undefined ? said : { ...said, message: `${said.message}; ${routerNotice}` };
}

function trafficSettled(context: Context, status: ModelRolloutStatus): Face {
  const { router } = context.observed;
  const unread = router?.targets.find(({ problem }) => problem !== undefined);
  if (!router || unread) {
    return {
      status: "Unknown",
      reason: "RouterUnreadable",
      message: unread?.problem?.message ?? "not read yet",
    };
  }
  if (!status.stable) return { status: "Unknown", reason: "Starting", message: "nothing was written yet" };
  const answer = routerSettled(
    { ...context, status, watched: watchedDestination(status) },
    askedShare(status),
  );
  return answer.kind === "pass"
    ? face(true, "Settled", answer.message)
    : face(false, answer.reason, answer.message);
}
