import type { Logger } from "pino";
import type { ModelRollout } from "../api/types.ts";
import type { Action } from "../core/action.ts";
import { plan } from "../core/plan.ts";
import type { Plan } from "../core/plan-data.ts";
import { inSpan } from "../observability/spans.ts";
import type { ReconcileContext, ReconcileResult } from "../runtime/runner.ts";
import type { Problem } from "../workloads/slots/outcome.ts";
import { type BlindGuardDeps, guardBlindly } from "./blind/guard.ts";
import { type ExecuteDeps, execute } from "./execute.ts";
import { firstWatch } from "./first-watch.ts";
import { withFrozenTraffic } from "./frozen-traffic.ts";
import type { Memories, RolloutMemory } from "./memory.ts";
import { type ObserveDeps, observe } from "./observe.ts";
import { pauseBefore } from "./pace.ts";
import type { ClusterCache, RolloutObject } from "./reflectors.ts";
import { type ReportDeps, refresh, store } from "./report.ts";
import type { Watching } from "./watching.ts";

export interface ReconcileDeps extends ObserveDeps, ExecuteDeps, ReportDeps, BlindGuardDeps {
  readonly cache: ClusterCache;
  readonly memories: Memories;
  readonly watching: Watching;
  readonly log: Logger;
  /** Asked before every write: is the lease still ours? */
  readonly mayWrite: () => boolean;
  /** Tells people: Kubernetes Events. */
  readonly tell: (rollout: ModelRollout, events: Plan["events"]) => void;
  /** Tells the metrics. */
  readonly changed: (before: ModelRollout | undefined, after: ModelRollout | undefined) => void;
}

/** Plans in a row without an event in between; each but the last did something. */
const ROUNDS = 8;
/** After an effect that failed: look again so soon, whatever else happens. */
const RETRY_MS: Readonly<Record<Problem["kind"], number>> = {
  conflict: 100,
  waiting: 2_000,
  unreachable: 2_000,
  refused: 10_000,
  denied: 10_000,
  invalid: 30_000,
};

/**
 * The loop: observe, plan, store the status (intents are in it), perform, and look again until there is nothing to
 * do. Level-based: what changed does not matter, only what is.
 */
export async function reconcile(
  deps: ReconcileDeps,
  key: string,
  context: ReconcileContext,
): Promise<ReconcileResult> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const cached = deps.cache.rollouts.get(key);
    const stranger = deps.memories.strangerTo(key, cached?.metadata.uid ?? "");
    if (stranger) forget(deps, key, stranger.uid);
    if (!cached) return {};
    const memory = deps.memories.of(key, cached.metadata.uid);
    memory.watch ??= firstWatch(cached);
    const next = await turn({ deps, key, context, rollout: withFrozenTraffic(cached, deps.region), memory });
    if (next !== "again") return next;
    if (context.signal.aborted) return { requeueAfterMs: 0 };
  }
  deps.log.warn(
    { rollout: key, rounds: ROUNDS },
    "still something to do after many rounds; going on in a second",
  );
  return { requeueAfterMs: 1_000 };
}

interface Turn {
  readonly deps: ReconcileDeps;
  readonly key: string;
  readonly context: ReconcileContext;
  readonly rollout: RolloutObject;
  readonly memory: RolloutMemory;
}

async function turn(task: Turn): Promise<ReconcileResult | "again"> {
  const { deps, key, rollout, memory } = task;
  const interrupt = new AbortController();
  memory.interrupt = interrupt;
  const observed = await inSpan("observe", {}, () => observe(deps, rollout, memory, memory.hurry === true));
  if (interrupt.signal.aborted) return "again";
  delete memory.hurry;
  const planned = plan(rollout, observed);
  if (planned.urgent) delete memory.interrupt;
  const { generation } = rollout.metadata;
  const log = deps.log.child({ rollout: key, generation, release: planned.status.release });
  explain(log, planned);
  deps.watching.follow(key, rollout, memory, planned);
  if (!deps.mayWrite()) return await guardBlindly({ deps, rollout, memory, planned, log });
  const { urgent } = planned;
  const wish = urgent ? { urgent } : { urgent, signal: interrupt.signal };
  const stored = await inSpan("report", decided(planned), () =>
    store(deps, rollout, memory, planned.status, wish),
  );
  if (stored.outcome === "gone") return {};
  if (stored.outcome === "conflict") return await afterConflict(task, planned, log);
  if (stored.outcome === "failed") {
    return interrupt.signal.aborted ? "again" : await withoutStatus(task, planned, log, stored.error);
  }
  const current = withFrozenTraffic(stored.rollout, deps.region);
  tell(task, current, planned, log);
  const result = await carryOut({ ...task, rollout: current }, planned, log);
  return stored.outcome === "deferred" && result !== "again" ? sooner(result, stored.afterMs) : result;
}

