import type { RevisionContent } from "../../api/revision.ts";
import type { AlbTraffic, ModelRollout } from "../../api/types.ts";
import type { Destination } from "../../core/observed.ts";
import type { RolloutIdentity } from "./names.ts";

/** What of a ModelRollout concerns its slots. */
export interface SlotsSpec extends RolloutIdentity {
  /** The user's selector. */
  readonly matchLabels: Readonly<Record<string, string>>;
  /** The user's template and model, as they stand in the spec now. */
  readonly content: PodContent;
  /** What a router sends traffic to; absent where slots have no Service. */
  readonly service?: NonNullable<AlbTraffic["service"]>;
  /** ARN of each slot's target group; absent without an ALB. */
  readonly groups?: Readonly<Record<Destination, string>>;
  /** How pods get into the groups; absent: by other means. */
  readonly binding?: NonNullable<AlbTraffic["binding"]>;
}

/** What a revision of a rollout with slots consists of: what the user wrote, nothing that a server added. */
export type PodContent = Extract<RevisionContent, { readonly template: unknown }>;

/** @returns undefined for a rollout without a `template` and `selector` of its own, which has no slots. */
export function slotsSpecOf(rollout: ModelRollout): SlotsSpec | undefined {
  const { metadata, spec } = rollout;
  if (spec.template === undefined || spec.selector === undefined) return undefined;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    matchLabels: spec.selector.matchLabels,
    content: { template: spec.template, ...(spec.model === undefined ? {} : { model: spec.model }) },
    ...endpointsOf(spec.traffic.alb),
  };
}

function endpointsOf(alb: AlbTraffic | undefined): Pick<SlotsSpec, "service" | "groups" | "binding"> {
  if (alb === undefined) return {};
  return {
    groups: alb.targetGroups,
    ...(alb.service === undefined ? {} : { service: alb.service }),
    ...(alb.bindTargets === false ? {} : { binding: alb.binding ?? {} }),
  };
}
