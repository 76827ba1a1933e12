import { isDeepStrictEqual } from "node:util";
import { group, plural, version } from "../api/group.ts";
import type { ModelRollout, ModelRolloutStatus } from "../api/types.ts";
import type { KubeApi } from "../runtime/kube-api.ts";
import { isReason } from "../runtime/kube-error.ts";
import { resourcePath } from "../runtime/resource-path.ts";
import type { ClusterCache, RolloutObject } from "./reflectors.ts";

/** A status that cannot be stored for so long does not hold a rollback up (design, "Endings"). */
const URGENT_STORE_MS = 1_000;

export interface ReportDeps {
  readonly api: KubeApi;
  readonly cache: ClusterCache;
}

export function rolloutPath({ metadata }: ModelRollout, subresource?: string): string {
  const { namespace, name } = metadata;
  return resourcePath({ group, version, plural, namespace, name, ...(subresource ? { subresource } : {}) });
}

/** stored: the status stands. conflict: somebody wrote meanwhile, observe again. gone: the resource was deleted. */
export type Stored =
  | { readonly outcome: "stored"; readonly rollout: RolloutObject }
  | { readonly outcome: "conflict" }
  | { readonly outcome: "gone" }
  | { readonly outcome: "failed"; readonly error: unknown };

/**
 * Writes the status if it differs from the stored one, on the resourceVersion that the plan was made on: a replica
 * that was frozen can overwrite nothing. Never throws.
 */
export async function store(
  { api, cache }: ReportDeps,
  rollout: RolloutObject,
  status: ModelRolloutStatus,
  urgent: boolean,
): Promise<Stored> {
  if (isDeepStrictEqual(withoutAbsent(rollout.status ?? {}), withoutAbsent(status)))
    return { outcome: "stored", rollout };
  try {
    const written = await api.replace<RolloutObject>(
      rolloutPath(rollout, "status"),
      { ...rollout, status },
      urgent ? { timeoutMs: URGENT_STORE_MS } : {},
    );
    cache.rollouts.noteWrite(written);
    return { outcome: "stored", rollout: written };
  } catch (error) {
    if (isReason(error, "Conflict")) return { outcome: "conflict" };
    if (isReason(error, "NotFound")) return { outcome: "gone" };
    return { outcome: "failed", error };
  }
}

/** As JSON has it: a field that is undefined is absent. */
function withoutAbsent(status: ModelRolloutStatus): unknown {
  return JSON.parse(JSON.stringify(status));
}

/** Reads the resource past the cache, after a conflict. */
export async function refresh(
  { api, cache }: ReportDeps,
  rollout: RolloutObject,
  timeoutMs: number,
): Promise<void> {
  const live = await api.get<RolloutObject>(rolloutPath(rollout), { timeoutMs });
  cache.rollouts.noteWrite(live);
}
