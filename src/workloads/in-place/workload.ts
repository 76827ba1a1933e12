import type { Action } from "../../core/action.ts";
import type { TemplateProof } from "../../core/observed.ts";
import { isReason, KubeError } from "../../runtime/kube-error.ts";
import { resourcePath } from "../../runtime/resource-path.ts";
import { fieldManager, pathOf } from "../slots/names.ts";
import { attempt, done, failed, type Outcome } from "../slots/outcome.ts";
import { readRevisions } from "../slots/revision-store.ts";
import { TemplateAliases } from "./aliases.ts";
import { Calm } from "./calm.ts";
import { storeTemplate } from "./kept-template.ts";
import { hashOfTemplate, type InPlaceDeployment, markOf } from "./objects.ts";
import { createOwned, deleteOwned, isOwned, proofOf, storeOwned } from "./owned-deployment.ts";
import { shapePatch } from "./patch.ts";
import { PodTroubles } from "./pod-trouble.ts";
import { Policies } from "./policies.ts";
import { find, type InPlaceParts, type InPlaceSnapshot, type InPlaceSpec, readInPlace } from "./read.ts";
import { inPlaceRevisions } from "./revisions.ts";
import { byOwner } from "./stores.ts";
import { templateNames } from "./template-names.ts";

type InPlaceAction = Extract<
  Action,
  {
    kind:
      | "StoreRevision"
      | "CreateDeployment"
      | "ShapeDeployment"
      | "DeletePodSets"
      | "DisownFields"
      | "DeleteWorkload";
  }
>;

/** A Deployment rolled in place: the read that plans are made on, and one effect per action. */
export interface InPlaceWorkload {
  /** Throws KubeError when the API server cannot be asked about a Deployment that is in no cache yet. */
  read(spec: InPlaceSpec, now: number, signal?: AbortSignal): Promise<InPlaceSnapshot>;
  /** Absolute and safe to repeat; never throws for an answer of the API server. */
  perform(spec: InPlaceSpec, action: InPlaceAction, signal?: AbortSignal): Promise<Outcome>;
  /** Proves the template of the spec as it stands, by a dry-run; only where the operator makes the Deployment. */
  proveTemplate(
    spec: InPlaceSpec,
    revision: string,
    signal?: AbortSignal,
  ): Promise<Outcome<{ readonly proof: TemplateProof }>>;
}

export function createInPlaceWorkload(
  given: Omit<InPlaceParts, "aliases"> & { readonly clock: { monotonic(): number } },
): InPlaceWorkload {
  const parts = { ...given, aliases: new TemplateAliases(given.api) };
  const calm = new Calm(() => parts.clock.monotonic());
  const policies = new Policies(parts.api, () => parts.clock.monotonic());
  const troubles = new PodTroubles(parts.api, () => parts.clock.monotonic());
  return {
    read: async (spec, now, signal) =>
      await readInPlace(parts, { policies: await policies.ask(), troubles }, spec, now, signal),
    perform: async (spec, action, signal) =>
      await attempt(async () => {
        try {
          return await perform({ ...parts, calm }, spec, action, signal);
        } catch (error) {
          if (isStale(error)) return failed("conflict", error.message);
          throw error;
        }
      }),
    proveTemplate: async (spec, revision, signal) =>
      isOwned(spec) ? await proofOf(parts, spec, revision, signal) : notOurs,
  };
}

const notOurs = failed("invalid", "the Deployment is somebody's own: it is not made here");

/** The patch's own tests did not hold: the Deployment is not the one that was planned for. */
function isStale(error: unknown): error is KubeError {
  return (
    error instanceof KubeError &&
    isReason(error, "Invalid") &&
    / testing value |test failed/i.test(error.message)
  );
}

async function perform(
  parts: InPlaceParts & { readonly calm: Calm },
  spec: InPlaceSpec,
  action: InPlaceAction,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  switch (action.kind) {
    case "StoreRevision":
      return isOwned(spec)
        ? await storeOwned(parts, spec, action.revision, signal)
        : await storeTemplate(parts, spec, action.revision, signal);
    case "CreateDeployment":
      return isOwned(spec) ? await createOwned(parts, spec, action, signal) : notOurs;
    case "DeleteWorkload":
      return isOwned(spec) ? await deleteOwned(parts, spec, signal) : notOurs;
    case "ShapeDeployment":
      return await shape(parts, spec, action, signal);
    case "DisownFields":
      return await disown(parts, spec, signal);
    case "DeletePodSets":
      return await deletePodSets(parts, spec, action.revision, signal);
  }
}

const withSignal = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });

async function shape(
  parts: InPlaceParts,
  spec: InPlaceSpec,
  action: Extract<Action, { kind: "ShapeDeployment" }>,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const stored = inPlaceRevisions(readRevisions(parts.revisions, spec));
  const template = stored.find(({ revision }) => revision === action.template)?.template;
  if (action.template !== undefined && template === undefined) {
    const object = await find(parts, spec, signal);
    const standing = object && hashOfTemplate(object.spec.template);
    if (standing !== action.template) return failed("conflict", `revision ${action.template} is not stored`);
  }
  const live = await find(parts, spec, signal);
  const patch = shapePatch(action, spec.name, live?.metadata, template);
  await write(parts, spec, patch, action.mark !== "none", signal);
  return done;
}

async function write(
  { api, stores }: InPlaceParts,
  spec: InPlaceSpec,
  patch: object,
  selected: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = pathOf("Deployment", spec.namespace, spec.deployment);
  const written = await api.patch<InPlaceDeployment>(path, patch, {
    type: "json",
    fieldManager,
    ...withSignal(signal),
  });
  if (selected) stores.deployments.noteWrite(written);
}

/** The user's next server-side apply must meet no conflict: what we wrote belongs to nobody until then. */
async function disown(
  parts: InPlaceParts & { readonly calm: Calm },
  spec: InPlaceSpec,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const live = await find(parts, spec, signal);
  if (live?.othersFields === undefined) return done;
  if (parts.calm.isAwaited(live)) {
    return failed("waiting", `the Deployment controller is about to write ${spec.deployment}`);
  }
  const { othersFields: others, metadata } = live;
  const patch = [
    { op: "replace", path: "/metadata/managedFields", value: others.length > 0 ? others : [{}] },
    { op: "replace", path: "/metadata/resourceVersion", value: metadata.resourceVersion },
  ];
  await write(parts, spec, patch, markOf(live) !== "none", signal);
  return done;
}

async function deletePodSets(
  parts: InPlaceParts,
  spec: InPlaceSpec,
  revision: string,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const object = await find(parts, spec, signal);
  if (object === undefined) return done;
  const stored = inPlaceRevisions(readRevisions(parts.revisions, spec));
  const name = await templateNames(parts, spec, object, stored, signal);
  const empty = parts.stores.sets
    .byIndex(byOwner, object.metadata.uid ?? "")
    .filter(
      ({ hash, spec: { replicas }, status }) =>
        name(hash) === revision && replicas === 0 && !status?.replicas,
    );
  for (const { metadata } of empty) {
    const path = resourcePath({
      group: "apps",
      version: "v1",
      plural: "replicasets",
      namespace: spec.namespace,
      name: metadata.name ?? "",
    });
    await parts.api
      .delete(path, {
        preconditions: {
          ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
          ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
        },
        propagationPolicy: "Background",
        ...withSignal(signal),
      })
      .catch((error: unknown) => {
        if (!isReason(error, "NotFound")) throw error;
      });
  }
  return done;
}
