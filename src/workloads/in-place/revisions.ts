import type { PodTemplate } from "../../api/types.ts";
import type { RollSettings } from "../../core/observed.ts";
import type { StoredRevision } from "../slots/revisions.ts";

/** A revision of a Deployment that is rolled in place: its template, and the user's own settings of that time. */
export interface InPlaceRevision {
  readonly revision: string;
  readonly hashVersion: string;
  readonly template: PodTemplate;
  readonly settings?: RollSettings;
  /** What was asked for in the middle of its release, and waits for the end. */
  readonly later?: RollSettings;
}

/** What of the stored revisions are templates. */
export function inPlaceRevisions(stored: readonly StoredRevision[]): readonly InPlaceRevision[] {
  return stored.flatMap(({ revision, hashVersion: version, content, rendered }) => {
    if (!("template" in content)) return [];
    const { settings, later } = content as Partial<Pick<InPlaceRevision, "settings" | "later">>;
    return [
      {
        revision,
        hashVersion: version,
        template: rendered ?? content.template,
        ...(settings === undefined ? {} : { settings }),
        ...(later === undefined ? {} : { later }),
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
