import type { ModelRolloutStatus, StepStatus } from "../../api/types.ts";
import type { Action } from "../action.ts";
import { type Context, rejudged } from "../context.ts";
import { alarmsPass, block, type ClosedGate, type GateAnswer, pass, wait } from "../gates/alarm-gates.ts";
import { routerDrivable, routerSettled } from "../gates/router-gates.ts";
import { progressInPlace, raiseInPlace, sustainInPlace } from "../in-place/release.ts";
import type { GateResult, PlannedEvent } from "../plan-data.ts";
import { needFor } from "../roles.ts";
import { clockTime, instant, millis } from "../time.ts";
import { carries } from "../weights.ts";
import type { Decision } from "./decision.ts";
import { approvalName } from "./pause.ts";
import { promote } from "./promote.ts";
import { type Provision, provision, sustainRelease, sustainStable } from "./provision.ts";
import { acknowledge, shift, withoutIntent } from "./shift.ts";
import { type PresentStep, presentStep } from "./steps.ts";

/** A fresh step of the release, at today's list of steps. */
export function stepAt(context: Context, index: number): StepStatus {
  const { settings, now } = context;
  const weights = settings.steps.map(({ weight }) => weight);
  return {
    index,
    count: weights.length,
    weight: weights[index] ?? 100,
    weights,
    startedAt: instant(now),
    spentMs: 0,
    pauses: 0,
  };
}

const promoting = ({ requests, status }: Context) =>
  requests.promote !== undefined && requests.promote === status.release;

/** The release's next move: towards the present step's weight, or from it. */
export function stepStage(context: Context): Decision {
  const { status, settings } = context;
  const step = status.step ?? stepAt(context, 0);
  const acknowledged = status.weight?.acknowledged ?? 0;
  const last = settings.steps.length - 1;
  if (promoting(context) && acknowledged < 100 && step.index !== last) {
    return stepStage({ ...context, status: { ...status, step: stepAt(context, last) } });
  }
  const present = presentStep(step, settings.steps, acknowledged, promoting(context));
  const current = { ...status, step: { ...step, weight: present.weight, count: settings.steps.length } };
  const there = millis(step.acknowledgedAt) !== undefined && present.weight === acknowledged;
  const now = { ...context, status: current };
  if (there) return hold(now, present);
  return holdAgain(now) ?? approach(now, present);
}

/**
 * An alarm moved, and nobody can say whether it was in ALARM, while the next step was being prepared: the hold of the
 * weight that the canary has is served afresh.
 */
function holdAgain(context: Context): Decision | undefined {
  const { status, settings, verdicts } = context;
  const index = (status.step?.index ?? 0) - 1;
  const spec = settings.steps[index];
  const doubt = verdicts.some(({ rehold }) => rehold) && status.intent === undefined;
  if (!doubt || !spec || spec.weight !== status.weight?.acknowledged || promoting(context)) return undefined;
  const present: PresentStep = { ...spec, next: index + 1 };
  const back = { ...context, status: { ...status, step: stepAt(context, index) } };
  return hold({ ...back, status: startHold(back, back.status, present) }, present);
}

interface NamedGate {
  readonly gate: string;
  readonly answer: GateAnswer;
}

const asResults = (gates: readonly NamedGate[]): readonly GateResult[] =>
  gates.map(({ gate, answer }) => ({ gate, passed: answer.kind === "pass", message: answer.message }));

const firstClosed = (gates: readonly NamedGate[]) =>
  gates.map(({ answer }) => answer).find((answer) => answer.kind !== "pass");

function notPaused({ settings }: Context): GateAnswer {
  return settings.paused
    ? block("PausedBySpec", "spec.paused is true: no step is taken; alarms still guard")
    : pass("spec.paused is not set");
}

const capacityGate = (brought: Provision): GateAnswer =>
  brought.pending ? wait(brought.pending.reason, brought.pending.message) : pass("capacity is there");

function provisionCanary(context: Context, weight: number): Provision {
  const { status, observed } = context;
  if (observed.inPlace) return sustainInPlace(context);
  const canary = status.canary;
  if (!canary) return { actions: [] };
  const need = needFor(context, weight);
  const keep = needFor(context, Math.max(weight, status.weight?.acknowledged ?? 0));
  return provision(context, {
    destination: context.watched,
    revision: canary.revision,
    replicas: keep,
    need,
    weighted: (status.weight?.acknowledged ?? 0) > 0,
  });
}

