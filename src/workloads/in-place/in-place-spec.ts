import type { ModelRollout } from "../../api/types.ts";
import type { InPlaceSpec } from "./read.ts";

/** @returns undefined for a rollout that rolls no Deployment in place. */
export function inPlaceSpecOf({ metadata, spec, status }: ModelRollout): InPlaceSpec | undefined {
  if (spec.workloadRef === undefined) return undefined;
  const stable = status?.stable?.revision;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    deployment: spec.workloadRef.name,
    leaving: metadata.deletionTimestamp !== undefined,
    ...(stable === undefined ? {} : { stable }),
    ...(status?.canary && !status.rollback ? { explained: true as const } : {}),
    ...(status?.next === undefined ? {} : { next: status.next }),
  };
}
