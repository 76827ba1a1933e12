import { type RevisionContent, sameContent } from "../../api/revision.ts";
import { isReason } from "../../runtime/kube-error.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { fieldManager, isOurs, pathOf, type RolloutIdentity, revisionName } from "./names.ts";
import type { ControllerRevisionObject } from "./objects.ts";
import { attempt, done, failed, type Outcome } from "./outcome.ts";
import { type SlotsContext, signalOf } from "./owned-object.ts";
import {
  parseRevision,
  renderRevision,
  resolveWanted,
  type StoredRevision,
  storedRevisionsOf,
} from "./revisions.ts";
import { indexes } from "./stores.ts";
import { getOrNothing } from "./taken-names.ts";

export type RevisionContext = Pick<SlotsContext, "api"> & {
  readonly stores: Pick<SlotsContext["stores"], "revisions">;
};

/** Revisions kept for this rollout, from the cache, the oldest first. */
export function readRevisions(context: RevisionContext, rollout: RolloutIdentity): readonly StoredRevision[] {
  return storedRevisionsOf(rollout, context.stores.revisions.byIndex(indexes.rollout, rollout.uid));
}

/**
 * Keeps what the spec asks for. Repeating it changes nothing.
 * @param revision the name that the plan gave it; another one means that the spec has changed since (`conflict`)
 */
export async function storeRevision(
  context: RevisionContext,
  rollout: RolloutIdentity,
  content: RevisionContent,
  revision: string,
  signal?: AbortSignal,
): Promise<Outcome> {
  const stored = readRevisions(context, rollout);
  const wanted = resolveWanted(content, stored);
  if (wanted.revision !== revision) {
    return failed("conflict", `the spec is revision ${wanted.revision} now, not ${revision}`);
  }
  if (stored.some((known) => known.revision === revision && sameContent(known.content, content))) return done;
  const object = renderRevision(rollout, { revision, hashVersion: wanted.hashVersion, content });
  return await attempt(async () => await create(context, rollout, object, content, signal));
}

async function create(
  context: RevisionContext,
  rollout: RolloutIdentity,
  object: ControllerRevisionObject,
  content: RevisionContent,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const { revisions } = context.stores;
  const name = object.metadata.name ?? "";
  const { namespace } = rollout;
  try {
    const options = { fieldManager, ...signalOf({ signal }) };
    revisions.noteWrite(await context.api.create(pathOf("ControllerRevision", namespace), object, options));
    return done;
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
  }
  const path = pathOf("ControllerRevision", namespace, name);
  const found = await getOrNothing<ControllerRevisionObject>(context.api, path, signal);
  if (found === undefined)
    return failed("conflict", `ControllerRevision ${name} appeared and went: observe again`);
  const kept = isOurs(rollout, found) ? parseRevision(found) : undefined;
  if (kept !== undefined && sameContent(kept.content, content)) {
    revisions.noteWrite(found);
    return done;
  }
  return failed(
    "refused",
    `ControllerRevision ${namespace}/${name} exists and does not keep this revision: delete or rename it`,
  );
}

/** Deletes the rollout's ControllerRevisions but those named. One that is gone already is fine. */
export async function pruneRevisions(
  context: RevisionContext,
  rollout: RolloutIdentity,
  keep: readonly string[],
  signal?: AbortSignal,
): Promise<Outcome> {
  const kept = new Set(keep.map((revision) => revisionName(rollout, revision)));
  const superfluous = context.stores.revisions
    .byIndex(indexes.rollout, rollout.uid)
    .filter((object) => isOurs(rollout, object) && !kept.has(object.metadata.name ?? ""));
  return await attempt(async () => {
    for (const object of superfluous) {
      const path = pathOf("ControllerRevision", rollout.namespace, object.metadata.name ?? "");
      if ((await deleteObject(context.api, path, object, signal)) === "gone") {
        context.stores.revisions.noteDelete(object);
      }
    }
    return done;
  });
}

/**
 * Deletes this very object (by UID), its dependents in the background.
 * @returns going: accepted, finalizers still hold it. Throws KubeError (Conflict: another object has the name).
 */
export async function deleteObject(
  api: SlotsContext["api"],
  path: string,
  object: KubeObject,
  signal: AbortSignal | undefined,
): Promise<"gone" | "going"> {
  const { uid } = object.metadata;
  try {
    const answer = await api.delete(path, {
      ...(uid === undefined ? {} : { preconditions: { uid } }),
      propagationPolicy: "Background",
      ...signalOf({ signal }),
    });
    return answer.kind === "Status" ? "gone" : "going";
  } catch (error) {
    if (isReason(error, "NotFound")) return "gone";
    throw error;
  }
}
