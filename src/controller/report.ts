import { isDeepStrictEqual } from "node:util";
import { group, plural, version } from "../api/group.ts";
import type { ModelRollout, ModelRolloutStatus } from "../api/types.ts";
import type { Clock } from "../runtime/clock.ts";
import type { KubeApi } from "../runtime/kube-api.ts";
import { isReason } from "../runtime/kube-error.ts";
import { resourcePath } from "../runtime/resource-path.ts";
import type { RolloutMemory } from "./memory.ts";
import type { ClusterCache, RolloutObject } from "./reflectors.ts";

/** How a status is stored: `urgent` waits for a second at most; `signal` gives it up (it may be stored all the same). */
export interface StoreWish {
  readonly urgent: boolean;
  readonly signal?: AbortSignal;
}

/** A status that cannot be stored for so long does not hold a rollback up (design, "Endings"). */
const URGENT_STORE_MS = 1_000;

export interface ReportDeps {
  readonly api: KubeApi;
  readonly cache: ClusterCache;
  readonly clock: Clock;
}

export function rolloutPath({ metadata }: ModelRollout, subresource?: string): string {
  const { namespace, name } = metadata;
  return resourcePath({ group, version, plural, namespace, name, ...(subresource ? { subresource } : {}) });
}

/** A change that only counts pods or words is written at most so often (pods becoming Ready one by one). */
const COSMETIC_MS = 2_000;

/** stored: the status stands. deferred: nothing but counts and words differ, written after `afterMs`. conflict: somebody wrote meanwhile, observe again. gone: the resource was deleted. */
export type Stored =
  | { readonly outcome: "stored"; readonly rollout: RolloutObject }
  | { readonly outcome: "deferred"; readonly rollout: RolloutObject; readonly afterMs: number }
  | { readonly outcome: "conflict" }
  | { readonly outcome: "gone" }
  | { readonly outcome: "failed"; readonly error: unknown };

/**
 * Writes the status if it differs from the stored one, on the resourceVersion that the plan was made on: a replica
 * that was frozen can overwrite nothing. Never throws.
 */
export async function store(
  { api, cache, clock }: ReportDeps,
  rollout: RolloutObject,
  memory: RolloutMemory,
  status: ModelRolloutStatus,
  { urgent, signal }: StoreWish,
): Promise<Stored> {
  const [before, after] = [withoutAbsent(rollout.status ?? {}), withoutAbsent(status)];
  if (isDeepStrictEqual(before, after)) return { outcome: "stored", rollout };
  const cosmetic = isDeepStrictEqual(essence(before), essence(after));
  const since = clock.monotonic() - (memory.storedAt ?? -Infinity);
  if (cosmetic && since < COSMETIC_MS) return { outcome: "deferred", rollout, afterMs: COSMETIC_MS - since };
  memory.storedAt = clock.monotonic();
  try {
    const written = await api.replace<RolloutObject>(
      rolloutPath(rollout, "status"),
      { ...rollout, status },
      { ...(urgent ? { timeoutMs: URGENT_STORE_MS } : {}), ...(signal ? { signal } : {}) },
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
function withoutAbsent(status: ModelRolloutStatus): ModelRolloutStatus {
  return JSON.parse(JSON.stringify(status)) as ModelRolloutStatus;
}

/** What decides anything: status without counts of pods, shares as observed, and words for people. */
function essence(status: ModelRolloutStatus): unknown {
  const counts = new Set(["readyReplicas", "replicas", "observed", "message", "alarmSummary"]);
  return JSON.parse(JSON.stringify(status, (name, value: unknown) => (counts.has(name) ? undefined : value)));
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
