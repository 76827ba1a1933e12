import { labels } from "../../api/group.ts";
import { hashVersion } from "../../api/revision.ts";
import type {
  InPlaceRead,
  PodSetRead,
  RolledDeployment,
  RollSettings,
  WantedRevision,
} from "../../core/observed.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { isOurs, pathOf, type RolloutIdentity } from "../slots/names.ts";
import { type RevisionContext, readRevisions } from "../slots/revision-store.ts";
import { resolveWanted } from "../slots/revisions.ts";
import { getOrNothing } from "../slots/taken-names.ts";
import type { TemplateAliases } from "./aliases.ts";
import { controllerOf } from "./controllers.ts";
import { laterSettings, sameSettings } from "./later.ts";
import {
  hashOfTemplate,
  type InPlaceDeployment,
  isUnscaled,
  markOf,
  type PodSetObject,
  settingsOf,
  withHeldFields,
} from "./objects.ts";
import { isOwned, type OwnedSpec } from "./owned-deployment.ts";
import type { PodTroubles } from "./pod-trouble.ts";
import { readyLongEnough } from "./ready-pods.ts";
import { type InPlaceRevision, inPlaceRevisions, versionOf } from "./revisions.ts";
import { byOwner, type InPlaceStores } from "./stores.ts";
import { takenBackOf } from "./taken-back.ts";
import { templateNames } from "./template-names.ts";

/** Which Deployment is rolled in place, and for whom. */
export interface InPlaceSpec extends RolloutIdentity {
  /** Name of the Deployment. */
  readonly deployment: string;
  /** A revision that is released next although the Deployment does not have its template. */
  readonly next?: string;
  /** Of the stable revision: where the Deployment has its template, `next` is what is wanted. */
  readonly stable?: string;
  /** Absent: somebody's Deployment, adopted. */
  readonly owned?: OwnedSpec;
  /** A release goes forward: people want to know why it does not. */
  readonly explained?: true;
  /** The cache must not be asked: the labels it selects by are being taken off. */
  readonly leaving: boolean;
}

export interface InPlaceSnapshot {
  readonly inPlace: InPlaceRead;
  readonly wanted: WantedRevision;
}

/** What a Deployment in place is read from and written with. */
export interface InPlaceParts {
  readonly api: KubeApi;
  readonly stores: InPlaceStores;
  readonly revisions: RevisionContext;
  readonly aliases: TemplateAliases;
}

/** What else is asked for a snapshot. */
export interface InPlaceQuestions {
  readonly policies: InPlaceRead["policies"];
  readonly troubles: PodTroubles;
}

/** What the API server gives a Deployment that says nothing of it. */
const defaults: RollSettings = {
  type: "RollingUpdate",
  maxUnavailable: "25%",
  maxSurge: "25%",
  minReadySeconds: 0,
  progressDeadlineSeconds: 600,
};

/** One snapshot. Throws KubeError when the API server cannot be asked about a Deployment that is in no cache yet. */
export async function readInPlace(
  parts: InPlaceParts,
  { policies, troubles }: InPlaceQuestions,
  spec: InPlaceSpec,
  now: number,
  signal: AbortSignal | undefined,
): Promise<InPlaceSnapshot> {
  const id = `${spec.namespace}/${spec.deployment}`;
  const revisions = readRevisions(parts.revisions, spec);
  const stored = inPlaceRevisions(revisions);
  const { object, taken, going } = await lookUp(parts, spec, signal);
  const base = { id, policies, ...(isOwned(spec) ? { owned: { taken, going } } : {}) } as const;
  const asked = spec.owned && resolveWanted(spec.owned.content, revisions);
  if (object === undefined) {
    return {
      inPlace: { ...base, sets: [], own: spec.owned?.settings ?? defaults, kept: [] },
      wanted: asked ?? named(spec.stable ?? "none", stored),
    };
  }
  const name = await templateNames(parts, spec, object, stored, signal);
  const template = name(hashOfTemplate(object.spec.template));
  const own = spec.owned?.settings ?? ownSettings(object, spec, stored);
  const sets = parts.stores.sets.byIndex(byOwner, object.metadata.uid ?? "");
  const short = spec.explained ? shortSets(sets, name, template) : [];
  const inPlace: InPlaceRead = {
    ...base,
    ...(await troubleOf(troubles, object, short, signal)),
    own,
    ...laterOf(object, spec, own, stored),
    kept: keptWith(object, own, stored),
    sets: await podSets(parts, object, sets, name, own, now, signal),
    deployment: { ...rolled(object, template, sets), ...(isOwned(spec) ? {} : drivenBy(object)) },
  };
  return { inPlace, wanted: asked ?? named(nextOf(spec, template), stored, object) };
}

/** Of a Deployment of ours what somebody writes is put back, and no more. */
function laterOf(
  object: InPlaceDeployment,
  spec: InPlaceSpec,
  own: RollSettings,
  stored: readonly InPlaceRevision[],
): Pick<InPlaceRead, "later"> {
  const release = object.metadata.labels?.[labels.released];
  const noted = stored.find(({ revision }) => revision === release)?.later;
  const later = laterSettings(object, own, isOwned(spec) ? undefined : noted);
  if (later === undefined) return {};
  return { later: isOwned(spec) ? { ...later, settings: own, stored: true } : later };
}

