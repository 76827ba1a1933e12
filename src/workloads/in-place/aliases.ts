import { labels } from "../../api/group.ts";
import { revisionName } from "../../api/revision.ts";
import { isReason, KubeError } from "../../runtime/kube-error.ts";
import { fieldManager, pathOf } from "../slots/names.ts";
import type { InPlaceDeployment } from "./objects.ts";
import type { InPlaceParts, InPlaceSpec } from "./read.ts";
import type { InPlaceRevision } from "./revisions.ts";

/** Answers that are remembered, for all rollouts together. */
const REMEMBERED = 10_000;

/**
 * Templates that are a stored revision although their hash is another one: a newer Kubernetes gives templates new
 * defaults. Whether somebody edited the template, or the API server makes the very same of the stored one, nobody knows
 * better than the API server: it is asked once, by a dry-run.
 */
export class TemplateAliases {
  readonly #answers = new Map<string, string | undefined>();

  /** The stored revision that the Deployment's template is, though no stored hash says so. */
  async resolve(
    { api }: InPlaceParts,
    spec: InPlaceSpec,
    object: InPlaceDeployment,
    stored: readonly InPlaceRevision[],
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const hash = revisionName({ template: object.spec.template });
    const claimed = object.spec.template.metadata?.labels?.[labels.revision];
    const revision = stored.find((each) => each.revision === claimed);
    if (revision === undefined) return undefined;
    const key = `${object.metadata.uid}/${revision.revision}/${hash}`;
    if (this.#answers.has(key)) return this.#answers.get(key);
    const patch = [
      { op: "test", path: "/metadata/uid", value: object.metadata.uid },
      { op: "replace", path: "/spec/template", value: revision.template },
    ];
    const path = pathOf("Deployment", spec.namespace, spec.deployment);
    const options = { type: "json", fieldManager, dryRun: true, ...(signal ? { signal } : {}) } as const;
    try {
      const made = await api.patch<InPlaceDeployment>(path, patch, options);
      const same = revisionName({ template: made.spec.template }) === hash;
      this.#remember(key, same ? revision.revision : undefined);
      return same ? revision.revision : undefined;
    } catch (error) {
      // Refused: it cannot be the same. No answer: nothing may wait for this one; it is asked again next time.
      if (!(error instanceof KubeError)) throw error;
      if (isReason(error, "Invalid")) this.#remember(key, undefined);
      return undefined;
    }
  }

  #remember(key: string, answer: string | undefined): void {
    if (this.#answers.size >= REMEMBERED) this.#answers.clear();
    this.#answers.set(key, answer);
  }
}