/** Capacity first, then evidence, then the weight; then the read-back that starts the hold. */
function approach(context: Context, present: PresentStep): Decision {
  const { status, observed, watched } = context;
  const arrived = readBack(context, present);
  if (arrived) return hold(rejudged(context, arrived), present);
  const unsettled = settleOther(context, present);
  if (unsettled) return unsettled;
  const brought = prepare(context, present);
  const outstanding = intendedWeight(context) === present.weight;
  const gates: NamedGate[] = [
    { gate: "notPaused", answer: notPaused(context) },
    { gate: "routerDrivable", answer: routerDrivable(context) },
    { gate: "routerSettled", answer: outstanding ? pass("a write is under way") : routerSettled(context) },
    { gate: "capacity", answer: capacityGate(brought) },
    { gate: "alarmsPass", answer: alarmsPass(context) },
  ];
  const preparing = [...sustainStable(context), ...brought.actions];

  const closed = firstClosed(gates);
  if (closed) return held(context, closed, { gates: asResults(gates), actions: preparing });
  if (
    present.weight === (status.weight?.acknowledged ?? 0) &&
    carries(observed.router, watched, present.weight)
  ) {
    const reached = startHold(context, acknowledge(context, status, present.weight), present);
    return hold(rejudged(context, reached), present);
  }
  const written = raise(context, present.weight);
  const actions = raiseFirst(preparing, written.actions);
  return {
    state: promoting(context) ? "Promoting" : "Shifting",
    reason: promoting(context) ? "Promoting" : "Shifting",
    message: `raising the canary to ${present.weight} %${observed.inPlace ? `: ${progressInPlace(context, present.weight)}` : ` on ${watched}`}`,
    status: { ...written.status, weight: { acknowledged: 0, ...status.weight, desired: present.weight } },
    actions,
    gates: asResults(gates),
    // In place the pods may be there already: then the share is read back at once.
    ...(actions.length === 0 && written.status.intent !== status.intent ? { again: true } : {}),
    watch: "active",
  };
}

/** With slots one write of weights; in place as many pods as capacity allows, again and again. */
function raise(
  context: Context,
  percent: number,
): { status: ModelRolloutStatus; actions: readonly Action[] } {
  const { status, watched, observed } = context;
  if (observed.inPlace) return raiseInPlace(context, status, percent);
  const { action, ...rest } = shift(context, status, { destination: watched, percent, purpose: "raise" });
  return { ...rest, actions: [action] };
}

/** The raise says how the Deployment shall stand; what would keep it where it is is left out. */
function raiseFirst(preparing: readonly Action[], raised: readonly Action[]): readonly Action[] {
  return [...preparing.filter(({ kind }) => kind !== "ShapeDeployment"), ...raised];
}

/** Paused, nothing new is made: only what has traffic is kept. */
function prepare(context: Context, present: PresentStep): Provision {
  if (!context.settings.paused || context.observed.inPlace) return provisionCanary(context, present.weight);
  const acknowledged = context.status.weight?.acknowledged ?? 0;
  return acknowledged > 0 ? provisionCanary(context, acknowledged) : { actions: [] };
}

/** The share that a write under way asks for. */
function intendedWeight({ status, watched }: Context): number | undefined {
  const { intent } = status;
  return intent?.action === "SetWeights" && intent.slot === watched ? intent.weight : undefined;
}

/**
 * A write is under way that asks for another weight than the present step (the steps were edited, or weights were
 * put back): it must be seen on every target, or not to have happened, before anything goes up from there.
 */
function settleOther(context: Context, present: PresentStep): Decision | undefined {
  const { status, observed, watched } = context;
  const asked = intendedWeight(context);
  if (asked === undefined || asked === present.weight) return undefined;
  const begun = observed.router !== undefined && observed.router.at >= (millis(status.intent?.since) ?? 0);
  if (begun && carries(observed.router, watched, asked)) {
    return stepStage(rejudged(context, acknowledge(context, status, asked)));
  }
  if (begun && carries(observed.router, watched, status.weight?.acknowledged ?? 0)) {
    return stepStage({ ...context, status: withoutIntent(status) });
  }
  return held(context, wait("WeightsPending", `${asked} % was asked for and is not on every target yet`), {
    actions: sustainRelease(context),
  });
}

/** Status with the weight acknowledged, when a read that began after the write shows it everywhere. */
function readBack(context: Context, present: PresentStep): ModelRolloutStatus | undefined {
  const { status, observed, watched } = context;
  const { intent } = status;
  if (intent?.action !== "SetWeights" || intent.slot !== watched || intent.weight !== present.weight)
    return undefined;
  const begun = observed.router !== undefined && observed.router.at >= (millis(intent.since) ?? 0);
  if (!begun || !carries(observed.router, watched, present.weight)) return undefined;
  return startHold(context, acknowledge(context, status, present.weight), present);
}

