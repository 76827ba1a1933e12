import type { ModelRollout, ModelRolloutStatus } from "../../src/api/types.ts";
import type { AlarmRead, Destination, Observed } from "../../src/core/observed.ts";

/** The destination that a bad version has: the canary's, or in retain the promoted one's. */
export function suspect(status: ModelRolloutStatus): Destination | undefined {
  if (status.canary) return status.canary.slot;
  return status.retained ? status.stable?.slot : undefined;
}

const overridden = ({ status, metadata }: ModelRollout) => {
  const named = metadata.annotations?.["modelrollout.dev/override-alarms"]?.trim();
  return named !== undefined && named === status?.release;
};

interface Judged {
  readonly read: AlarmRead | undefined;
  readonly onAlarm: string;
  readonly onInsufficientData: string;
  readonly baseline: string | undefined;
}

/** The alarms that judge now, as they were read. */
export function judging(rollout: ModelRollout, observed: Observed): readonly Judged[] {
  if (overridden(rollout)) return [];
  const at = suspect(rollout.status ?? {});
  return (rollout.spec.analysis?.alarms ?? [])
    .filter(
      ({ onAlarm, destination }) => onAlarm !== "Record" && (destination === undefined || destination === at),
    )
    .map(({ name, onAlarm = "Rollback", onInsufficientData = "Hold" }) => ({
      read: observed.alarms.find((read) => read.name === name),
      onAlarm,
      onInsufficientData,
      baseline: rollout.status?.alarms?.find((alarm) => alarm.name === name)?.baseline,
    }));
}

/** Read, evaluated, and quiet. */
export function passes(read: AlarmRead | undefined, onInsufficientData: string): boolean {
  if (read?.outcome !== "read" || read.evaluationBroken !== undefined) return false;
  return read.state === "OK" || (read.state === "INSUFFICIENT_DATA" && onInsufficientData === "Pass");
}

/** Read since the release began or its weight was read back, and not long ago. */
export const isEvidence = (read: AlarmRead | undefined, since: number, { now, alarmPollMs }: Observed) =>
  read !== undefined && read.at > since && read.at <= now && now - read.at <= 2 * alarmPollMs;

/** ALARM now, or between two reads: the canary goes. */
export function fails({ read, onAlarm, onInsufficientData, baseline }: Judged): boolean {
  if (read?.outcome !== "read") return false;
  if (read.state === "ALARM") return onAlarm === "Rollback";
  if (read.evaluationBroken !== undefined) return false;
  const told = read.history?.since === baseline ? read.history?.answer : undefined;
  const fired = baseline !== undefined && read.transitionedAt !== baseline && told === "fired";
  if (fired && onAlarm === "Rollback") return true;
  return read.state === "INSUFFICIENT_DATA" && onInsufficientData === "Rollback";
}

/** An invariant does not hold. */
export function fail(message: string, about: unknown): never {
  throw new Error(`${message}: ${JSON.stringify(about, undefined, 1)}`);
}
