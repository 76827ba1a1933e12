import { labels } from "../../api/group.ts";
import type { PodTemplate } from "../../api/types.ts";
import type { RollSettings, TemplateProof } from "../../core/observed.ts";
import { isReason } from "../../runtime/kube-error.ts";
import { overlayModel } from "../slots/model-overlay.ts";
import {
  fieldManager,
  isOurs,
  revisionName as objectName,
  ownLabels,
  pathOf,
  type RolloutIdentity,
  typeOf,
} from "../slots/names.ts";
import { done, failed, type Outcome } from "../slots/outcome.ts";
import { type Proved, proveDeployment } from "../slots/proof.ts";
import { withLabels } from "../slots/render.ts";
import { deleteObject, pruneRevisions, readRevisions } from "../slots/revision-store.ts";
import { renderRevision, resolveWanted } from "../slots/revisions.ts";
import type { PodContent } from "../slots/slots-spec.ts";
import { getOrNothing } from "../slots/taken-names.ts";
import type { InPlaceDeployment } from "./objects.ts";
import { strategyOf } from "./patch.ts";
import type { InPlaceParts, InPlaceSpec } from "./read.ts";

/** What a Deployment is made of that the operator owns and rolls in place. */
export interface OwnedSpec {
  /** The user's selector. */
  readonly matchLabels: Readonly<Record<string, string>>;
  /** The user's template and model, as they stand in the spec now. */
  readonly content: PodContent;
  /** How it stands when no release runs. */
  readonly settings: RollSettings;
}

/** A spec with a Deployment of ours. */
export type OwnedInPlaceSpec = InPlaceSpec & { readonly owned: OwnedSpec };

export function isOwned(spec: InPlaceSpec): spec is OwnedInPlaceSpec {
  return spec.owned !== undefined;
}

/** The pod template of a revision: the user's, the model's variables, our labels; or why the content cannot be one. */
export function ownedTemplate(
  { name }: RolloutIdentity,
  revision: string,
  { template, model }: PodContent,
): ReturnType<typeof overlayModel> {
  const overlaid = overlayModel(template, model);
  if (!overlaid.ok) return overlaid;
  const own = { [labels.rollout]: name, [labels.revision]: revision };
  return { ok: true, template: withLabels(overlaid.template, own) };
}

/** The Deployment. Its selector is the user's own: there is no other Deployment of ours whose pods it must not take. */
export function renderOwned(
  spec: OwnedInPlaceSpec,
  template: PodTemplate,
  { replicas, settings }: { readonly replicas: number; readonly settings: RollSettings },
  name: string = spec.deployment,
): InPlaceDeployment {
  return {
    ...typeOf("Deployment"),
    metadata: {
      name,
      namespace: spec.namespace,
      labels: { ...ownLabels(spec), [labels.adopted]: spec.name },
    },
    spec: {
      replicas,
      selector: { matchLabels: spec.owned.matchLabels },
      strategy: strategyOf(settings),
      minReadySeconds: settings.minReadySeconds,
      progressDeadlineSeconds: settings.progressDeadlineSeconds,
      // Recovery is by ControllerRevision; what `kubectl rollout undo` could find is none of ours.
      revisionHistoryLimit: 0,
      template,
    },
  };
}

/**
 * Asks the API server, by a strict dry-run, whether it would make the Deployment from the spec's content. `made` has
 * the template with the defaults of the API server.
 */
export async function proveOwned(
  { api, stores }: InPlaceParts,
  spec: OwnedInPlaceSpec,
  revision: string,
  signal?: AbortSignal,
): Promise<Outcome<Proved<InPlaceDeployment>>> {
  const known = stores.deployments.get(`${spec.namespace}/${spec.deployment}`);
  const content = ownedTemplate(spec, revision, spec.owned.content);
  const candidate = {
    rollout: spec,
    revision,
    ...(known === undefined ? { name: spec.deployment } : {}),
    render: (name: string) => {
      if (!content.ok) return content;
      const { settings } = spec.owned;
      return {
        ok: true as const,
        deployment: renderOwned(spec, content.template, { replicas: 1, settings }, name),
      };
    },
  };
  return await proveDeployment<InPlaceDeployment>(api, candidate, signal);
}

