import type { Destination } from "../../core/observed.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { isReason } from "../../runtime/kube-error.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { claimSpec } from "./managed-fields.ts";
import { fieldManager, isOurs, pathOf, type SlotKind, slotName } from "./names.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import type { SlotsSpec } from "./slots-spec.ts";
import type { SlotStores, WrittenStore } from "./stores.ts";
import { getOrNothing, type TakenNames } from "./taken-names.ts";

/** What every effect on the slots works with. */
export interface SlotsContext {
  readonly api: KubeApi;
  readonly stores: SlotStores;
  readonly taken: TakenNames;
  /** Milliseconds of a clock that only goes forward. */
  readonly monotonic: () => number;
}

/** One object of a slot: where it lives and where its cache is. */
export interface SlotObjectRef<T extends KubeObject> {
  readonly spec: SlotsSpec;
  readonly destination: Destination;
  readonly kind: SlotKind;
  readonly store: WrittenStore<T>;
  readonly signal?: AbortSignal | undefined;
}

export function refPath({ spec, destination, kind }: SlotObjectRef<KubeObject>): string {
  return pathOf(kind, spec.namespace, slotName(spec, destination));
}

/** What the API server has right now under the name; undefined for nothing. Throws KubeError. */
export async function getLive<T extends KubeObject>(
  context: SlotsContext,
  ref: SlotObjectRef<T>,
): Promise<T | undefined> {
  return await getOrNothing<T>(context.api, refPath(ref), ref.signal);
}

/**
 * Makes an object that must not exist yet. By POST: server-side apply would merge into whatever has the name.
 * @returns the object that stands there when the name is in use, ours or not. Throws KubeError.
 */
export async function createNew<T extends KubeObject>(
  context: SlotsContext,
  ref: SlotObjectRef<T>,
  wanted: T,
): Promise<{ readonly created: true } | { readonly created: false; readonly found: T | undefined }> {
  try {
    const path = pathOf(ref.kind, ref.spec.namespace);
    ref.store.noteWrite(await context.api.create<T>(path, wanted, { fieldManager, ...signalOf(ref) }));
    context.taken.note(ref.spec, ref.kind, ref.destination, false, context.monotonic());
    return { created: true };
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
    return { created: false, found: await getLive(context, ref) };
  }
}

/**
 * Makes an object that is ours equal to what is wanted, by server-side apply. The uid and resourceVersion of
 * `live` go with it: an object deleted and made anew by somebody else in the meantime is a Conflict.
 *
 * `claimed`: the keys of `spec` that are the operator's; absent: all. Throws KubeError.
 */
export async function applyOver<T extends KubeObject>(
  context: SlotsContext,
  ref: SlotObjectRef<T>,
  wanted: T,
  live: T,
  claimed?: readonly string[],
): Promise<void> {
  const path = refPath(ref);
  let { resourceVersion } = live.metadata;
  const managedFields = claimSpec(live.metadata.managedFields, claimed);
  if (managedFields !== undefined) {
    const claim = [
      { op: "replace", path: "/metadata/managedFields", value: managedFields },
      { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
    ];
    const patched = await context.api.patch<T>(path, claim, { type: "json", fieldManager, ...signalOf(ref) });
    resourceVersion = patched.metadata.resourceVersion;
  }
  const body = { ...wanted, metadata: { ...wanted.metadata, uid: live.metadata.uid, resourceVersion } };
  ref.store.noteWrite(
    await context.api.apply<T>(path, body, { fieldManager, force: true, ...signalOf(ref) }),
  );
}

/** Whether an object may be written to; if not, notes and says why. */
export function writable<T extends KubeObject>(
  context: SlotsContext,
  { spec, destination, kind }: SlotObjectRef<T>,
  object: T,
): Outcome {
  const name = `${kind} ${spec.namespace}/${slotName(spec, destination)}`;
  const mine = isOurs(spec, object);
  context.taken.note(spec, kind, destination, !mine, context.monotonic());
  if (!mine) {
    return failed("refused", `${name} exists and was not made for this ModelRollout: delete or rename it`);
  }
  if (object.metadata.deletionTimestamp !== undefined) {
    return failed("waiting", `${name} is being deleted`);
  }
  return done;
}

export function signalOf({ signal }: { readonly signal?: AbortSignal | undefined }): {
  signal?: AbortSignal;
} {
  return signal === undefined ? {} : { signal };
}
