import { canonicalJson } from "../../api/canonical-json.ts";
import type { ModelRollout, ModelRolloutStatus } from "../../api/types.ts";
import type { WantedRevision } from "../../core/observed.ts";

/** What a file comes to for the object that is there. */
export interface Change {
  readonly kind: /** There is no such object yet. */
    | "create"
    | "nothing"
    /** The same revision with other settings. */
    | "settings"
    | "release"
    /** Another revision while one is being released: that one is taken back first. */
    | "supersede"
    /** Back to the stable revision in mid-release, or to the retained one. */
    | "revert"
    /** The revision has failed before. */
    | "failed"
    /** The revision is in a Deployment that the file only names. */
    | "elsewhere";
  /** For a person. */
  readonly sentence: string;
}

/** Compares what would be stored with what is. `wanted` is the revision of what would be stored. */
export function changeOf(
  planned: ModelRollout,
  live: ModelRollout | undefined,
  wanted: WantedRevision,
): Change {
  if (live === undefined) return { kind: "create", sentence: "it does not exist yet and would be created" };
  const same = canonicalJson(planned.spec) === canonicalJson(live.spec);
  if (same) return { kind: "nothing", sentence: "the spec would stay as it is" };
  if (planned.spec.workloadRef !== undefined) {
    const sentence = `the revision is that of Deployment ${planned.spec.workloadRef.name}: this file starts no release`;
    return { kind: "elsewhere", sentence };
  }
  return betweenRevisions(live.status ?? {}, wanted);
}

function betweenRevisions(status: ModelRolloutStatus, wanted: WantedRevision): Change {
  const { stable, canary, retained, failedRevision, failedRelease } = status;
  const { revision } = wanted;
  const name = wanted.modelVersion === undefined ? revision : `${wanted.modelVersion} (revision ${revision})`;
  if (revision === canary?.revision) {
    return {
      kind: "settings",
      sentence: `${name} is being released already: other settings count from its next decision on`,
    };
  }
  if (revision === stable?.revision) {
    return canary === undefined
      ? { kind: "settings", sentence: `${name} is the stable revision already: other settings, no release` }
      : {
          kind: "revert",
          sentence: `${name} is the stable revision: the release under way would be taken back`,
        };
  }
  if (revision === retained?.revision) {
    return { kind: "revert", sentence: `${name} is still retained: all traffic would go back to it at once` };
  }
  if (revision === failedRevision) {
    const sentence = `${name} has failed before (${failedRelease}): it gets no traffic until retry`;
    return { kind: "failed", sentence };
  }
  if (canary !== undefined) {
    const sentence = `${name} is a new revision: ${canary.modelVersion ?? canary.revision} would be taken back first, then its own release begins`;
    return { kind: "supersede", sentence };
  }
  return { kind: "release", sentence: `${name} is a new revision: a release would begin` };
}
