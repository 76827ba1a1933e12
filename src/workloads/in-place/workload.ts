import { labels } from "../../api/group.ts";
import { hashVersion, revisionName } from "../../api/revision.ts";
import type { Action } from "../../core/action.ts";
import type { InPlaceRead, PodSetRead, RollSettings, WantedRevision } from "../../core/observed.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { isReason, KubeError } from "../../runtime/kube-error.ts";
import { resourcePath } from "../../runtime/resource-path.ts";
import { fieldManager, revisionName as objectName, pathOf, type RolloutIdentity } from "../slots/names.ts";
import { attempt, done, failed, type Outcome } from "../slots/outcome.ts";
import { deleteObject, type RevisionContext, readRevisions } from "../slots/revision-store.ts";
import { renderRevision } from "../slots/revisions.ts";
import { getOrNothing } from "../slots/taken-names.ts";
import {
  type InPlaceDeployment,
  markOf,
  othersFields,
  type PodSetObject,
  settingsOf,
  withHeldFields,
} from "./objects.ts";
import { shapePatch } from "./patch.ts";
import { Policies } from "./policies.ts";
import { readyLongEnough } from "./ready-pods.ts";
import { type InPlaceRevision, inPlaceRevisions, namer, versionOf } from "./revisions.ts";
import { byOwner, type InPlaceStores } from "./stores.ts";

/** Which Deployment is rolled in place, and for whom. */
export interface InPlaceSpec extends RolloutIdentity {
  /** Name of the Deployment. */
  readonly deployment: string;
  /** A revision that is released next although the Deployment does not have its template. */
  readonly next?: string;
  /** Of the stable revision: where the Deployment has its template, `next` is what is wanted. */
  readonly stable?: string;
  /** The cache must not be asked: the labels it selects by are being taken off. */
  readonly leaving: boolean;
}

export interface InPlaceSnapshot {
  readonly inPlace: InPlaceRead;
  readonly wanted: WantedRevision;
}

type InPlaceAction = Extract<
  Action,
  { kind: "StoreRevision" | "ShapeDeployment" | "DeletePodSets" | "DisownFields" }
>;

/** A Deployment rolled in place: the read that plans are made on, and one effect per action. */
export interface InPlaceWorkload {
  /** Throws KubeError when the API server cannot be asked about a Deployment that is in no cache yet. */
  read(spec: InPlaceSpec, now: number, signal?: AbortSignal): Promise<InPlaceSnapshot>;
  /** Absolute and safe to repeat; never throws for an answer of the API server. */
  perform(spec: InPlaceSpec, action: InPlaceAction, signal?: AbortSignal): Promise<Outcome>;
}

interface Parts {
  readonly api: KubeApi;
  readonly stores: InPlaceStores;
  readonly revisions: RevisionContext;
}

export function createInPlaceWorkload(
  parts: Parts & { readonly clock: { monotonic(): number } },
): InPlaceWorkload {
  const policies = new Policies(parts.api, () => parts.clock.monotonic());
  return {
    read: async (spec, now, signal) => await read(parts, await policies.ask(), spec, now, signal),
    perform: async (spec, action, signal) =>
      await attempt(async () => {
        try {
          return await perform(parts, spec, action, signal);
        } catch (error) {
          if (isStale(error)) return failed("conflict", error.message);
          throw error;
        }
      }),
  };
}

/** The patch's own tests did not hold: the Deployment is not the one that was planned for. */
function isStale(error: unknown): error is KubeError {
  return (
    error instanceof KubeError &&
    isReason(error, "Invalid") &&
    / testing value |test failed/i.test(error.message)
  );
}

