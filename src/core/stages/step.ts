import type { ModelRolloutStatus, StepStatus } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import { alarmsPass, block, type GateAnswer, pass, wait } from "../gates/alarm-gates.ts";
import { routerDrivable, routerSettled } from "../gates/router-gates.ts";
import type { GateResult } from "../plan-data.ts";
import { fullSize, needFor } from "../roles.ts";
import { clockTime, instant, millis } from "../time.ts";
import { carries } from "../weights.ts";
import type { Decision } from "./decision.ts";
import { approvalName } from "./pause.ts";
import { promote } from "./promote.ts";
import { type Provision, provision, sustain } from "./provision.ts";
import { acknowledge, shift } from "./shift.ts";
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
  const present = presentStep(step, settings.steps, acknowledged);
  const current = { ...status, step: { ...step, weight: present.weight, count: settings.steps.length } };
  const there = step.acknowledgedAt !== undefined && present.weight === acknowledged;
  const now = { ...context, status: current };
  return there ? hold(now, present) : approach(now, present);
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
  const { status } = context;
  const canary = status.canary;
  if (!canary) return { actions: [] };
  const need = needFor(context, weight);
  const keep = needFor(context, Math.max(weight, status.weight?.acknowledged ?? 0));
  return provision(context, {
    destination: canary.slot ?? context.watched,
    revision: canary.revision,
    replicas: keep,
    need,
  });
}

function sustainStable(context: Context): readonly Action[] {
  const { stable } = context.status;
  if (!stable || stable.unmanaged || stable.slot === undefined) return [];
  return sustain(context, {
    destination: stable.slot,
    revision: stable.revision,
    replicas: fullSize(context),
  });
}

/** Capacity first, then evidence, then the weight; then the read-back that starts the hold. */
function approach(context: Context, present: PresentStep): Decision {
  const { status, observed, watched } = context;
  const arrived = readBack(context, present);
  if (arrived) return hold({ ...context, status: arrived }, present);
  const brought = context.settings.paused ? { actions: [] } : provisionCanary(context, present.weight);
  const outstanding = status.intent?.action === "SetWeights" && status.intent.slot === watched;
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
    return hold(
      { ...context, status: startHold(context, acknowledge(context, status, present.weight), present) },
      present,
    );
  }
  const written = shift(context, status, { destination: watched, percent: present.weight, purpose: "raise" });
  return {
    state: promoting(context) ? "Promoting" : "Shifting",
    reason: promoting(context) ? "Promoting" : "Shifting",
    message: `raising the canary to ${present.weight} % on ${watched}`,
    status: { ...written.status, weight: { acknowledged: 0, ...status.weight, desired: present.weight } },
    actions: [...preparing, written.action],
    gates: asResults(gates),
    watch: "active",
  };
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
  closed: Exclude<GateAnswer, { kind: "pass" }>,
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
  const status = rehold ? startHold(context, context.status, present) : stretched(context.status, present);
  const current = { ...context, status };
  const step = status.step;
  const holdUntil = millis(step?.holdUntil) ?? context.now;
  const skip = promoting(context);
  const clock = context.observed.monotonicHold;
  const monotonic = clock && clock.until === step?.holdUntil ? clock.remaining : 0;
  const remaining = skip ? 0 : Math.max(holdUntil - context.now, monotonic);
  const preparing = [...sustainStable(current), ...provisionCanary(current, present.weight).actions];
  const base = { actions: preparing, watch: "active", status } as const;
  if (remaining > 0) {
    const why = rehold ? `${rehold.message}; ` : "";
    return {
      ...base,
      state: "Holding",
      reason: "Holding",
      message: `${why}step ${(step?.index ?? 0) + 1}/${step?.count ?? 1}: ${present.weight} % until ${clockTime(context.now + remaining)}`,
      wake: [context.now + remaining],
    };
  }
  return afterHold(current, present, skip, preparing);
}

/** A hold whose length was edited in the spec is reckoned anew from where it began. */
function stretched(status: ModelRolloutStatus, present: PresentStep): ModelRolloutStatus {
  const step = status.step;
  const until = millis(step?.holdUntil);
  if (!step || until === undefined || step.holdMs === undefined) return status;
  if (step.holdMs === present.holdMs && step.approval === present.approval) return status;
  return {
    ...status,
    step: {
      ...step,
      holdUntil: instant(until - step.holdMs + present.holdMs),
      holdMs: present.holdMs,
      approval: present.approval,
    },
  };
}

function afterHold(
  context: Context,
  present: PresentStep,
  skip: boolean,
  preparing: readonly Action[],
): Decision {
  const { status, requests } = context;
  const awaiting = approvalName(status);
  const approved = skip || !present.approval || requests.approve === awaiting;
  const gates: NamedGate[] = [
    { gate: "notPaused", answer: notPaused(context) },
    { gate: "routerSettled", answer: routerSettled(context) },
    { gate: "alarmsPass", answer: alarmsPass(context) },
    { gate: "capacity", answer: capacityGate(provisionCanary(context, present.weight)) },
    {
      gate: "approved",
      answer: approved
        ? pass("no approval is missing")
        : wait("AwaitingApproval", `held; to go on: modelrollout.dev/approve: ${awaiting}`),
    },
  ];
  const closed = firstClosed(gates);
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
