import type { CancelTimer, Clock } from "../clock.ts";
import type { Timing } from "../operation.ts";
import { targetKey, usedBy } from "./lookup.ts";
import type { ElbState, TargetRecord } from "./records.ts";

/** The target as a health check sees it. */
export interface ProbedTarget {
  readonly targetGroupArn: string;
  readonly id: string;
  readonly port: number;
}

/** Whether a target answers its health check now. */
export type Probe = (target: ProbedTarget) => boolean;

/** The target after one more health check. */
const checked = (target: TargetRecord, ok: boolean, timing: Timing): TargetRecord => {
  const agrees = target.health !== "initial" && (target.health === "healthy") === ok;
  if (agrees) return target.streak === 0 ? target : { ...target, streak: 0 };
  const threshold = ok ? timing.healthyThreshold : timing.unhealthyThreshold;
  // A negative streak counts failures of a target that is still `initial`.
  const streak = ok ? Math.max(0, target.streak) + 1 : Math.min(0, target.streak) - 1;
  if (Math.abs(streak) < threshold) return { ...target, streak };
  return { ...target, health: ok ? "healthy" : "unhealthy", streak: 0 };
};

const expired = (state: ElbState, target: TargetRecord, now: number): boolean => {
  if (target.deregisteredAt === undefined) return false;
  const delay =
    state.targetGroups.get(target.groupArn)?.attributes["deregistration_delay.timeout_seconds"] ?? "0";
  return now >= target.deregisteredAt + Number(delay) * 1000;
};

const round = (state: ElbState, clock: Clock, timing: Timing, probe: Probe): void => {
  const now = clock.now();
  const use = usedBy(state);
  for (const target of state.targets.values()) {
    const key = targetKey(target);
    if (expired(state, target, now)) {
      state.targets.delete(key);
    } else if (!use.has(target.groupArn)) {
      // Unused groups are not checked: their targets start over when a rule names them.
      if (target.health !== "initial" || target.streak !== 0) {
        state.targets.set(key, { ...target, health: "initial", streak: 0 });
      }
    } else if (target.deregisteredAt === undefined) {
      const ok = probe({ targetGroupArn: target.groupArn, id: target.id, port: target.port });
      const next = checked(target, ok, timing);
      if (next !== target) state.targets.set(key, next);
    }
  }
};

/**
 * Checks every target of every used group each `healthCheckIntervalMs` and ends draining when its delay has passed.
 * `states` is asked anew each round.
 */
export const startHealthChecks = (
  states: () => Iterable<ElbState>,
  clock: Clock,
  timing: Timing,
  probe: () => Probe,
): CancelTimer => {
  let cancel: CancelTimer;
  const tick = (): void => {
    for (const state of states()) round(state, clock, timing, probe());
    cancel = clock.setTimer(tick, timing.healthCheckIntervalMs);
  };
  cancel = clock.setTimer(tick, timing.healthCheckIntervalMs);
  return () => cancel();
};
