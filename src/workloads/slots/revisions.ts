import { labels, notes } from "../../api/group.ts";
import {
  revisionName as hashOf,
  hashVersion,
  type RevisionContent,
  sameContent,
} from "../../api/revision.ts";
import type { PodTemplate } from "../../api/types.ts";
import type { WantedRevision } from "../../core/observed.ts";
import { isOurs, ownLabels, type RolloutIdentity, revisionName, typeOf } from "./names.ts";
import type { ControllerRevisionObject } from "./objects.ts";

/** A revision as it was stored before its release began. */
export interface StoredRevision {
  /** 10 hex characters. */
  readonly revision: string;
  /** Version of the hash that gave it its name. */
  readonly hashVersion: string;
  readonly content: RevisionContent;
  /** The template that was made of it for the one Deployment of a rollout, with the defaults of the API server. */
  readonly rendered?: PodTemplate;
  /** What was noted on it since; in place alone (in-place/kept-settings.ts). */
  readonly note?: string;
}

/**
 * The revision that a content is. One that is stored already keeps its name, whatever today's hash would call it:
 * a new version of the operator starts no release.
 */
export function resolveWanted(content: RevisionContent, stored: readonly StoredRevision[]): WantedRevision {
  const known = stored.find((revision) => sameContent(revision.content, content));
  const version = content.model?.version;
  const destination = "destination" in content ? content.destination : undefined;
  return {
    revision: known?.revision ?? hashOf(content),
    hashVersion: known?.hashVersion ?? hashVersion,
    ...(version === undefined ? {} : { modelVersion: version }),
    ...(destination === "a" || destination === "b" ? { destination } : {}),
  };
}

/** The ControllerRevision that keeps a revision. Its data never changes. */
export function renderRevision(rollout: RolloutIdentity, stored: StoredRevision): ControllerRevisionObject {
  return {
    ...typeOf("ControllerRevision"),
    metadata: {
      name: revisionName(rollout, stored.revision),
      namespace: rollout.namespace,
      labels: { ...ownLabels(rollout), [labels.revision]: stored.revision },
    },
    // The field is for controllers that count; here revisions are named, and creationTimestamp orders them.
    revision: 1,
    data: {
      hashVersion: stored.hashVersion,
      ...stored.content,
      ...(stored.rendered === undefined ? {} : { rendered: stored.rendered }),
    },
  };
}

/** @returns undefined for an object that keeps no revision in a form known here. */
export function parseRevision(object: ControllerRevisionObject): StoredRevision | undefined {
  const revision = object.metadata.labels?.[labels.revision];
  const { data } = object;
  if (revision === undefined || typeof data !== "object" || data === null) return undefined;
  const { hashVersion: version, rendered, ...content } = data as Partial<Record<string, unknown>>;
  if (typeof version !== "string" || !isContent(content)) return undefined;
  const note = object.metadata.annotations?.[notes.settings];
  return {
    revision,
    hashVersion: version,
    content,
    ...(isTemplate(rendered) ? { rendered } : {}),
    ...(note === undefined ? {} : { note }),
  };
}

/** Revisions stored for this very rollout, the oldest first. */
export function storedRevisionsOf(
  rollout: RolloutIdentity,
  objects: readonly ControllerRevisionObject[],
): readonly StoredRevision[] {
  return objects
    .filter((object) => isOurs(rollout, object) && object.metadata.namespace === rollout.namespace)
    .filter((object) => object.metadata.deletionTimestamp === undefined)
    .sort((left, right) => (orderOf(left) < orderOf(right) ? -1 : 1))
    .flatMap((object) => parseRevision(object) ?? []);
}

function orderOf({ metadata }: ControllerRevisionObject): string {
  return `${metadata.creationTimestamp ?? ""} ${metadata.name ?? ""}`;
}

function isContent(data: object): data is RevisionContent {
  if ("destination" in data) return typeof data.destination === "string";
  return "template" in data && isTemplate(data.template);
}

function isTemplate(data: unknown): data is PodTemplate {
  return typeof data === "object" && data !== null;
}
