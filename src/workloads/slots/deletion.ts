import type { KubeObject } from "../../runtime/kube-object.ts";
import type { RolloutIdentity } from "./names.ts";
import { destinations, isOurs, pathOf, type SlotKind, slotName } from "./names.ts";
import { attempt, done, failed, type Outcome } from "./outcome.ts";
import type { SlotsContext } from "./owned-object.ts";
import { deleteObject, pruneRevisions } from "./revision-store.ts";
import type { WrittenStore } from "./stores.ts";
import { getOrNothing } from "./taken-names.ts";

/**
 * Deletes the slots' TargetGroupBindings. Their controller then takes the targets out of the groups, and lets the
 * bindings go: until then the outcome is `waiting`, and the pods must stay.
 */
export async function deleteBindings(
  context: SlotsContext,
  rollout: RolloutIdentity,
  signal?: AbortSignal,
): Promise<Outcome> {
  return await attempt(async () => {
    const left = await deleteOwn(context, rollout, "TargetGroupBinding", context.stores.bindings, signal);
    return left.length === 0
      ? done
      : failed("waiting", `${left.join(" and ")}: targets are being taken out of their group`);
  });
}

/**
 * Deletes the slots' Deployments and Services, and then the stored revisions, which are what a slot is rebuilt
 * from until that moment. Refuses to begin (`waiting`) while a binding stands. Done when the API server has accepted
 * it; pods end in the background.
 */
export async function deleteWorkload(
  context: SlotsContext,
  rollout: RolloutIdentity,
  signal?: AbortSignal,
): Promise<Outcome> {
  return await attempt(async () => {
    const bound = await findOwn(context, rollout, "TargetGroupBinding", signal);
    if (bound.length > 0) return failed("waiting", "the slots' TargetGroupBindings still stand");
    await deleteOwn(context, rollout, "Deployment", context.stores.deployments, signal);
    await deleteOwn(context, rollout, "Service", context.stores.services, signal);
    return await pruneRevisions(context, rollout, [], signal);
  });
}

/** The rollout's own objects of one kind, as the API server has them now. Somebody else's are passed over. */
async function findOwn(
  { api }: SlotsContext,
  rollout: RolloutIdentity,
  kind: SlotKind,
  signal: AbortSignal | undefined,
): Promise<readonly KubeObject[]> {
  const own: KubeObject[] = [];
  for (const destination of destinations) {
    const path = pathOf(kind, rollout.namespace, slotName(rollout, destination));
    const found = await getOrNothing<KubeObject>(api, path, signal);
    if (found !== undefined && isOurs(rollout, found)) own.push(found);
  }
  return own;
}

/** Deletes them; returns the names of those that finalizers still hold. */
async function deleteOwn<T extends KubeObject>(
  context: SlotsContext,
  rollout: RolloutIdentity,
  kind: SlotKind,
  store: WrittenStore<T>,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const left: string[] = [];
  for (const object of await findOwn(context, rollout, kind, signal)) {
    const name = object.metadata.name ?? "";
    const isGoing = object.metadata.deletionTimestamp !== undefined;
    const fate = isGoing
      ? "going"
      : await deleteObject(context.api, pathOf(kind, rollout.namespace, name), object, signal);
    if (fate === "going") left.push(`${kind} ${name}`);
    else store.noteDelete(object as T);
  }
  return left;
}