function startHold(context: Context, status: ModelRolloutStatus, present: PresentStep): ModelRolloutStatus {
  const { now } = context;
  const step = status.step ?? stepAt(context, 0);
  return {
    ...status,
    step: {
      ...step,
      weight: present.weight,
      acknowledgedAt: instant(now),
      holdUntil: instant(now + present.holdMs),
      holdMs: present.holdMs,
      approval: present.approval,
    },
  };
}

/** State and words for a release that stands before a closed gate. */
function held(
  context: Context,
  closed: ClosedGate,
  rest: Pick<Decision, "gates" | "actions" | "wake">,
): Decision {
  const { status } = context;
  const paused = closed.reason === "PausedBySpec";
  const waitingState = status.weight?.acknowledged ? "Shifting" : "Starting";
  const blocked = closed.kind === "block" && !paused;
  return {
    state: paused ? "Paused" : blocked ? "Blocked" : waitingState,
    reason: closed.reason,
    message: closed.message,
    status,
    stalled: blocked,
    watch: "active",
    ...rest,
  };
}

/** The hold: time by both clocks, alarms, then a person where one is asked for. */
function hold(context: Context, present: PresentStep): Decision {
  const rehold = context.verdicts.find((verdict) => verdict.rehold);
  const before = withoutIntent(context.status);
  const status = rehold ? startHold(context, before, present) : reckoned(before, present);
  const current = { ...context, status };
  const remaining = promoting(context) ? 0 : remainingHold(current);
  const preparing = [...sustainStable(current), ...provisionCanary(current, present.weight).actions];
  if (remaining <= 0) return afterHold(current, present, preparing);
  const { index = 0, count = 1 } = status.step ?? {};
  const until = context.now + remaining;
  return {
    state: "Holding",
    reason: "Holding",
    message: `${rehold ? `${rehold.message}; ` : ""}step ${index + 1}/${count}: ${present.weight} % until ${clockTime(until)}`,
    status,
    actions: preparing,
    ...(rehold ? { events: [doubt(rehold.message)] } : {}),
    wake: [until],
    watch: "active",
  };
}

/** By the wall clock and by the monotonic one, which are never apart by less than what matters to people. */
function remainingHold({ status, observed, now }: Context): number {
  const until = status.step?.holdUntil;
  const left = (millis(until) ?? now) - now;
  const clock = observed.monotonicHold;
  const monotonic = clock && clock.until === until ? clock.remaining : 0;
  return left > 0 && Math.abs(monotonic - left) <= 1_000 ? left : Math.max(left, monotonic);
}

const doubt = (note: string): PlannedEvent => ({
  type: "Warning",
  reason: "AlarmUnread",
  action: "Hold",
  note,
});

/**
 * The end of a hold follows from when its weight was read back and from today's spec, never from `holdUntil`, which
 * only shows it: an edited spec counts at once, an edited status does not.
 */
function reckoned(status: ModelRolloutStatus, present: PresentStep): ModelRolloutStatus {
  const { step } = status;
  if (!step) return status;
  const since = Math.max(millis(step.acknowledgedAt) ?? 0, millis(status.weight?.acknowledgedAt) ?? 0);
  return {
    ...status,
    step: {
      ...step,
      holdUntil: instant(since + present.holdMs),
      holdMs: present.holdMs,
      approval: present.approval,
    },
  };
}

function afterHold(context: Context, present: PresentStep, preparing: readonly Action[]): Decision {
  const { status, requests } = context;
  const awaiting = approvalName(status);
  const toApprove = wait("AwaitingApproval", `held; to go on: modelrollout.dev/approve: ${awaiting}`);
  const approved = promoting(context) || !present.approval || requests.approve === awaiting;
  const gates: NamedGate[] = [
    { gate: "notPaused", answer: notPaused(context) },
    { gate: "routerSettled", answer: routerSettled(context) },
    { gate: "alarmsPass", answer: alarmsPass(context) },
    { gate: "capacity", answer: capacityGate(provisionCanary(context, present.weight)) },
    { gate: "approved", answer: approved ? pass("no approval is missing") : toApprove },
  ];
  const first = firstClosed(gates);
  // An alarm that is merely due for its next read (after a restart) does not hide that a person is waited for.
  const closed = first?.reason === "AlarmUnread" && !approved ? toApprove : first;
  if (closed) {
    const decision = held(context, closed, { gates: asResults(gates), actions: preparing });
    if (closed.reason === "AwaitingApproval") return { ...decision, state: "AwaitingApproval" };
    return decision.state === "Paused" || decision.state === "Blocked"
      ? decision
      : { ...decision, state: "Holding" };
  }
  if (present.next === undefined) return promote(context, asResults(gates));
  const stepped: ModelRolloutStatus = { ...status, step: stepAt(context, present.next) };
  return stepStage({ ...context, status: stepped });
}
