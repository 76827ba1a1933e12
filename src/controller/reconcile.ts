import type { Logger } from "pino";
import type { ModelRollout } from "../api/types.ts";
import type { Action } from "../core/action.ts";
import { plan } from "../core/plan.ts";
import type { Plan } from "../core/plan-data.ts";
import type { ReconcileContext, ReconcileResult } from "../runtime/runner.ts";
import type { Problem } from "../workloads/slots/outcome.ts";
import { type ExecuteDeps, execute } from "./execute.ts";
import { withFrozenTraffic } from "./frozen-traffic.ts";
import type { Memories, RolloutMemory } from "./memory.ts";
import { type ObserveDeps, observe } from "./observe.ts";
import type { ClusterCache, RolloutObject } from "./reflectors.ts";
import { type ReportDeps, refresh, store } from "./report.ts";
import type { Watching } from "./watching.ts";

export interface ReconcileDeps extends ObserveDeps, ExecuteDeps, ReportDeps {
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
    if (!cached) return forget(deps, key);
    const rollout = withFrozenTraffic(cached);
    const memory = deps.memories.of(key, rollout.metadata.uid);
    const next = await turn({ deps, key, context, rollout, memory, urgent: context.urgent && round === 0 });
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
  readonly urgent: boolean;
}

async function turn(task: Turn): Promise<ReconcileResult | "again"> {
  const { deps, key, rollout, memory, urgent } = task;
  memory.interrupt = new AbortController();
  const observed = await observe(deps, rollout, memory, urgent);
  if (memory.interrupt.signal.aborted) return { requeueAfterMs: 0 };
  const planned = plan(rollout, observed);
  if (planned.urgent) delete memory.interrupt;
  const { generation } = rollout.metadata;
  const log = deps.log.child({ rollout: key, generation, release: planned.status.release });
  explain(log, planned);
  deps.watching.follow(key, rollout, memory, planned);
  if (!deps.mayWrite()) return {};
  const stored = await store(deps, rollout, memory, planned.status, planned.urgent);
  if (stored.outcome === "gone") return {};
  if (stored.outcome === "conflict") return await afterConflict(deps, rollout, planned.urgent);
  if (stored.outcome === "failed") return await withoutStatus(task, planned, log, stored.error);
  const current = withFrozenTraffic(stored.rollout);
  deps.changed(rollout, current);
  deps.tell(current, planned.events);
  const result = await carryOut({ ...task, rollout: current }, planned, log);
  return stored.outcome === "deferred" && result !== "again" ? sooner(result, stored.afterMs) : result;
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
  if (repeatsWeights(deps, memory, planned)) return later(deps, planned, deps.alarmPollMs);
  const failure = await perform(task, planned.actions, log);
  if (failure) return { requeueAfterMs: Math.min(RETRY_MS[failure.kind], planned.requeueAfter ?? Infinity) };
  return planned.actions.length > 0 ? "again" : later(deps, planned);
}

function forget(deps: ReconcileDeps, key: string): ReconcileResult {
  deps.memories.forget(key);
  deps.watching.unfollow(key);
  return {};
}

/** Nothing to do: until the plan's own time; ticks and events come anyway. */
function later({ driftPollMs }: ReconcileDeps, { requeueAfter }: Plan, atMost = Infinity): ReconcileResult {
  const wait = Math.min(requeueAfter ?? 5 * driftPollMs, atMost);
  return { requeueAfterMs: wait };
}

/** Somebody wrote the resource after it was planned on: read it past the cache and plan again. */
async function afterConflict(deps: ReconcileDeps, rollout: RolloutObject, urgent: boolean): Promise<"again"> {
  await refresh(deps, rollout, urgent ? 1_000 : 5_000);
  return "again";
}

/**
 * The same weights as asked for a moment ago, and the read-back did not show them: a raise is read before it is tried
 * again, and even a rollback waits for the next look instead of spinning.
 */
function repeatsWeights(deps: ReconcileDeps, memory: RolloutMemory, { actions, urgent }: Plan): boolean {
  const weights = actions.find(({ kind }) => kind === "SetWeights");
  const now = deps.clock.monotonic();
  if (!weights) {
    delete memory.lastWeights;
    return false;
  }
  const key = JSON.stringify(weights);
  const pause = urgent ? Math.min(1_000, deps.alarmPollMs / 2) : deps.alarmPollMs * 0.9;
  const repeated = memory.lastWeights?.key === key && now - memory.lastWeights.at < pause;
  if (!repeated) memory.lastWeights = { key, at: now };
  return repeated;
}

async function perform(task: Turn, actions: readonly Action[], log: Logger): Promise<Problem | undefined> {
  const { deps, context, rollout, memory } = task;
  for (const action of actions) {
    if (!deps.mayWrite()) return { kind: "waiting", message: "the lease is not ours any more" };
    const since = deps.clock.monotonic();
    const signal =
      action.kind === "SetWeights" && memory.interrupt ? memory.interrupt.signal : context.signal;
    const outcome = await execute({ deps, rollout, memory, signal }, action);
    const ms = Math.round(deps.clock.monotonic() - since);
    if (!outcome.ok) {
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

function explain(log: Logger, planned: Plan): void {
  const { state, conditions } = planned.status;
  const ready = conditions?.find(({ type }) => type === "Ready");
  log.debug(
    { state, reason: ready?.reason, actions: planned.actions, gates: planned.explain },
    ready?.message,
  );
}
