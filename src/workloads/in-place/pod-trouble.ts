import type { KubeApi } from "../../runtime/kube-api.ts";
import { KubeError } from "../../runtime/kube-error.ts";
import { resourcePath } from "../../runtime/resource-path.ts";
import type { PodObject } from "../slots/objects.ts";
import { troubleOf } from "../slots/trouble.ts";
import type { InPlaceDeployment } from "./objects.ts";

/** Pods that load are asked about this often at most, whatever happens around them. */
const KEPT_MS = 10_000;
/** Pods that are waited for no longer than this need no explanation. */
const GRACE_MS = 5_000;
const PATIENCE_MS = 2_000;

/** Why new pods are not Ready, when Kubernetes says. Its answers explain and decide nothing: without one there is none. */
export class PodTroubles {
  readonly #api: KubeApi;
  readonly #monotonic: () => number;
  readonly #known = new Map<string, { readonly until: number; readonly trouble?: string }>();

  constructor(api: KubeApi, monotonic: () => number) {
    this.#api = api;
    this.#monotonic = monotonic;
  }

  /** @param sets UIDs of the ReplicaSets whose pods are waited for; none: nothing is, and what was known is forgotten */
  async of(
    deployment: InPlaceDeployment,
    sets: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const uid = deployment.metadata.uid ?? "";
    if (sets.length === 0) {
      this.#known.delete(uid);
      return undefined;
    }
    const now = this.#monotonic();
    const known = this.#known.get(uid) ?? { until: now + GRACE_MS };
    this.#known.set(uid, known);
    if (now < known.until) return known.trouble;
    const trouble = await this.#ask(deployment, sets, signal);
    this.#known.set(uid, { until: now + KEPT_MS, ...(trouble === undefined ? {} : { trouble }) });
    return trouble;
  }

  async #ask(
    deployment: InPlaceDeployment,
    sets: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const { metadata, spec } = deployment;
    const path = resourcePath({
      group: "",
      version: "v1",
      plural: "pods",
      namespace: metadata.namespace ?? "",
    });
    const labelSelector = Object.entries(spec.selector.matchLabels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
    try {
      const { items } = await this.#api.list<PodObject>(path, {
        labelSelector,
        timeoutMs: PATIENCE_MS,
        ...(signal ? { signal } : {}),
      });
      const waited = items.filter((pod) => isOf(pod, sets) && !isReady(pod));
      return troubleOf(deployment, waited);
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      return undefined;
    }
  }
}

function isOf({ metadata }: PodObject, sets: readonly string[]): boolean {
  return (metadata.ownerReferences ?? []).some(({ uid }) => sets.includes(uid));
}

function isReady({ metadata, status }: PodObject): boolean {
  const ready = status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True");
  return ready === true || metadata.deletionTimestamp !== undefined;
}
