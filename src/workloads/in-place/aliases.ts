import type { PodTemplate } from "../../api/types.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { isReason, KubeError } from "../../runtime/kube-error.ts";
import { fieldManager, pathOf } from "../slots/names.ts";
import { hashOfTemplate, type InPlaceDeployment } from "./objects.ts";
import type { InPlaceRevision } from "./revisions.ts";

/** Answers that are remembered, for all rollouts together. */
const REMEMBERED = 10_000;

/**
 * Templates that are a stored revision although their hash is another one: a newer Kubernetes gives templates new
 * defaults. Whether somebody edited the template, or the API server makes the very same of the stored one, nobody knows
 * better than the API server: it is asked once, by a dry-run.
 */
export class TemplateAliases {
  readonly #api: KubeApi;
  readonly #answers = new Map<string, boolean>();

  constructor(api: KubeApi) {
    this.#api = api;
  }

  /** Whether the API server makes a template of this hash of what is stored of a revision. */
  async isSame(
    deployment: InPlaceDeployment,
    { revision, template }: InPlaceRevision,
    hash: string,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { uid, namespace = "", name = "" } = deployment.metadata;
    const key = `${uid}/${revision}/${hash}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const patch = [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "replace", path: "/spec/template", value: template },
    ];
    const options = { type: "json", fieldManager, dryRun: true, ...(signal ? { signal } : {}) } as const;
    try {
      const path = pathOf("Deployment", namespace, name);
      const made = await this.#api.patch<InPlaceDeployment>(path, patch, options);
      const same = hashOfTemplate(made.spec.template) === hash;
      this.#remember(key, same);
      return same;
    } catch (error) {
      // Refused: it cannot be the same. No answer: nothing may wait for this one; it is asked again next time.
      if (!(error instanceof KubeError)) throw error;
      if (isReason(error, "Invalid")) this.#remember(key, false);
      return false;
    }
  }

  #remember(key: string, answer: boolean): void {
    if (this.#answers.size >= REMEMBERED) this.#answers.clear();
    this.#answers.set(key, answer);
  }
}

/**
 * Whether a template has all that a stored one has, and perhaps more: defaults only ever add fields. Anything else is
 * another template, and nobody needs to be asked.
 */
export function hasAllOf(template: PodTemplate, stored: PodTemplate): boolean {
  return isWithin(stored, template);
}

function isWithin(part: unknown, whole: unknown): boolean {
  if (typeof part !== "object" || part === null) return part === whole;
  if (typeof whole !== "object" || whole === null) return false;
  if (Array.isArray(part) !== Array.isArray(whole)) return false;
  if (Array.isArray(part) && part.length !== (whole as unknown[]).length) return false;
  return Object.entries(part).every(([key, value]) =>
    isWithin(value, (whole as Readonly<Record<string, unknown>>)[key]),
  );
}
