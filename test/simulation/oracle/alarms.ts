import { annotations } from "../../../src/api/group.ts";
import type { RolloutObject } from "../world.ts";

interface Judging {
  readonly name: string;
  readonly onAlarm: "Rollback" | "Pause";
}

/** The alarms that judge a version in this slot; none when a person overrides them for this release. */
export function judging({ spec, status, metadata }: RolloutObject, slot: "a" | "b"): readonly Judging[] {
  if (metadata.annotations?.[annotations.overrideAlarms] === status?.release) return [];
  return (spec.analysis?.alarms ?? []).flatMap(({ name, onAlarm = "Rollback", destination }) =>
    onAlarm === "Record" || (destination ?? slot) !== slot ? [] : [{ name, onAlarm }],
  );
}

/** A rollout whose traffic may stay where it is although an alarm fires. */
export function isExcused({ status }: RolloutObject): boolean {
  const restored = status?.conditions?.some(({ reason }) => reason === "NoStableCapacity") === true;
  return restored || status?.beginning !== undefined;
}
