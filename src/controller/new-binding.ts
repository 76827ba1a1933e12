import type { AccessProblem, Destination, TargetRead } from "../core/observed.ts";
import type { TrafficRouter } from "../routers/router.ts";
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
  readonly signal: AbortSignal;
}

/**
 * A TargetGroupBinding makes a controller fill a target group, with its rights, and empty it of all other targets. So
 * none is made before the rules that send it traffic may be driven, and none for a group that holds targets of others
 * (docs/security.md). A release under way was judged when it began: there only the targets count, so that a
 * binding which somebody deleted comes back.
 */
export async function mayBind(wish: NewBinding): Promise<Outcome> {
  const { rollout, spec, destination, workload, router, maxAgeMs, signal } = wish;
  if (!spec.binding || !spec.groups || !router || workload.isBound(spec, destination)) return done;
  const [{ targets }, health] = await Promise.all([
    router.read({ maxAgeMs, signal }),
    router.health({ maxAgeMs, signal }),
  ]);
  const standing = isRunning(rollout) ? done : drivable(targets);
  if (!standing.ok) return standing;
  const problem = health?.[destination].problem;
  if (problem) return unread(problem);
  const [stranger] = workload.read(spec, health)[destination].foreignTargets;
  if (stranger === undefined) return done;
  const message = `the target group of slot ${destination} holds targets that are not ours (${stranger}): deregister them`;
  return failed("refused", message);
}

const isRunning = ({ status }: RolloutObject): boolean =>
  [status?.canary, status?.rollback, status?.retained].some((part) => part !== undefined);

function drivable(targets: readonly TargetRead[]): Outcome {
  const refusal = targets.find((target) => target.refusal !== undefined)?.refusal;
  if (refusal) return failed("refused", refusal.message);
  const problem = targets.find((target) => target.problem !== undefined)?.problem;
  return problem ? unread(problem) : done;
}

const unread = ({ kind, message }: AccessProblem): Outcome =>
  failed(kind === "denied" ? "denied" : "unreachable", message);
