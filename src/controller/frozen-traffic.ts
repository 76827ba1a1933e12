import type { ModelRollout, ModelRolloutStatus } from "../api/types.ts";
import type { RolloutObject } from "./reflectors.ts";

type Identity = NonNullable<ModelRolloutStatus["traffic"]>;

function identityOf({ spec }: ModelRollout): Identity | undefined {
  const { alb } = spec.traffic;
  return alb && { rules: alb.rules.map(({ arn }) => arn), ...alb.targetGroups };
}

/** True when the spec names other rules or groups than the running release began with. */
export function trafficChanged(rollout: ModelRollout): boolean {
  const { status } = rollout;
  const running = status?.canary !== undefined || status?.rollback !== undefined;
  if (!running || !status?.traffic) return false;
  return JSON.stringify(identityOf(rollout)) !== JSON.stringify(sorted(status.traffic));
}

const sorted = ({ rules, a, b }: Identity): Identity => ({ rules, a, b });

/**
 * The rollout as the running release sees it: an edit of the traffic's identity in mid-release waits for its end
 * (design, "Around"), else the canary's weight would stay behind in a rule that nobody drives any more.
 */
export function withFrozenTraffic(rollout: RolloutObject): RolloutObject {
  const { spec, status } = rollout;
  const { alb } = spec.traffic;
  if (!alb || !status?.traffic || !trafficChanged(rollout)) return rollout;
  const { rules, a, b } = status.traffic;
  const { region: _edited, ...rest } = alb;
  const frozen = { ...rest, rules: rules.map((arn) => ({ arn })), targetGroups: { a, b } };
  return { ...rollout, spec: { ...spec, traffic: { ...spec.traffic, alb: frozen } } };
}
