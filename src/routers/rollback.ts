import { within } from "../aws/deadline.ts";
import { classify } from "../aws/errors.ts";
import type { AccessProblem, TargetRead } from "../core/observed.ts";
import { type Clock, sleep } from "../runtime/clock.ts";
import { fulfils, type TargetDriver, type TargetWish } from "./target-driver.ts";

/** How long a rollback looks before it goes on from what this process saw last. */
const lookMs = 1_000;
/** How long it looks when this process never saw the target: without its state nothing can be written. */
const firstLookMs = 4_000;
const writeMs = 6_000;
const readBackMs = 3_000;

/** What one target's rollback needs; `lastKnown` is kept up to date by all reads and writes of the router. */
export interface RollbackTask<S> {
  readonly driver: TargetDriver<S>;
  readonly clock: Clock;
  readonly wish: TargetWish;
  readonly lastKnown: Map<string, S>;
  readonly signal: AbortSignal | undefined;
}

/** Pauses between attempts: a rollback comes again at once, whatever the service's advice. */
const pausesMs = [100, 400];

type Failure = { readonly problem: AccessProblem; readonly retryable: boolean };

/** Tries again while the problem may pass by itself and the time (held by `signal`) is not up. */
async function insist<T extends object>(
  clock: Clock,
  signal: AbortSignal,
  work: () => Promise<T | Failure>,
): Promise<T | { readonly problem: AccessProblem }> {
  let outcome = await work();
  for (const pauseMs of pausesMs) {
    if (!("retryable" in outcome) || !outcome.retryable || signal.aborted) return outcome;
    await sleep(clock, pauseMs, signal);
    if (!signal.aborted) outcome = await work();
  }
  return outcome;
}

/** One read on the rollback's own client, past every shared batch and budget. */
async function lookOnce<S>(
  { driver, lastKnown }: RollbackTask<S>,
  signal: AbortSignal,
): Promise<{ readonly state: S } | Failure> {
  const { operation, region } = driver.readCall;
  await driver.budget.take("rollback");
  try {
    const state = await driver.describe(signal);
    if (state !== undefined) {
      lastKnown.set(driver.id, state);
      return { state };
    }
    const message = `${operation} in ${region}: ${driver.id} is not in the answer`;
    return { problem: { kind: "notFound", message }, retryable: false };
  } catch (error) {
    return classify(error, driver.readCall);
  }
}

async function look<S>(
  task: RollbackTask<S>,
  timeoutMs: number,
  patient: boolean,
): Promise<{ readonly state: S } | { readonly problem: AccessProblem }> {
  const { clock, driver } = task;
  const work = (signal: AbortSignal) =>
    patient
      ? insist<{ readonly state: S }>(clock, signal, () => lookOnce(task, signal))
      : lookOnce(task, signal);
  try {
    return await within(timeoutMs, task.signal, work, clock);
  } catch (error) {
    // Time is up and the call does not heed it (credentials that do not come).
    return { problem: classify(error, driver.readCall).problem };
  }
}

/** Writes; undefined when AWS took it, else why not. */
async function put<S>(
  { driver, clock, lastKnown, signal }: RollbackTask<S>,
  from: S,
  wish: TargetWish,
): Promise<AccessProblem | undefined> {
  const wanted = driver.rewrite(from, wish);
  if (wanted === undefined) return undefined;
  const send = driver.prepare(wanted, "rollback");
  const once = async (inTime: AbortSignal): Promise<{ readonly state: S } | Failure> => {
    await driver.budget.take("rollback");
    try {
      return { state: await send(inTime) };
    } catch (error) {
      return classify(error, driver.writeCall);
    } finally {
      driver.forget();
    }
  };
  try {
    const work = (inTime: AbortSignal) => insist<{ readonly state: S }>(clock, inTime, () => once(inTime));
    const outcome = await within(writeMs, signal, work, clock);
    if ("problem" in outcome) return outcome.problem;
    lastKnown.set(driver.id, outcome.state);
    return undefined;
  } catch (error) {
    return classify(error, driver.writeCall).problem;
  }
}

/** What the write goes out from: the look, else what was known before; or the reading that ends it here. */
async function startOf<S>(
  task: RollbackTask<S>,
): Promise<{ readonly from: S } | { readonly end: TargetRead }> {
  const { driver, lastKnown, wish, signal } = task;
  const before = lastKnown.get(driver.id);
  const seen = await look(task, before === undefined ? firstLookMs : lookMs, before === undefined);
  if ("problem" in seen && (before === undefined || seen.problem.kind === "notFound")) {
    return { end: driver.unread(seen.problem) };
  }
  const state = "state" in seen ? seen.state : before;
  if (state === undefined || signal?.aborted === true) {
    return { end: driver.unread({ kind: "unreachable", message: "given up before the write" }) };
  }
  const writable = driver.rewrite(state, wish) !== undefined;
  return writable ? { from: state } : { end: driver.readingOf(state) };
}

/**
 * The stable weights, needing nothing but the router: a short look at the target, else the state this process knew
 * last; written whatever the look says (it may be stale, and a hung raise may still arrive). A third destination with
 * weight or another owner's tags do not stop it: taking our canary out is right in any target. When AWS refuses
 * weights and stickiness together, the weights go alone, at once.
 */
export async function rollBackTarget<S>(task: RollbackTask<S>): Promise<TargetRead> {
  const { driver, wish } = task;
  const weightsAlone: TargetWish = { ...wish, stickiness: "keep" };
  const start = await startOf(task);
  if ("end" in start) return start.end;
  let problem = await put(task, start.from, wish);
  if (problem?.kind === "invalid" && wish.stickiness !== "keep") {
    problem = await put(task, start.from, weightsAlone);
  }
  const after = await look(task, readBackMs, true);
  if ("problem" in after) return driver.unread(problem ?? after.problem);
  const reading = driver.readingOf(after.state);
  return problem === undefined || fulfils(reading, weightsAlone) ? reading : { ...reading, problem };
}
