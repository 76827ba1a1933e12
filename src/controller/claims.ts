import type { ModelRollout } from "../api/types.ts";
import { drivenTraffic } from "../core/driven-traffic.ts";

/** `namespace/name`, as people write it. */
export function nameOf({ metadata }: ModelRollout): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** How a Deployment that is rolled in place is named among the rules. */
export function deploymentClaim(namespace: string, name: string): string {
  return `Deployment ${namespace}/${name}`;
}

/** Rules, listeners, the route or the Deployment that the spec names. `ownRegion` is the operator's, for a spec without one. */
export function namedBy({ spec, metadata }: ModelRollout, ownRegion: string): readonly string[] {
  const deployment = spec.workloadRef?.name ?? (spec.traffic.rollingUpdate ? metadata.name : undefined);
  const claim = deployment === undefined ? [] : [deploymentClaim(metadata.namespace, deployment)];
  return [...(drivenTraffic(spec.traffic, ownRegion)?.rules ?? []), ...claim];
}

/** What a rollout drives or wants to: its release under way may have begun on other rules. */
export function rulesOf(rollout: ModelRollout, ownRegion: string): readonly string[] {
  return [...new Set([...namedBy(rollout, ownRegion), ...(rollout.status?.traffic?.rules ?? [])])];
}

/**
 * Who may drive a rule that several rollouts name: the one that already drives it, else the older one, then the
 * smaller UID (design, "Around"). Returns the other's name when this rollout must stand back.
 */
export function rivalOf(
  rollout: ModelRollout,
  others: readonly ModelRollout[],
  ownRegion: string,
): string | undefined {
  const wanted = new Set(namedBy(rollout, ownRegion));
  const contested = (other: ModelRollout): readonly string[] =>
    rulesOf(other, ownRegion).filter((rule) => wanted.has(rule));
  const first = others
    .filter(({ metadata }) => metadata.uid !== rollout.metadata.uid)
    .filter((other) => byClaim(other, rollout, contested(other)) < 0)
    .sort(byAge)
    .at(0);
  return first && nameOf(first);
}

function byClaim(left: ModelRollout, right: ModelRollout, rules: readonly string[]): number {
  return drives(right, rules) - drives(left, rules) || byAge(left, right);
}

function byAge(left: ModelRollout, right: ModelRollout): number {
  return (
    left.metadata.creationTimestamp.localeCompare(right.metadata.creationTimestamp) ||
    left.metadata.uid.localeCompare(right.metadata.uid)
  );
}

/**
 * A rollout that has a stable version on one of these rules, and is not standing back from somebody, drives it. One that
 * has merely been edited to name a rule does not.
 */
function drives({ status }: ModelRollout, rules: readonly string[]): number {
  if (status?.stable === undefined || status.rival !== undefined) return 0;
  const driven = status.traffic?.rules;
  return driven === undefined || rules.some((arn) => driven.includes(arn)) ? 1 : 0;
}
