import { labels } from "../../api/group.ts";
import type { Destination } from "../../core/observed.ts";
import { isReason } from "../../runtime/kube-error.ts";
import { fieldManager, isOurs, slotName } from "./names.ts";
import type { DeploymentObject } from "./objects.ts";
import { attempt, attemptOnFresh, done, failed, type Outcome } from "./outcome.ts";
import {
  applyOver,
  createNew,
  getLive,
  refPath,
  type SlotObjectRef,
  type SlotsContext,
  signalOf,
  writable,
} from "./owned-object.ts";
import { type NamedContent, renderDeployment } from "./render.ts";
import type { SlotsSpec } from "./slots-spec.ts";

/**
 * The slot's Deployment for a revision, with this many replicas.
 *
 * A running one of the same revision is only scaled: it is rendered once per release, so that a newer operator
 * restarts no pod. An empty one is rendered anew, whatever was done to it. A running one of another revision is
 * left alone (`conflict`): a slot is never rolled in place.
 */
export async function renderSlot(
  context: SlotsContext,
  spec: SlotsSpec,
  destination: Destination,
  named: NamedContent,
  replicas: number,
  signal?: AbortSignal,
): Promise<Outcome> {
  const rendered = renderDeployment(spec, destination, named, replicas);
  if (!rendered.ok) return failed("invalid", rendered.message);
  const ref = deploymentRef(context, spec, destination, signal);
  return await attemptOnFresh(async () => {
    const live = await getLive(context, ref);
    if (live === undefined) {
      const made = await createNew(context, ref, rendered.deployment);
      if (made.created) return done;
      if (made.found === undefined)
        return failed("conflict", "the Deployment appeared and went: observe again");
      const allowed = writable(context, ref, made.found);
      return allowed.ok ? failed("conflict", "the Deployment has just appeared: observe again") : allowed;
    }
    const allowed = writable(context, ref, live);
    if (!allowed.ok) return allowed;
    if (isEmpty(live)) {
      await applyOver(context, ref, rendered.deployment, live);
      return done;
    }
    const running = live.metadata.labels?.[labels.revision];
    if (running !== named.revision) {
      return failed(
        "conflict",
        `Deployment ${spec.namespace}/${slotName(spec, destination)} still runs revision ${running ?? "unknown"}`,
      );
    }
    return await patchReplicas(context, ref, live, replicas);
  });
}

/** Touches nothing but the replicas of a slot's Deployment, and only of the very one that is in the cache. */
export async function scaleSlot(
  context: SlotsContext,
  spec: SlotsSpec,
  destination: Destination,
  replicas: number,
  signal?: AbortSignal,
): Promise<Outcome> {
  const ref = deploymentRef(context, spec, destination, signal);
  const known = context.stores.deployments.get(`${spec.namespace}/${slotName(spec, destination)}`);
  if (known === undefined) {
    return failed("conflict", `Deployment ${spec.namespace}/${slotName(spec, destination)} does not exist`);
  }
  if (!isOurs(spec, known)) return writable(context, ref, known);
  return await attempt(async () => await patchReplicas(context, ref, known, replicas));
}

async function patchReplicas(
  context: SlotsContext,
  ref: SlotObjectRef<DeploymentObject>,
  known: DeploymentObject,
  replicas: number,
): Promise<Outcome> {
  // With the uid, an object made anew under the name is a conflict; without a version, a status write is none.
  const patch = { metadata: { uid: known.metadata.uid }, spec: { replicas } };
  try {
    const path = refPath(ref);
    ref.store.noteWrite(
      await context.api.patch(path, patch, { type: "merge", fieldManager, ...signalOf(ref) }),
    );
    return done;
  } catch (error) {
    if (!isReason(error, "NotFound")) throw error;
    return failed("conflict", `Deployment ${known.metadata.namespace}/${known.metadata.name} is gone`);
  }
}

/** No pods, and the Deployment controller says so of this very spec. */
function isEmpty({ metadata, spec, status }: DeploymentObject): boolean {
  const isCurrent = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return spec.replicas === 0 && isCurrent && (status?.replicas ?? 0) === 0;
}

function deploymentRef(
  context: SlotsContext,
  spec: SlotsSpec,
  destination: Destination,
  signal: AbortSignal | undefined,
): SlotObjectRef<DeploymentObject> {
  return { spec, destination, kind: "Deployment", store: context.stores.deployments, signal };
}
