import { within } from "../../aws/deadline.ts";
import { classify } from "../../aws/errors.ts";
import type { AccessProblem, TargetRead } from "../../core/observed.ts";
import { sleep } from "../../runtime/clock.ts";
import type { AlbFleet } from "./fleet.ts";
import { describeTargets, type RuleState, readCallOf } from "./rule-reads.ts";
import { type AlbTarget, readingOf, sendActions, unread, writeCallOf } from "./target.ts";
import { type ForwardWish, fulfils, type TargetGroups, writeActions } from "./translate.ts";

/** How long a rollback looks before it goes on from what this process saw last. */
const lookMs = 1_000;
/** How long it looks when this process never saw the target: without a list of actions nothing can be written. */
const firstLookMs = 4_000;
const writeMs = 6_000;
const readBackMs = 3_000;

/** What one target's rollback needs; `lastKnown` is kept up to date by all reads and writes of the router. */
export interface RollbackTask {
  readonly fleet: AlbFleet;
  readonly target: AlbTarget;
  readonly groups: TargetGroups;
  readonly wish: ForwardWish;
  readonly lastKnown: Map<string, RuleState>;
  readonly signal: AbortSignal | undefined;
}

/** Pauses between attempts: a rollback comes again at once, whatever the service's advice. */
const pausesMs = [100, 400];

/** Tries again while the problem may pass by itself and the time (held by `signal`) is not up. */
async function insist<T extends object>(
  task: RollbackTask,
  signal: AbortSignal,
  work: () => Promise<T | { readonly problem: AccessProblem; readonly retryable: boolean }>,
): Promise<T | { readonly problem: AccessProblem }> {
  let outcome = await work();
  for (const pauseMs of pausesMs) {
    if (!("retryable" in outcome) || !outcome.retryable || signal.aborted) return outcome;
    await sleep(task.fleet.clock, pauseMs, signal);
    if (!signal.aborted) outcome = await work();
  }
  return outcome;
}

type Look = { readonly state: RuleState } | { readonly problem: AccessProblem };

/** One read on the rollback's own client, past every shared batch and budget. */
async function lookOnce(task: RollbackTask, signal: AbortSignal) {
  const { fleet, target } = task;
  const call = readCallOf(target.kind, target.region);
  await fleet.aws.budget("elasticloadbalancing", target.region).take("rollback");
  try {
    const client = fleet.aws.elb(target.region, "rollback");
    const found = await describeTargets(client, target.kind, [target.arn], signal);
    const state = found.get(target.arn);
    if (state) {
      task.lastKnown.set(target.arn, state);
      return { state };
    }
    const message = `${call.operation} in ${call.region}: ${target.arn} is not in the answer`;
    return { problem: { kind: "notFound", message } as const, retryable: false };
  } catch (error) {
    return classify(error, call);
  }
}

async function look(task: RollbackTask, timeoutMs: number, patient: boolean): Promise<Look> {
  const work = (signal: AbortSignal) =>
    patient ? insist(task, signal, () => lookOnce(task, signal)) : lookOnce(task, signal);
  try {
    return await within(timeoutMs, task.signal, work, task.fleet.clock);
  } catch (error) {
    // Time is up and the call does not heed it (credentials that do not come).
    return { problem: classify(error, readCallOf(task.target.kind, task.target.region)).problem };
  }
}

/** Writes; undefined when AWS took it, else why not. */
async function put(
  task: RollbackTask,
  state: RuleState,
  wish: ForwardWish,
): Promise<AccessProblem | undefined> {
  const { fleet, target } = task;
  const actions = writeActions(state.actions, task.groups, wish);
  if (actions === undefined) return undefined;
  const once = async (signal: AbortSignal) => {
    await fleet.aws.budget("elasticloadbalancing", target.region).take("rollback");
    try {
      await sendActions(fleet.aws.elb(target.region, "rollback"), target, actions, signal);
      return {};
    } catch (error) {
      return classify(error, writeCallOf(target));
    } finally {
      fleet.rules.forget(target.arn);
    }
  };
  try {
    const work = (signal: AbortSignal) =>
      insist<{ readonly problem?: never }>(task, signal, () => once(signal));
    const outcome = await within(writeMs, task.signal, work, fleet.clock);
    if ("problem" in outcome) return outcome.problem;
  } catch (error) {
    return classify(error, writeCallOf(target)).problem;
  }
  task.lastKnown.set(target.arn, { ...state, actions });
  return undefined;
}

/** What the write goes out from: the look, else what was known before; or the reading that ends it here. */
async function startOf(
  task: RollbackTask,
): Promise<{ readonly from: RuleState } | { readonly end: TargetRead }> {
  const { target } = task;
  const before = task.lastKnown.get(target.arn);
  const seen = await look(task, before ? lookMs : firstLookMs, before === undefined);
  if ("problem" in seen && (before === undefined || seen.problem.kind === "notFound")) {
    return { end: unread(target.arn, seen.problem) };
  }
  const state = "state" in seen ? seen.state : before;
  if (state === undefined || task.signal?.aborted === true) {
    return { end: unread(target.arn, { kind: "unreachable", message: "given up before the write" }) };
  }
  const writable = writeActions(state.actions, task.groups, task.wish) !== undefined;
  return writable ? { from: state } : { end: readingOf(target, state, task.groups) };
}

/**
 * The stable weights, needing nothing but the router: a short look at the rule, else the actions this process knew
 * last; written whatever the look says (it may be stale, and a hung raise may still arrive). A third group with
 * weight or another owner's tags do not stop it: taking our canary out is right in any rule. When AWS refuses
 * weights and stickiness together, the weights go alone, at once.
 */
export async function rollBackTarget(task: RollbackTask): Promise<TargetRead> {
  const { target, groups, wish } = task;
  const weightsAlone: ForwardWish = { ...wish, stickiness: "keep" };
  const start = await startOf(task);
  if ("end" in start) return start.end;
  let problem = await put(task, start.from, wish);
  if (problem?.kind === "invalid" && wish.stickiness !== "keep") {
    problem = await put(task, start.from, weightsAlone);
  }
  const after = await look(task, readBackMs, true);
  if ("problem" in after) return unread(target.arn, problem ?? after.problem);
  const reading = readingOf(target, after.state, groups);
  return problem === undefined || fulfils(reading, weightsAlone) ? reading : { ...reading, problem };
}
