import { unlessAborted, within } from "../../aws/deadline.ts";
import { classify } from "../../aws/errors.ts";
import type { AccessProblem, TargetRead } from "../../core/observed.ts";
import type { WeightsWrite } from "../router.ts";
import type { AlbFleet } from "./fleet.ts";
import { type RuleState, readCallOf } from "./rule-reads.ts";
import { type AlbTarget, sendActions, unread, writeCallOf } from "./target.ts";
import { fulfils, type TargetGroups, writeActions } from "./translate.ts";

/** A raise is tried once and within this time (design, "Shift"): look, compare and write together. */
const attemptMs = 3_000;
/** Longest wait for the budget before the attempt begins. */
const budgetMs = 10_000;

/** A read of one target together with the actions it was made from. */
export interface TargetLook {
  readonly at: number;
  readonly read: TargetRead;
  readonly state?: RuleState;
}

/** What the write of one target needs. */
export interface ShiftTask {
  readonly fleet: AlbFleet;
  readonly target: AlbTarget;
  readonly groups: TargetGroups;
  readonly request: WeightsWrite;
  /** A read begun after the call, guards included; never rejects. */
  readonly look: () => Promise<TargetLook>;
  readonly onWritten: (state: RuleState) => void;
  readonly signal: AbortSignal | undefined;
}

/** Longest wait for the read-back; what comes later is seen by the next poll. */
const readBackMs = 4_000;

async function readBack(task: ShiftTask): Promise<TargetLook> {
  const at = task.fleet.clock.now();
  try {
    return await within(readBackMs, task.signal, () => task.look(), task.fleet.clock);
  } catch (error) {
    const call = readCallOf(task.target.kind, task.target.region);
    return { at, read: unread(task.target.arn, classify(error, call).problem) };
  }
}

/** True when the target still carries what was acknowledged before (shares compared as numbers). */
function asExpected(read: TargetRead, expected: WeightsWrite["expected"]): boolean {
  if (expected === undefined) return true;
  const share = read.shares?.[expected.destination];
  return share !== undefined && Math.abs(share - expected.share) < 1e-6;
}

/** What an attempt came to: a look that forbade the write, or the write's problem, if any. */
type Attempt = { readonly refused: TargetLook } | { readonly problem?: AccessProblem };

async function attempt(task: ShiftTask, signal: AbortSignal): Promise<Attempt> {
  const { fleet, target, request } = task;
  const before = await unlessAborted(task.look(), signal);
  const { read, state } = before;
  if (read.problem || read.refusal || state === undefined) return { refused: before };
  if (fulfils(read, request) || !asExpected(read, request.expected)) return { refused: before };
  const actions = writeActions(state.actions, task.groups, request);
  if (actions === undefined) return { refused: before };
  try {
    await sendActions(fleet.aws.elb(target.region, "write"), target, actions, signal);
    task.onWritten({ ...state, actions });
    return {};
  } finally {
    fleet.rules.forget(target.arn);
  }
}

/**
 * Read, compare, write, read back: one attempt. Refused, without a write, when the target must not be driven or no
 * longer carries what was acknowledged. An answer that got lost is found out by the read-back.
 */
export async function shiftTarget(task: ShiftTask): Promise<TargetLook> {
  const { fleet, target } = task;
  const call = writeCallOf(target);
  let problem: AccessProblem | undefined;
  try {
    const budget = fleet.aws.budget("elasticloadbalancing", target.region);
    await within(budgetMs, task.signal, (signal) => budget.take("raise", signal), fleet.clock);
    const made = await within(attemptMs, task.signal, (signal) => attempt(task, signal), fleet.clock);
    if ("refused" in made) return made.refused;
    problem = made.problem;
  } catch (error) {
    problem = classify(error, call).problem;
    if (problem.kind === "throttled") fleet.aws.budget("elasticloadbalancing", target.region).throttled();
  }
  const after = await readBack(task);
  if (problem === undefined || fulfils(after.read, task.request)) return after;
  return { ...after, read: { ...after.read, problem } };
}
