import type { ModelRolloutStatus } from "../../api/types.ts";
import { type Context, judgeAll } from "../context.ts";
import { drivenTraffic } from "../driven-traffic.ts";
import { deploymentAsRouter } from "../in-place/view.ts";
import type { Plan } from "../plan-data.ts";
import type { Decision } from "../stages/decision.ts";
import { approvalName } from "../stages/pause.ts";
import { alarmStatuses, alarmSummary, type Baselines } from "./alarms.ts";
import { withColumns } from "./columns.ts";
import { conditionsOf, oneLine } from "./conditions.ts";
import { answerRequests, sideEvents, transitionEvents } from "./events.ts";
import { timeoutAt, withTimeoutClock } from "./timeout.ts";

/** Turns a decision into the plan that is carried out: status, conditions, columns, events, when to look again. */
export function finish(given: Context, decided: Decision): Plan {
  const context = inItsWords(given, decided);
  const decision = withFailure(context, decided);
  const timed = withTimeoutClock(context, decision.status, decision);
  const watched = alarmsWatched(timed, decision);
  const alarms = watched ? alarmsOf(context, decision, timed) : [];
  const { alarms: _before, awaiting: _value, ...rest } = timed;
  const columns = withColumns(context, { ...rest, state: decision.state });
  const status: ModelRolloutStatus = {
    ...columns,
    ...drivenNow(context),
    alarms,
    alarmSummary: alarmSummary(alarms, watched),
    ...(awaits(decision) ? { awaiting: timed.pause?.approval ?? approvalName(timed) } : {}),
  };
  const answered = answerRequests(context, status);
  const complete: ModelRolloutStatus = {
    ...status,
    ...(answered.lastHandled ? { lastHandled: answered.lastHandled } : {}),
    conditions: conditionsOf(context, decision, status, watched),
  };
  const again = isPressing(context.status, decision, complete);
  const active = decision.watch === "active";
  return {
    status: complete,
    actions: decision.actions ?? [],
    urgent: decision.urgent === true,
    ...(again
      ? { requeueAfter: 0 }
      : wakeUp(context, [...(decision.wake ?? []), timeoutAt(context, complete)])),
    watch: {
      alarms: watched,
      traffic: active && !isRefused(decision, complete) ? "active" : "idle",
      health: active,
    },
    explain: decision.gates ?? [],
    events: [
      ...transitionEvents(context.status, decision, complete),
      ...sideEvents(context, decision, complete),
      ...answered.events,
    ].map((event) => ({
      ...event,
      note: oneLine(event.note),
    })),
  };
}

/** A Deployment is read in the light of the status: where roles have swapped, of the one that follows. */
function inItsWords(context: Context, { status }: Decision): Context {
  const { observed } = context;
  if (!observed.inPlace) return context;
  return { ...context, observed: { ...observed, router: deploymentAsRouter(status, observed) } };
}

/** A start that is refused has nothing to guard: it looks at the pace of the drift poll, or the blocked starve the rest. */
function isRefused({ state }: Decision, { canary, rollback, retained }: ModelRolloutStatus): boolean {
  return state === "Blocked" && !canary && !rollback && !retained;
}

/** What was learned in this plan decides more, at once. */
function isPressing(
  before: ModelRolloutStatus,
  { again, actions = [] }: Decision,
  after: ModelRolloutStatus,
): boolean {
  return (
    again === true || (actions.length === 0 && (acknowledges(before, after) || movedBaseline(before, after)))
  );
}

/** Only what lies ahead wakes: an instant that is past was seen in this very plan. */
function wakeUp({ now }: Context, instants: readonly (number | undefined)[]): Pick<Plan, "requeueAfter"> {
  const ahead = instants.filter((at) => at !== undefined).filter((at) => at > now);
  return ahead.length > 0 ? { requeueAfter: Math.min(...ahead) - now } : {};
}

/** A weight was read back: what it asks of the pods is looked at at once, not with the next poll. */
function acknowledges(before: ModelRolloutStatus, after: ModelRolloutStatus): boolean {
  return before.canary !== undefined && before.weight?.acknowledged !== after.weight?.acknowledged;
}

/** A transition that was dealt with is no reason to wait any more: what follows is decided at once. */
function movedBaseline(before: ModelRolloutStatus, after: ModelRolloutStatus): boolean {
  return (after.alarms ?? []).some(({ name, region, baseline }) => {
    const known = before.alarms?.find((alarm) => alarm.name === name && alarm.region === region);
    return known?.baseline !== undefined && baseline !== undefined && known.baseline !== baseline;
  });
}

/** An effect that fails is part of why a release stands where it stands. */
function withFailure({ observed }: Context, decision: Decision): Decision {
  const { failure, trafficFrozen } = observed;
  const frozen = trafficFrozen === true ? "; the edit of spec.traffic waits for the end of this release" : "";
  const failed = failure !== undefined && (decision.actions ?? []).length > 0 ? `; last try: ${failure}` : "";
  return { ...decision, message: `${decision.message}${failed}${frozen}` };
}

/**
 * What the release that this plan found under way drives, its retain included; else what the spec names. A release that
 * begins in this plan was judged on that, and not on what an earlier spec named: somebody could have it taken back
 * where no grant was ever given.
 */
function drivenNow({ rollout, status, observed }: Context): Pick<ModelRolloutStatus, "traffic"> {
  const running = [status.canary, status.rollback, status.retained].some((part) => part !== undefined);
  if (running && status.traffic) return { traffic: status.traffic };
  const traffic = drivenTraffic(rollout.spec.traffic, observed.defaultRegion);
  return traffic ? { traffic } : {};
}

function awaits({ state, reason }: Decision): boolean {
  return state === "AwaitingApproval" || (state === "Paused" && reason !== "PausedBySpec");
}

/** Alarms are read while something is released, retained, or about to start. */
function alarmsWatched(status: ModelRolloutStatus, decision: Decision): boolean {
  const release =
    status.canary !== undefined || status.retained !== undefined || status.beginning !== undefined;
  return (
    release || decision.state === "Starting" || (decision.state === "Blocked" && decision.watch === "active")
  );
}

function alarmsOf(context: Context, decision: Decision, status: ModelRolloutStatus) {
  const raises = (decision.actions ?? []).some(
    (action) =>
      (action.kind === "SetWeights" && action.purpose === "raise") ||
      (action.kind === "ShapeDeployment" && action.raise === true),
  );
  const released = status.canary !== undefined || status.retained !== undefined;
  const baselines: Baselines = raises ? "set" : released ? "keep" : "drop";
  const evidenceSince = 0;
  const judged = { ...context, status: { ...status, alarms: context.status.alarms ?? [] } };
  return alarmStatuses({ ...judged, verdicts: judgeAll(judged, evidenceSince) }, baselines);
}
