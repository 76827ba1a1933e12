/**
 * The closed table of reasons: of conditions, events, verdicts, pauses, rollbacks and history. Nothing else is ever
 * written as a reason; docs/reference/reasons.md is made of it.
 */
import { alarmReasons } from "./reasons-alarms.ts";
import { releaseReasons } from "./reasons-release.ts";
import { trafficReasons } from "./reasons-traffic.ts";
import { workloadReasons } from "./reasons-workload.ts";

export const reasons = { ...releaseReasons, ...alarmReasons, ...trafficReasons, ...workloadReasons } as const;

export type Reason = keyof typeof reasons;
export type { ReasonEntry } from "./reason-entry.ts";
