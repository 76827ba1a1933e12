import type { Logger } from "pino";
import type { Plan } from "../../core/plan-data.ts";
import { settingsOf } from "../../core/settings.ts";
import type { Clock } from "../../runtime/clock.ts";
import { startDeadline } from "../../runtime/deadline.ts";
import type { ReconcileResult } from "../../runtime/runner.ts";
import type { RolloutMemory } from "../memory.ts";
import type { RolloutObject } from "../reflectors.ts";
import type { Routers } from "../routers.ts";
import { type BlindPlan, sanction, wantedRollback } from "./sanction.ts";

export interface BlindGuardDeps {
  readonly clock: Clock;
  readonly region: string;
  readonly routers: Routers;
  /**
   * For how long it has been certain that nobody can tell whose the lease is, because the API server does not answer;
   * undefined: that is not so (the lease is ours, or somebody else's).
   */
  readonly blindForMs?: () => number | undefined;
}

interface BlindTask {
  readonly deps: BlindGuardDeps;
  readonly rollout: RolloutObject;
  readonly memory: RolloutMemory;
  readonly planned: Plan;
  readonly log: Logger;
}

/** While the lease is not known to be ours: it is renewed, or lost, within this time. */
const LEASE_MS = 1_000;
const READ_MS = 3_000;

/**
 * What is left to do for a plan that may not be carried out, the lease not being known to be ours: nothing, but for the
 * one thing that `sanction` allows while the API server is away.
 */
export async function guardBlindly({
  deps,
  rollout,
  memory,
  planned,
  log,
}: BlindTask): Promise<ReconcileResult> {
  const again = { requeueAfterMs: LEASE_MS };
  const blindForMs = deps.blindForMs?.();
  if (blindForMs === undefined) return again;
  const { retainMs } = settingsOf(rollout.spec, deps.region);
  const plan: BlindPlan = { blindForMs, retainMs, stored: rollout.status ?? {}, planned };
  const wanted = wantedRollback(plan);
  const router = deps.routers.routerFor(rollout, memory);
  if (!wanted || !router) return again;
  const { clock } = deps;
  const deadline = startDeadline(clock, READ_MS, undefined);
  const wish = { maxAgeMs: 0, signal: deadline.signal };
  const [read, health] = await Promise.all([
    router.read({ ...wish, weightsOnly: true }),
    router.health(wish),
  ]);
  deadline.release();
  const answer = sanction(plan, wanted, { read, health });
  const why = planned.status.rollback?.message;
  if ("refused" in answer) {
    if (memory.blindRefusal === answer.refused) return again;
    memory.blindRefusal = answer.refused;
    log.warn(
      { alarm: why, refused: answer.refused },
      "API SERVER AWAY: an alarm fires, and nothing may be written",
    );
    return again;
  }
  // Somebody may have answered while the rule was read.
  if (deps.blindForMs?.() === undefined) return again;
  log.error(
    { alarm: why, write: answer.granted },
    "API SERVER AWAY: returning the traffic to stable without the lease",
  );
  const after = await router.write(answer.granted);
  const problems = after.targets.flatMap(({ id, problem }) => (problem ? [`${id}: ${problem.message}`] : []));
  log.error(
    { problems, targets: after.targets.map(({ id, shares }) => ({ id, shares })) },
    "API SERVER AWAY: written",
  );
  return again;
}
