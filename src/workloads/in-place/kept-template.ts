import { hashVersion } from "../../api/revision.ts";
import { isReason, KubeError } from "../../runtime/kube-error.ts";
import { fieldManager, isOurs, keyFor, pathOf } from "../slots/names.ts";
import type { ControllerRevisionObject } from "../slots/objects.ts";
import { done, failed, type Outcome, problemOf } from "../slots/outcome.ts";
import { deleteObject, readRevisions } from "../slots/revision-store.ts";
import { parseRevision, renderRevision } from "../slots/revisions.ts";
import { getOrNothing } from "../slots/taken-names.ts";
import { type KeptSettings, keptNote } from "./kept-settings.ts";
import { laterSettings, sameSettings } from "./later.ts";
import { hashOfTemplate } from "./objects.ts";
import { find, type InPlaceParts, type InPlaceSpec, ownSettings } from "./read.ts";
import { inPlaceRevisions } from "./revisions.ts";

/**
 * Keeps the template and the own settings of somebody's Deployment as a ControllerRevision. Where one is kept already,
 * settings that have changed are noted on it: the Deployment may have another template by now, so that what is stored
 * is the only copy, and it stands throughout.
 */
export async function storeTemplate(
  parts: InPlaceParts,
  spec: InPlaceSpec,
  revision: string,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const stored = inPlaceRevisions(readRevisions(parts.revisions, spec));
  const object = await find(parts, spec, signal);
  if (object === undefined)
    return failed("conflict", `Deployment ${spec.namespace}/${spec.deployment} is gone`);
  const known = stored.find((each) => each.revision === revision);
  const standing = hashOfTemplate(object.spec.template);
  const template = known?.template ?? (standing === revision ? object.spec.template : undefined);
  if (template === undefined)
    return failed("conflict", `the Deployment has template ${standing} now, not ${revision}`);
  const settings = ownSettings(object, spec, stored);
  const later = laterSettings(object, settings, known?.later)?.settings;
  if (known && sameSettings(known.settings, settings) && sameSettings(known.later, later)) return done;
  const kept: KeptSettings = { settings, ...(later ? { later } : {}) };
  const named = { revision, hashVersion: known?.hashVersion ?? hashVersion };
  const body = renderRevision(spec, { ...named, content: { template, ...kept } });
  return await keep(parts, spec, body, kept, signal);
}

async function keep(
  parts: InPlaceParts,
  spec: InPlaceSpec,
  body: ControllerRevisionObject,
  kept: KeptSettings,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const { revisions } = parts.revisions.stores;
  const name = body.metadata.name ?? "";
  const known = revisions.get(keyFor(spec, name));
  if (known !== undefined && keepsTemplate(spec, known)) return await note(parts, known, body, kept, signal);
  try {
    return await make(parts, body, signal);
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
  }
  // Stored a moment ago, before the cache knew; or what keeps no template under that name.
  const path = pathOf("ControllerRevision", spec.namespace, name);
  const found = await getOrNothing<ControllerRevisionObject>(parts.api, path, signal);
  if (found !== undefined && keepsTemplate(spec, found)) return await note(parts, found, body, kept, signal);
  if (found !== undefined) await deleteObject(parts.api, path, found, signal);
  return await make(parts, body, signal);
}

/** One effect, and only on the object that was seen. */
async function note(
  parts: InPlaceParts,
  { metadata }: ControllerRevisionObject,
  body: ControllerRevisionObject,
  kept: KeptSettings,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const path = pathOf("ControllerRevision", metadata.namespace ?? "", metadata.name ?? "");
  const patch = {
    metadata: {
      annotations: keptNote(kept),
      ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
    },
  };
  try {
    const options = { type: "merge", fieldManager, ...withSignal(signal) } as const;
    parts.revisions.stores.revisions.noteWrite(
      await parts.api.patch<ControllerRevisionObject>(path, patch, options),
    );
    return done;
  } catch (error) {
    // Gone meanwhile: the template is in our hands, and the next one may not have it.
    if (isReason(error, "NotFound")) return await make(parts, body, signal);
    if (!(error instanceof KubeError) || problemOf(error).kind !== "denied") throw error;
  }
  // A Role of an earlier version allows no patch, and a way back must not wait for the right one.
  await deleteObject(parts.api, path, { metadata }, signal);
  return await make(parts, body, signal);
}

async function make(
  { api, revisions }: InPlaceParts,
  body: ControllerRevisionObject,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const path = pathOf("ControllerRevision", body.metadata.namespace ?? "");
  const options = { fieldManager, ...withSignal(signal) };
  revisions.stores.revisions.noteWrite(await api.create<ControllerRevisionObject>(path, body, options));
  return done;
}

function keepsTemplate(spec: InPlaceSpec, object: ControllerRevisionObject): boolean {
  const kept = isOurs(spec, object) ? parseRevision(object) : undefined;
  return kept !== undefined && "template" in kept.content;
}

const withSignal = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });
