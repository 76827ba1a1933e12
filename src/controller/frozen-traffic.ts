import type { ModelRollout } from "../api/types.ts";
import { type DrivenTraffic, drivenTraffic, withDriven } from "../core/driven-traffic.ts";
import type { RolloutObject } from "./reflectors.ts";

/**
 * True when the spec names other rules or groups than the running release, its retain included, began with. `ownRegion` is the operator's, for
 * a spec that names none.
 */
export function trafficChanged({ spec, status }: ModelRollout, ownRegion: string): boolean {
  const running = [status?.canary, status?.rollback, status?.retained].some((part) => part !== undefined);
  if (!running || !status?.traffic) return false;
  const wanted = drivenTraffic(spec.traffic, ownRegion);
  return wanted !== undefined && JSON.stringify(sorted(wanted)) !== JSON.stringify(sorted(status.traffic));
}

const sorted = ({ rules, a, b }: DrivenTraffic): DrivenTraffic => ({ rules, a, b });

/**
 * The rollout as the running release sees it: an edit of the traffic's identity in mid-release waits for its end
 * (design, "Around"), else the canary's weight would stay behind in a rule that nobody drives any more; and a rollback,
 * which asks for no grant, would write where none was ever given.
 */
export function withFrozenTraffic(rollout: RolloutObject, ownRegion: string): RolloutObject {
  const { spec, status } = rollout;
  if (!status?.traffic || !trafficChanged(rollout, ownRegion)) return rollout;
  return { ...rollout, spec: { ...spec, traffic: withDriven(spec.traffic, status.traffic) } };
}
