import type { AccessProblem, Destination, TargetRead } from "../core/observed.ts";
import type { TrafficRouter } from "../routers/router.ts";
import { givenUp } from "../routers/target-router.ts";
import type { Clock } from "../runtime/clock.ts";
import { startDeadline } from "../runtime/deadline.ts";
import { done, failed, type Outcome } from "../workloads/slots/outcome.ts";
import type { SlotsSpec } from "../workloads/slots/slots-spec.ts";
import type { SlotsWorkload } from "../workloads/slots/workload.ts";
import type { RolloutObject } from "./reflectors.ts";

/** What has to be asked before a binding is made. */
export interface NewBinding {
  readonly rollout: RolloutObject;
  readonly spec: SlotsSpec;
  readonly destination: Destination;
  readonly workload: Pick<SlotsWorkload, "isBound" | "read">;
  readonly router: TrafficRouter | undefined;
  /** Reads younger than this will do. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The plan has just read what is asked for here; what is not at hand all the same comes later, and another plan finds it. */
const READ_MS = 250;

/**
 * A TargetGroupBinding makes a controller fill a target group, with its rights, and empty it of all other targets. So
 * none is made before the rules that send it traffic may be driven, and none for a group that holds targets of others
 * (docs/security.md). A release under way was judged when it began: there only the targets count, so that a
 * binding which somebody deleted comes back.
 */
export async function mayBind(wish: NewBinding): Promise<Outcome> {
  const { rollout, spec, destination, workload, router } = wish;
  if (!spec.binding || !spec.groups || !router || workload.isBound(spec, destination)) return done;
  const [{ targets }, health] = await readBoth(router, wish);
  const standing = isRunning(rollout) ? done : drivable(targets);
  if (!standing.ok) return standing;
  const problem = health?.[destination].problem;
  if (problem) return unread(problem);
  const [stranger] = workload.read(spec, health)[destination].foreignTargets;
  if (stranger === undefined) return done;
  const message = `the target group of slot ${destination} holds targets that are not ours (${stranger}): deregister them`;
  return failed("refused", message);
}

/** The other slot's group need not be known: whatever was read of it will do. */
async function readBoth(router: TrafficRouter, { destination, maxAgeMs, clock, signal }: NewBinding) {
  const deadline = startDeadline(clock, READ_MS, signal);
  const ages = { a: Infinity, b: Infinity, [destination]: maxAgeMs };
  try {
    return await Promise.all([
      router.read({ maxAgeMs, signal: deadline.signal }),
      router.health({ maxAgeMs: ages, signal: deadline.signal }),
    ]);
  } finally {
    deadline.release();
  }
}

const isRunning = ({ status }: RolloutObject): boolean =>
  [status?.canary, status?.rollback, status?.retained].some((part) => part !== undefined);

function drivable(targets: readonly TargetRead[]): Outcome {
  const refusal = targets.find((target) => target.refusal !== undefined)?.refusal;
  if (refusal) return failed("refused", refusal.message);
  const problem = targets.find((target) => target.problem !== undefined)?.problem;
  return problem ? unread(problem) : done;
}

function unread(problem: AccessProblem): Outcome {
  if (problem === givenUp) return failed("waiting", problem.message);
  return failed(problem.kind === "denied" ? "denied" : "unreachable", problem.message);
}