/** What an earlier release of it put off is no part of the next one. */
function keptWith(
  object: InPlaceDeployment,
  own: RollSettings,
  stored: readonly InPlaceRevision[],
): readonly string[] {
  const released = markOf(object) === "released";
  return stored
    .filter(({ settings, later }) => sameSettings(settings, own) && (released || later === undefined))
    .map(({ revision }) => revision);
}

/** What stands there is wanted; where that is stable, what was asked for next. */
function nextOf({ stable, next }: InPlaceSpec, template: string): string {
  return template === stable && next !== undefined ? next : template;
}

async function troubleOf(
  troubles: PodTroubles,
  object: InPlaceDeployment,
  short: readonly PodSetObject[],
  signal: AbortSignal | undefined,
): Promise<Pick<InPlaceRead, "trouble">> {
  const uids = short.map(({ metadata }) => metadata.uid ?? "");
  const trouble = await troubles.of(object, uids, signal);
  return trouble === undefined ? {} : { trouble };
}

/** ReplicaSets of the present template that lack Ready pods. */
function shortSets(
  sets: readonly PodSetObject[],
  name: (hash: string) => string,
  template: string,
): readonly PodSetObject[] {
  return sets.filter(
    ({ hash, status, spec }) =>
      name(hash) === template && (status?.readyReplicas ?? 0) < (spec.replicas ?? 0),
  );
}

function drivenBy(object: InPlaceDeployment): Pick<RolledDeployment, "foreign"> {
  const foreign = controllerOf(object);
  return foreign === undefined ? {} : { foreign };
}

function rolled(
  object: InPlaceDeployment,
  template: string,
  sets: readonly PodSetObject[],
): RolledDeployment {
  const { metadata, spec, status } = object;
  const { uid = "", generation = 0 } = metadata;
  const { replicas = 1 } = spec;
  const back = takenBackOf(object);
  return {
    uid,
    generation,
    current: (status?.observedGeneration ?? 0) >= generation,
    ...(isUnscaled(replicas, sets) ? { unscaled: true as const } : {}),
    replicas,
    paused: spec.paused === true,
    template,
    settings: settingsOf(object),
    mark: markOf(object),
    ...(back === undefined ? {} : { takenBack: back }),
    holdsFields: object.holdsFields === true,
  };
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

interface Sight {
  /** One that the operator may drive. */
  readonly object?: InPlaceDeployment;
  readonly taken: boolean;
  readonly going: boolean;
}

/** With `template`: what has the name may be somebody else's, or on its way out. */
async function lookUp(
  parts: InPlaceParts,
  spec: InPlaceSpec,
  signal: AbortSignal | undefined,
): Promise<Sight> {
  const object = await find(parts, spec, signal);
  if (object === undefined) return { taken: false, going: false };
  const taken = isOwned(spec) && !isOurs(spec, object);
  const going = isOwned(spec) && object.metadata.deletionTimestamp !== undefined;
  return { taken, going, ...(taken || going ? {} : { object }) };
}

/** From the cache; one that does not carry our label (yet) is asked for by name. */
export async function find(
  { api, stores }: InPlaceParts,
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
export function ownSettings(
  object: InPlaceDeployment,
  { stable }: InPlaceSpec,
  stored: readonly InPlaceRevision[],
): RollSettings {
  const found = settingsOf(object);
  const release = object.metadata.labels?.[labels.released];
  const braked = found.minReadySeconds === 2_147_483_646;
  if (release === undefined && !braked) return found;
  const of = (revision: string | undefined) =>
    stored.find((each) => each.revision === revision && each.settings !== undefined)?.settings;
  // Somebody has taken the label off: what runs under the brake is what is being released.
  const standing = hashOfTemplate(object.spec.template);
  const braking = release ?? stored.find((each) => hashOfTemplate(each.template) === standing)?.revision;
  return of(braking) ?? of(stable) ?? defaults;
}

const none: Omit<PodSetRead, "revision"> = { wanted: 0, pods: 0, ready: 0 };

async function podSets(
  parts: InPlaceParts,
  object: InPlaceDeployment,
  objects: readonly PodSetObject[],
  name: (hash: string) => string,
  own: RollSettings,
  now: number,
  signal: AbortSignal | undefined,
): Promise<readonly PodSetRead[]> {
  const ready =
    own.minReadySeconds > 0 && markOf(object) === "released"
      ? await readyLongEnough(parts.api, object, own.minReadySeconds, now, signal)
      : undefined;
  const all = new Map<string, PodSetRead>();
  for (const each of objects) {
    const revision = name(each.hash);
    const before = all.get(revision) ?? none;
    all.set(revision, {
      revision,
      wanted: before.wanted + (each.spec.replicas ?? 0),
      pods: before.pods + (each.status?.replicas ?? 0),
      ready: before.ready + readyOf(each, ready),
      available: (before.available ?? 0) + (each.status?.availableReplicas ?? 0),
    });
  }
  return [...all.values()];
}

function readyOf(set: PodSetObject, ready: ReadonlyMap<string, number> | undefined): number {
  return ready === undefined ? (set.status?.readyReplicas ?? 0) : (ready.get(set.metadata.uid ?? "") ?? 0);
}
