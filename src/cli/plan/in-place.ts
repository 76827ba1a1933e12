import type { ModelRollout } from "../../api/types.ts";
import { podsFor } from "../../core/weights.ts";
import type { TimelineEntry } from "./timeline.ts";

const arn = (rest: string) => `arn:aws:elasticloadbalancing:us-east-1:000000000000:${rest}`;

/**
 * Steps, holds, alarms and approvals are the same whatever moves the traffic. A rolling update is played as if its two
 * versions lived at two destinations outside; what that means in pods follows from the shares.
 */
export function standIn(rollout: ModelRollout): ModelRollout {
  const { strategy, analysis, paused } = rollout.spec;
  const judging = analysis?.alarms?.map(({ destination: _none, ...alarm }) => alarm);
  return {
    ...rollout,
    spec: {
      destination: "b",
      traffic: {
        alb: {
          rules: [{ arn: arn("listener/app/in-place/0/0") }],
          targetGroups: { a: arn("targetgroup/stable/0"), b: arn("targetgroup/canary/0") },
        },
      },
      strategy,
      ...(analysis === undefined
        ? {}
        : { analysis: { ...analysis, ...(judging === undefined ? {} : { alarms: judging }) } }),
      ...(paused === undefined ? {} : { paused }),
    },
  };
}

/** Pods of one Deployment for each share: while a step is held there is no surge, so their sum is `replicas`. */
export function withPodsInPlace(
  timeline: readonly TimelineEntry[],
  replicas: number | undefined,
): readonly TimelineEntry[] {
  if (replicas === undefined) return timeline;
  return timeline.map((entry) => {
    const share = entry.shares?.b ?? 0;
    const canary = share === 0 ? 0 : podsFor(share, replicas, "Proportional");
    const of = (pods: number) => ({ serving: pods, wanted: pods });
    return { ...entry, pods: { a: of(replicas - canary), b: of(canary) } };
  });
}