async function read(
  parts: Parts,
  policies: InPlaceRead["policies"],
  spec: InPlaceSpec,
  now: number,
  signal: AbortSignal | undefined,
): Promise<InPlaceSnapshot> {
  const id = `${spec.namespace}/${spec.deployment}`;
  const stored = inPlaceRevisions(readRevisions(parts.revisions, spec));
  const object = await find(parts, spec, signal);
  const base = { id, policies } as const;
  if (object === undefined) {
    const own: RollSettings = {
      type: "RollingUpdate",
      maxUnavailable: "25%",
      maxSurge: "25%",
      minReadySeconds: 0,
      progressDeadlineSeconds: 600,
    };
    return { inPlace: { ...base, sets: [], own, kept: [] }, wanted: named(spec.stable ?? "none", stored) };
  }
  const name = namer(stored);
  const template = name(revisionName({ template: object.spec.template }));
  const own = ownSettings(object, spec, stored);
  const inPlace: InPlaceRead = {
    ...base,
    own,
    kept: stored.filter(({ settings }) => sameSettings(settings, own)).map(({ revision }) => revision),
    sets: await podSets(parts, object, name, own, now, signal),
    deployment: {
      uid: object.metadata.uid ?? "",
      generation: object.metadata.generation ?? 0,
      current: (object.status?.observedGeneration ?? 0) >= (object.metadata.generation ?? 0),
      replicas: object.spec.replicas ?? 1,
      paused: object.spec.paused === true,
      template,
      settings: settingsOf(object),
      mark: markOf(object),
      holdsFields: object.holdsFields === true,
    },
  };
  const wanted = template === spec.stable && spec.next !== undefined ? spec.next : template;
  return { inPlace, wanted: named(wanted, stored, object) };
}

function named(
  revision: string,
  stored: readonly InPlaceRevision[],
  object?: InPlaceDeployment,
): WantedRevision {
  const known = stored.find((each) => each.revision === revision);
  const template = known?.template ?? object?.spec.template;
  const version = template === undefined ? undefined : versionOf(template);
  return {
    revision,
    hashVersion: known?.hashVersion ?? hashVersion,
    ...(version === undefined ? {} : { modelVersion: version }),
  };
}

/** From the cache; one that does not carry our label (yet) is asked for by name. */
async function find(
  { api, stores }: Parts,
  spec: InPlaceSpec,
  signal: AbortSignal | undefined,
): Promise<InPlaceDeployment | undefined> {
  const known = spec.leaving ? undefined : stores.deployments.get(`${spec.namespace}/${spec.deployment}`);
  if (known !== undefined) return known;
  const path = pathOf("Deployment", spec.namespace, spec.deployment);
  const found = await getOrNothing<InPlaceDeployment>(api, path, signal);
  return found && withHeldFields(found);
}

/** In a release the settings that were stored with it, for ours stand in the Deployment. */
function ownSettings(
  object: InPlaceDeployment,
  { stable }: InPlaceSpec,
  stored: readonly InPlaceRevision[],
): RollSettings {
  const standing = settingsOf(object);
  const release = object.metadata.labels?.[labels.released];
  const braked = standing.minReadySeconds === 2_147_483_646;
  if (release === undefined && !braked) return standing;
  const of = (revision: string | undefined) =>
    stored.find((each) => each.revision === revision && each.settings !== undefined)?.settings;
  return (
    of(release) ??
    of(stable) ?? {
      type: "RollingUpdate",
      maxUnavailable: "25%",
      maxSurge: "25%",
      minReadySeconds: 0,
      progressDeadlineSeconds: 600,
    }
  );
}

function sameSettings(left: RollSettings | undefined, right: RollSettings): boolean {
  if (left === undefined) return false;
  return (Object.keys(right) as (keyof RollSettings)[]).every((key) => left[key] === right[key]);
}

async function podSets(
  parts: Parts,
  object: InPlaceDeployment,
  name: (hash: string) => string,
  own: RollSettings,
  now: number,
  signal: AbortSignal | undefined,
): Promise<readonly PodSetRead[]> {
  const objects = parts.stores.sets.byIndex(byOwner, object.metadata.uid ?? "");
  const ready =
    own.minReadySeconds > 0 && markOf(object) === "released"
      ? await readyLongEnough(parts.api, object, own.minReadySeconds, now, signal)
      : undefined;
  const all = new Map<string, PodSetRead>();
  for (const each of objects) {
    const revision = name(each.hash);
    const before = all.get(revision);
    all.set(revision, {
      revision,
      wanted: (before?.wanted ?? 0) + (each.spec.replicas ?? 0),
      pods: (before?.pods ?? 0) + (each.status?.replicas ?? 0),
      ready: (before?.ready ?? 0) + readyOf(each, ready),
    });
  }
  return [...all.values()];
}

