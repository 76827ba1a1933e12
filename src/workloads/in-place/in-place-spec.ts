import type { ModelRollout, ModelRolloutSpec } from "../../api/types.ts";
import type { RollSettings } from "../../core/observed.ts";
import type { OwnedSpec } from "./owned-deployment.ts";
import type { InPlaceSpec } from "./read.ts";

/** @returns undefined for a rollout that rolls no Deployment in place. */
export function inPlaceSpecOf({ metadata, spec, status }: ModelRollout): InPlaceSpec | undefined {
  const owned = ownedSpecOf(spec);
  const deployment = spec.workloadRef?.name ?? (owned && metadata.name);
  if (deployment === undefined) return undefined;
  const stable = status?.stable?.revision;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    deployment,
    ...(owned === undefined ? {} : { owned }),
    leaving: metadata.deletionTimestamp !== undefined,
    ...(stable === undefined ? {} : { stable }),
    ...(status?.canary && !status.rollback ? { explained: true as const } : {}),
    ...(status?.next === undefined ? {} : { next: status.next }),
  };
}

/** Of a `template` with `rollingUpdate`; undefined for any other spec. */
function ownedSpecOf({ template, selector, model, traffic }: ModelRolloutSpec): OwnedSpec | undefined {
  if (template === undefined || selector === undefined || !traffic.rollingUpdate) return undefined;
  return {
    matchLabels: selector.matchLabels,
    content: { template, ...(model === undefined ? {} : { model }) },
    settings: settingsFor(traffic.rollingUpdate),
  };
}

/** How our Deployment is rolled and scaled when no release runs; a model may load for as long as it takes. */
function settingsFor({
  maxSurge = "25%",
  maxUnavailable = "25%",
}: NonNullable<ModelRolloutSpec["traffic"]["rollingUpdate"]>): RollSettings {
  return {
    type: "RollingUpdate",
    maxSurge,
    maxUnavailable,
    minReadySeconds: 0,
    progressDeadlineSeconds: 2_147_483_647,
  };
}
