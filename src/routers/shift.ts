import { unlessAborted, within } from "../aws/deadline.ts";
import { classify } from "../aws/errors.ts";
import type { AccessProblem, TargetRead } from "../core/observed.ts";
import type { Clock } from "../runtime/clock.ts";
import type { WeightsWrite } from "./router.ts";
import { fulfils, type TargetDriver, type TargetLook } from "./target-driver.ts";

/** A raise is tried once and within this time (design, "Shift"): look, compare and write together. */
const attemptMs = 3_000;
/** Longest wait for the budget before the attempt begins. */
const budgetMs = 10_000;

/** What the write of one target needs. */
export interface ShiftTask<S> {
  readonly driver: TargetDriver<S>;
  readonly clock: Clock;
  readonly request: WeightsWrite;
  /** A read begun after the call, guards included; never rejects. */
  readonly look: () => Promise<TargetLook<S>>;
  readonly onWritten: (state: S) => void;
  readonly signal: AbortSignal | undefined;
}

/** Longest wait for the read-back; what comes later is seen by the next poll. */
const readBackMs = 4_000;

async function readBack<S>({ driver, clock, look, signal }: ShiftTask<S>): Promise<TargetLook<S>> {
  const at = clock.now();
  try {
    return await within(readBackMs, signal, look, clock);
  } catch (error) {
    return { at, read: driver.unread(classify(error, driver.readCall).problem) };
  }
}

/** True when the target still carries what was acknowledged before (shares compared as numbers). */
function asExpected(read: TargetRead, expected: WeightsWrite["expected"]): boolean {
  if (expected === undefined) return true;
  const share = read.shares?.[expected.destination];
  return share !== undefined && Math.abs(share - expected.share) < 1e-6;
}

/** The look that forbade the write; undefined when it was made. Throws what it met. */
async function attempt<S>(task: ShiftTask<S>, signal: AbortSignal): Promise<TargetLook<S> | undefined> {
  const { driver, request } = task;
  const before = await unlessAborted(task.look(), signal);
  const { read, state } = before;
  if (read.problem || read.refusal || state === undefined) return before;
  if (fulfils(read, request) || !asExpected(read, request.expected)) return before;
  const wanted = driver.rewrite(state, request);
  if (wanted === undefined) return before;
  try {
    task.onWritten(await driver.prepare(wanted, "write")(signal));
    return undefined;
  } finally {
    driver.forget();
  }
}

/**
 * Read, compare, write, read back: one attempt. Refused, without a write, when the target must not be driven or no
 * longer carries what was acknowledged. An answer that got lost is found out by the read-back.
 */
export async function shiftTarget<S>(task: ShiftTask<S>): Promise<TargetLook<S>> {
  const { driver, clock } = task;
  let problem: AccessProblem | undefined;
  try {
    await within(budgetMs, task.signal, (signal) => driver.budget.take("raise", signal), clock);
    const refused = await within(attemptMs, task.signal, (signal) => attempt(task, signal), clock);
    if (refused) return refused;
  } catch (error) {
    problem = classify(error, driver.writeCall).problem;
    if (problem.kind === "throttled") driver.budget.throttled();
  }
  const after = await readBack(task);
  if (problem === undefined || fulfils(after.read, task.request)) return after;
  return { ...after, read: { ...after.read, problem } };
}