/** Numbers and events are best effort: nothing that fails in them may stop the effects. */
function tell({ deps, rollout }: Turn, current: RolloutObject, planned: Plan, log: Logger): void {
  try {
    deps.changed(rollout, current);
    deps.tell(current, planned.events);
  } catch (error) {
    log.error({ err: error }, "telling failed");
  }
}

function sooner({ requeueAfterMs = Infinity }: ReconcileResult, afterMs: number): ReconcileResult {
  return { requeueAfterMs: Math.min(requeueAfterMs, afterMs) };
}

/** A status that could not be stored holds everything up, except a rollback (design, "Endings"). */
async function withoutStatus(
  task: Turn,
  planned: Plan,
  log: Logger,
  error: unknown,
): Promise<ReconcileResult | "again"> {
  if (!planned.urgent) throw error;
  log.error({ err: error }, "rolling back although the status cannot be stored");
  await carryOut(task, planned, log);
  throw error;
}

async function carryOut(task: Turn, planned: Plan, log: Logger): Promise<ReconcileResult | "again"> {
  const { deps, memory } = task;
  const { actions, requeueAfter = Infinity } = planned;
  const pause = pauseBefore(deps, memory, planned);
  if (pause > 0) return later(deps, planned, pause);
  const failure = await perform(task, actions, log);
  if (failure === "interrupted") return "again";
  if (failure) {
    memory.conflicts = failure.kind === "conflict" ? (memory.conflicts ?? 0) + 1 : 0;
    const times = failure.kind === "conflict" ? 2 ** Math.min(memory.conflicts - 1, 6) : 1;
    return { requeueAfterMs: Math.min(RETRY_MS[failure.kind] * times, requeueAfter) };
  }
  delete memory.conflicts;
  return actions.length > 0 ? "again" : later(deps, planned);
}

/** The resource is gone, or another one has its name now: nothing of it is kept. */
function forget(deps: ReconcileDeps, key: string, uid: string): void {
  const slash = key.indexOf("/");
  deps.memories.forget(key);
  deps.watching.unfollow(key);
  deps.workload.forget({ namespace: key.slice(0, slash), name: key.slice(slash + 1), uid });
}

/** Nothing to do: until the plan's own time; ticks and events come anyway. */
function later({ driftPollMs }: ReconcileDeps, { requeueAfter }: Plan, atMost = Infinity): ReconcileResult {
  const wait = Math.min(requeueAfter ?? 5 * driftPollMs, atMost);
  return { requeueAfterMs: wait };
}

/**
 * Somebody wrote the resource after it was planned on: read it past the cache and plan again, as fast as before. A
 * rollback does not depend on that read either.
 */
async function afterConflict(task: Turn, planned: Plan, log: Logger): Promise<ReconcileResult | "again"> {
  const { deps, rollout, memory } = task;
  if (planned.urgent) memory.hurry = true;
  try {
    await refresh(deps, rollout, planned.urgent ? 1_000 : 5_000);
    return "again";
  } catch (error) {
    return await withoutStatus(task, planned, log, error);
  }
}

async function perform(
  task: Turn,
  actions: readonly Action[],
  log: Logger,
): Promise<Problem | "interrupted" | undefined> {
  const { deps, context, rollout, memory } = task;
  const interrupt = memory.interrupt?.signal;
  const signal = interrupt ? AbortSignal.any([context.signal, interrupt]) : context.signal;
  const givenUp = (): boolean => interrupt?.aborted === true;
  for (const action of actions) {
    if (givenUp()) return "interrupted";
    if (!deps.mayWrite()) return { kind: "waiting", message: "the lease is not ours any more" };
    const since = deps.clock.monotonic();
    const outcome = await inSpan(action.kind, {}, async (span) => {
      const done = await execute({ deps, rollout, memory, signal }, action);
      if (!done.ok) span.setAttribute("error.type", done.problem.kind);
      return done;
    });
    const ms = Math.round(deps.clock.monotonic() - since);
    if (!outcome.ok) {
      if (givenUp()) return "interrupted";
      const quiet = outcome.problem.kind === "waiting" || outcome.problem.kind === "conflict";
      log[quiet ? "debug" : "warn"]({ action, ms, problem: outcome.problem }, `${action.kind} failed`);
      if (!quiet) memory.failure = outcome.problem.message;
      return outcome.problem;
    }
    log.info({ action, ms }, action.kind);
  }
  if (actions.length > 0) delete memory.failure;
  return undefined;
}

/** What was planned, for the span of its first effect: the plan itself takes no time to speak of. */
function decided({ status, actions, urgent }: Plan): Record<string, string | boolean | readonly string[]> {
  return {
    "modelrollout.state": status.state ?? "",
    "modelrollout.release": status.release ?? "",
    "modelrollout.actions": actions.map(({ kind }) => kind),
    "modelrollout.urgent": urgent,
  };
}

function explain(log: Logger, planned: Plan): void {
  const { state, conditions } = planned.status;
  const ready = conditions?.find(({ type }) => type === "Ready");
  log.debug(
    { state, reason: ready?.reason, actions: planned.actions, gates: planned.explain },
    ready?.message,
  );
}
