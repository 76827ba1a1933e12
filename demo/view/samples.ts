import type { Snapshot } from "./snapshot.ts";

/** When the show of {@link midCanary} began: any whole second. */
export const showStart = Date.parse("2026-11-21T10:05:00Z");

/** A show in the middle of a release, for tests; `changes` are put over it. */
export function midCanary(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    at: showStart + 42_500,
    startedAt: showStart,
    scenery: {
      place: "behind an AWS load balancer",
      shareHeading: ["SHARE OF TRAFFIC", "TRAFFIC"],
      sharedBy: "weights",
    },
    act: { number: 2, count: 3, title: "v8 is applied" },
    rollout: {
      name: "sentiment",
      state: "Holding",
      reason: "Holding",
      message: "step 2/3: 50 % until 10:05:48 UTC",
      steps: { index: 1, weights: [10, 50, 100], holdUntil: showStart + 48_000 },
    },
    slots: [
      {
        slot: "a",
        version: "v7",
        role: "stable",
        share: 50,
        pods: { ready: 4, total: 4 },
        requestsPerSecond: 52,
        errorRate: 0,
      },
      {
        slot: "b",
        version: "v8",
        role: "canary",
        share: 50,
        pods: { ready: 2, total: 3 },
        requestsPerSecond: 48,
        errorRate: 0.25,
      },
    ],
    alarms: [{ name: "sentiment-5xx", state: "OK", about: "fires above 3 % of 5xx answers" }],
    totals: { requests: 4210, errors: [{ version: "v8", count: 12 }] },
    events: [
      { id: "1", at: showStart + 3_000, warning: false, reason: "Starting", note: "v8 begins" },
      {
        id: "2",
        at: showStart + 4_000,
        warning: true,
        reason: "HoldTooShort",
        note: "the hold of step 1 is short",
      },
    ],
    ...changes,
  };
}