function readyOf(set: PodSetObject, ready: ReadonlyMap<string, number> | undefined): number {
  return ready === undefined ? (set.status?.readyReplicas ?? 0) : (ready.get(set.metadata.uid ?? "") ?? 0);
}

async function perform(
  parts: Parts,
  spec: InPlaceSpec,
  action: InPlaceAction,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  switch (action.kind) {
    case "StoreRevision":
      return await store(parts, spec, action.revision, signal);
    case "ShapeDeployment":
      return await shape(parts, spec, action, signal);
    case "DisownFields":
      return await disown(parts, spec, signal);
    case "DeletePodSets":
      return await deletePodSets(parts, spec, action.revision, signal);
  }
}

const withSignal = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });

/** Template and own settings, as a ControllerRevision. One that was stored with other settings is made anew. */
async function store(
  parts: Parts,
  spec: InPlaceSpec,
  revision: string,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const stored = inPlaceRevisions(readRevisions(parts.revisions, spec));
  const object = await find(parts, spec, signal);
  if (object === undefined)
    return failed("conflict", `Deployment ${spec.namespace}/${spec.deployment} is gone`);
  const known = stored.find((each) => each.revision === revision);
  const standing = namer(stored)(revisionName({ template: object.spec.template }));
  const template = known?.template ?? (standing === revision ? object.spec.template : undefined);
  if (template === undefined)
    return failed("conflict", `the Deployment has template ${standing} now, not ${revision}`);
  const settings = ownSettings(object, spec, stored);
  if (known !== undefined && sameSettings(known.settings, settings)) return done;
  const { revisions } = parts.revisions.stores;
  const path = pathOf("ControllerRevision", spec.namespace, objectName(spec, revision));
  const old = await getOrNothing(parts.api, path, signal);
  if (old !== undefined) await deleteObject(parts.api, path, old, signal);
  const content = { template, settings };
  const body = renderRevision(spec, { revision, hashVersion: known?.hashVersion ?? hashVersion, content });
  const options = { fieldManager, ...withSignal(signal) };
  revisions.noteWrite(await parts.api.create(pathOf("ControllerRevision", spec.namespace), body, options));
  return done;
}

async function shape(
  parts: Parts,
  spec: InPlaceSpec,
  action: Extract<Action, { kind: "ShapeDeployment" }>,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const stored = inPlaceRevisions(readRevisions(parts.revisions, spec));
  const template = stored.find(({ revision }) => revision === action.template)?.template;
  if (action.template !== undefined && template === undefined) {
    const object = await find(parts, spec, signal);
    const standing = object && revisionName({ template: object.spec.template });
    if (standing !== action.template) return failed("conflict", `revision ${action.template} is not stored`);
  }
  const live = await find(parts, spec, signal);
  const patch = shapePatch(action, spec.name, live?.metadata.labels, template);
  await write(parts, spec, patch, action.mark !== "none", signal);
  return done;
}

async function write(
  { api, stores }: Parts,
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
  if (selected) stores.deployments.noteWrite(withHeldFields(written));
}

/** The user's next server-side apply must meet no conflict: what we wrote belongs to nobody until then. */
async function disown(parts: Parts, spec: InPlaceSpec, signal: AbortSignal | undefined): Promise<Outcome> {
  const path = pathOf("Deployment", spec.namespace, spec.deployment);
  const live = await getOrNothing<InPlaceDeployment>(parts.api, path, signal);
  if (live === undefined) return done;
  const { managedFields, resourceVersion } = live.metadata;
  const others = othersFields(managedFields);
  const patch = [
    { op: "replace", path: "/metadata/managedFields", value: others.length > 0 ? others : [{}] },
    { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
  ];
  await write(parts, spec, patch, markOf(live) !== "none", signal);
  return done;
}

async function deletePodSets(
  parts: Parts,
  spec: InPlaceSpec,
  revision: string,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const object = await find(parts, spec, signal);
  const name = namer(inPlaceRevisions(readRevisions(parts.revisions, spec)));
  const empty = parts.stores.sets
    .byIndex(byOwner, object?.metadata.uid ?? "")
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