/** The dry-run's answer alone. */
export async function proofOf(
  parts: InPlaceParts,
  spec: OwnedInPlaceSpec,
  revision: string,
  signal?: AbortSignal,
): Promise<Outcome<{ readonly proof: TemplateProof }>> {
  const proved = await proveOwned(parts, spec, revision, signal);
  return proved.ok ? { ok: true, proof: proved.proof } : proved;
}

/**
 * Keeps what the spec asks for, and beside it the template that is made of it, once and for all: a newer operator, which
 * might render it another way, restarts no pod. With the API server's defaults in it, it is known again by its hash.
 */
export async function storeOwned(
  parts: InPlaceParts,
  spec: OwnedInPlaceSpec,
  revision: string,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const stored = readRevisions(parts.revisions, spec);
  if (stored.some((known) => known.revision === revision)) return done;
  const { content } = spec.owned;
  const wanted = resolveWanted(content, stored);
  if (wanted.revision !== revision) {
    return failed("conflict", `the spec is revision ${wanted.revision} now, not ${revision}`);
  }
  const proved = await proveOwned(parts, spec, revision, signal);
  if (!proved.ok) return proved;
  const rendered = proved.made?.spec.template;
  if (rendered === undefined) return failed("invalid", proved.proof.message ?? "the template is refused");
  const body = renderRevision(spec, { revision, hashVersion: wanted.hashVersion, content, rendered });
  const options = { fieldManager, ...(signal === undefined ? {} : { signal }) };
  const { revisions } = parts.revisions.stores;
  try {
    revisions.noteWrite(await parts.api.create(pathOf("ControllerRevision", spec.namespace), body, options));
    return done;
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
    return await adoptStored(parts, spec, revision, signal);
  }
}

/** Stored a moment ago, before the cache knew; or somebody else's object under that name. */
async function adoptStored(
  { api, revisions }: InPlaceParts,
  spec: OwnedInPlaceSpec,
  revision: string,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const name = objectName(spec, revision);
  type Stored = Parameters<typeof revisions.stores.revisions.noteWrite>[0];
  const found = await getOrNothing<Stored>(api, pathOf("ControllerRevision", spec.namespace, name), signal);
  if (found === undefined)
    return failed("conflict", `ControllerRevision ${name} appeared and went: observe again`);
  if (!isOurs(spec, found)) {
    return failed(
      "refused",
      `ControllerRevision ${spec.namespace}/${name} exists and is not ours: delete or rename it`,
    );
  }
  revisions.stores.revisions.noteWrite(found);
  return done;
}

/** By POST: nothing else is sure not to take over somebody else's object. */
export async function createOwned(
  { api, stores, revisions }: InPlaceParts,
  spec: OwnedInPlaceSpec,
  wanted: { readonly revision: string; readonly replicas: number; readonly settings: RollSettings },
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const stored = readRevisions(revisions, spec).find(({ revision }) => revision === wanted.revision);
  const template = stored?.rendered;
  if (template === undefined) return failed("conflict", `revision ${wanted.revision} is not stored`);
  const body = renderOwned(spec, template, wanted);
  const options = { fieldManager, ...(signal === undefined ? {} : { signal }) };
  try {
    const made = await api.create<InPlaceDeployment>(pathOf("Deployment", spec.namespace), body, options);
    stores.deployments.noteWrite(made);
    return done;
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
    return failed("waiting", `Deployment ${spec.namespace}/${spec.deployment} exists already: observe again`);
  }
}

/** Deletes the Deployment, by UID, if it is ours, and then the stored revisions. Pods end in the background. */
export async function deleteOwned(
  { api, stores, revisions }: InPlaceParts,
  spec: OwnedInPlaceSpec,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const path = pathOf("Deployment", spec.namespace, spec.deployment);
  const found = await getOrNothing<InPlaceDeployment>(api, path, signal);
  const standing =
    found !== undefined && isOurs(spec, found) && found.metadata.deletionTimestamp === undefined;
  if (standing && (await deleteObject(api, path, found, signal)) === "gone")
    stores.deployments.noteDelete(found);
  return await pruneRevisions(revisions, spec, [], signal);
}
