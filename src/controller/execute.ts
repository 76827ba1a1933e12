import { finalizer } from "../api/group.ts";
import { specContent } from "../api/revision.ts";
import type { ModelRollout } from "../api/types.ts";
import type { Action } from "../core/action.ts";
import type { Destination, TemplateProof } from "../core/observed.ts";
import type { Clock } from "../runtime/clock.ts";
import type { KubeApi } from "../runtime/kube-api.ts";
import { KubeError } from "../runtime/kube-error.ts";
import { inPlaceSpecOf } from "../workloads/in-place/in-place-spec.ts";
import type { InPlaceWorkload } from "../workloads/in-place/workload.ts";
import { done, failed, type Outcome, problemOf } from "../workloads/slots/outcome.ts";
import { slotsSpecOf } from "../workloads/slots/slots-spec.ts";
import type { SlotsWorkload } from "../workloads/slots/workload.ts";
import type { RolloutMemory } from "./memory.ts";
import { mayBind } from "./new-binding.ts";
import type { ClusterCache, RolloutObject } from "./reflectors.ts";
import { rolloutPath } from "./report.ts";
import type { Routers } from "./routers.ts";

export interface ExecuteDeps {
  readonly api: KubeApi;
  readonly cache: ClusterCache;
  readonly workload: SlotsWorkload;
  readonly inPlace: InPlaceWorkload;
  readonly routers: Routers;
  readonly clock: Clock;
  readonly alarmPollMs: number;
}

/** What every action needs. */
export interface Task {
  readonly deps: ExecuteDeps;
  readonly rollout: RolloutObject;
  readonly memory: RolloutMemory;
  readonly signal: AbortSignal;
}

/** Performs one action. Never throws for an answer of AWS or of the API server. */
export async function execute(task: Task, action: Action): Promise<Outcome> {
  switch (action.kind) {
    case "SetWeights":
      return await setWeights(task, action);
    case "AddFinalizer":
    case "RemoveFinalizer":
      return await setFinalizer(task, action.kind === "AddFinalizer");
    case "DeleteBindings":
      return await task.deps.workload.deleteBindings(identity(task.rollout), task.signal);
    case "PruneRevisions":
      return await task.deps.workload.pruneRevisions(identity(task.rollout), action.keep, task.signal);
    case "CreateDeployment":
    case "ShapeDeployment":
    case "DeletePodSets":
    case "DisownFields":
      return await onDeployment(task, action);
    case "StoreRevision":
    case "DeleteWorkload":
      return await onWorkload(task, action);
    case "ProveTemplate":
      return await prove(task, action);
    default:
      return await onSlot(task, action);
  }
}

/** What there is of either kind. */
async function onWorkload(
  task: Task,
  action: Extract<Action, { kind: "StoreRevision" | "DeleteWorkload" }>,
): Promise<Outcome> {
  if (inPlaceSpecOf(task.rollout)) return await onDeployment(task, action);
  return action.kind === "StoreRevision"
    ? await onSlot(task, action)
    : await task.deps.workload.deleteWorkload(identity(task.rollout), task.signal);
}

async function onDeployment(
  { deps, rollout, signal }: Task,
  action: Parameters<InPlaceWorkload["perform"]>[1],
): Promise<Outcome> {
  const spec = inPlaceSpecOf(rollout);
  if (!spec) return failed("invalid", "the spec names no Deployment");
  return await deps.inPlace.perform(spec, action, signal);
}

type SlotAction = Extract<Action, { kind: "StoreRevision" | "EnsureEndpoints" | "RenderSlot" | "ScaleSlot" }>;

/** The answer is remembered: the next plan is made on it. */
async function prove(
  { deps, rollout, memory, signal }: Task,
  { destination, revision }: Extract<Action, { kind: "ProveTemplate" }>,
): Promise<Outcome> {
  const outcome = await askProof(deps, rollout, destination, revision, signal);
  if (outcome.ok) memory.proof = { answer: outcome.proof, destination, at: deps.clock.monotonic() };
  return outcome;
}

/** Whether the API server would accept the template of the spec as it stands. */
export async function askProof(
  { workload, inPlace }: Pick<ExecuteDeps, "workload" | "inPlace">,
  rollout: ModelRollout,
  destination: Destination,
  revision: string,
  signal: AbortSignal,
): Promise<Outcome<{ readonly proof: TemplateProof }>> {
  const rolled = inPlaceSpecOf(rollout);
  if (rolled) return await inPlace.proveTemplate(rolled, revision, signal);
  const spec = slotsSpecOf(rollout);
  return spec
    ? await workload.proveTemplate(spec, destination, revision, signal)
    : failed("invalid", "the spec has no template");
}

async function onSlot({ deps, rollout, memory, signal }: Task, action: SlotAction): Promise<Outcome> {
  const { workload } = deps;
  const spec = slotsSpecOf(rollout);
  const content = specContent(rollout.spec);
  if (!spec || !content) return failed("invalid", "the spec has no template");
  switch (action.kind) {
    case "StoreRevision":
      return await workload.storeRevision(spec, content, action.revision, signal);
    case "EnsureEndpoints": {
      const { destination } = action;
      const router = deps.routers.routerFor(rollout, memory);
      const maxAgeMs = 2 * deps.alarmPollMs;
      const allowed = await mayBind({
        rollout,
        spec,
        destination,
        workload,
        router,
        maxAgeMs,
        clock: deps.clock,
        signal,
      });
      return allowed.ok ? await workload.ensureEndpoints(spec, destination, signal) : allowed;
    }
    case "RenderSlot":
      return await workload.renderSlot(spec, action.destination, action.revision, action.replicas, signal);
    case "ScaleSlot":
      return await workload.scaleSlot(spec, action.destination, action.replicas, signal);
  }
}

const identity = ({ metadata }: RolloutObject) => ({
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
});

async function setWeights(
  { deps, rollout, memory, signal }: Task,
  action: Extract<Action, { kind: "SetWeights" }>,
): Promise<Outcome> {
  const router = deps.routers.routerFor(rollout, memory);
  if (!router) return failed("invalid", "the spec names no router");
  const { kind: _kind, ...request } = action;
  const read = await router.write(request, signal);
  const unwritten = read.targets.find(({ problem }) => problem !== undefined);
  if (!unwritten?.problem) return done;
  return failed(unwritten.problem.kind === "denied" ? "denied" : "unreachable", unwritten.problem.message);
}

/** On the resourceVersion at hand: finalizers of others are never lost. */
async function setFinalizer({ deps, rollout, signal }: Task, present: boolean): Promise<Outcome> {
  const { finalizers = [], resourceVersion } = rollout.metadata;
  const others = finalizers.filter((name) => name !== finalizer);
  const wanted = present ? [...others, finalizer] : others;
  try {
    const written = await deps.api.patch<RolloutObject>(
      rolloutPath(rollout),
      { metadata: { resourceVersion, finalizers: wanted } },
      { type: "merge", fieldManager: "modelrollout", signal },
    );
    if (present) deps.cache.rollouts.noteWrite(written);
    return done;
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    return error.reason === "NotFound" ? done : { ok: false, problem: problemOf(error) };
  }
}
