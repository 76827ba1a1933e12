/** A revision is named by a hash of what the user wrote, never of what the operator or Kubernetes made of it. */
import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import type { Model, ModelRolloutSpec, PodTemplate } from "./types.ts";

/** What is released: pods, or a destination outside; and the model, as people speak of it. */
export type RevisionContent =
  | { readonly template: PodTemplate; readonly model?: Model }
  | { readonly destination: string; readonly model?: Model };

/** Stored beside every revision name. A new way of hashing gets a new number; names of the old one stay. */
export const hashVersion = "1";

/** 10 hex characters of SHA-256 over the canonical JSON. */
export function revisionName(content: RevisionContent): string {
  return createHash("sha256").update(canonicalJson(content)).digest("hex").slice(0, 10);
}

/** The revision that a spec asks for; undefined with `workloadRef`, where the Deployment has the template. */
export function specContent(spec: ModelRolloutSpec): RevisionContent | undefined {
  const model = spec.model === undefined ? {} : { model: spec.model };
  if (spec.template !== undefined) {
    return { template: spec.template, ...model };
  }
  return spec.destination === undefined ? undefined : { destination: spec.destination, ...model };
}

/** True when both say the same: then neither is a new revision of the other, whatever their names. */
export function sameContent(left: RevisionContent, right: RevisionContent): boolean {
  return canonicalJson(left) === canonicalJson(right);
}
