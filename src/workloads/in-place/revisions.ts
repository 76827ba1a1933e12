import type { PodTemplate } from "../../api/types.ts";
import type { StoredRevision } from "../slots/revisions.ts";
import { type KeptSettings, keptSettings } from "./kept-settings.ts";

/** A revision of a Deployment that is rolled in place: its template, and the user's own settings of that time. */
export interface InPlaceRevision extends KeptSettings {
  readonly revision: string;
  readonly hashVersion: string;
  readonly template: PodTemplate;
}

/** What of the stored revisions are templates. */
export function inPlaceRevisions(stored: readonly StoredRevision[]): readonly InPlaceRevision[] {
  return stored.flatMap(({ revision, hashVersion: version, content, rendered, note }) => {
    if (!("template" in content)) return [];
    return [
      {
        revision,
        hashVersion: version,
        template: rendered ?? content.template,
        ...keptSettings(note, content as KeptSettings),
      },
    ];
  });
}

/** The version of a template for people: the usual label, else the tag of the first image. */
export function versionOf({ metadata, spec }: PodTemplate): string | undefined {
  const label = metadata?.labels?.["app.kubernetes.io/version"];
  if (label !== undefined) return label;
  const image = spec.containers[0]?.["image"];
  if (typeof image !== "string") return undefined;
  return /:([\w][\w.-]{0,127})(?:@.*)?$/.exec(image)?.[1];
}
