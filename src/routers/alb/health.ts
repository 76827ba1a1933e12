import {
  DescribeTargetHealthCommand,
  type TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type BatchedReads, createBatchedReads } from "../../aws/batched-reads.ts";
import type { Aws } from "../../aws/clients.ts";
import { guardedReads } from "../../aws/guarded-reads.ts";
import type { Clock } from "../../runtime/clock.ts";
import { groupOfArn, regionOfGroup } from "./rule-reads.ts";

/** Addresses of one target group. */
export interface GroupHealth {
  /** Registered, whatever their health, without those draining. */
  readonly registered: readonly string[];
  readonly healthy: readonly string[];
}

/**
 * An address counts once, and as healthy when one of its ports is. `unused` is not healthy: a load balancer checks
 * every group that a rule names, at weight 0 too, so in our rules it means that nobody has checked.
 */
export function healthOf(descriptions: readonly TargetHealthDescription[]): GroupHealth {
  const registered = new Set<string>();
  const healthy = new Set<string>();
  for (const { Target, TargetHealth } of descriptions) {
    const state = TargetHealth?.State;
    if (Target?.Id === undefined || state === "draining" || state === "unhealthy.draining") continue;
    registered.add(Target.Id);
    if (state === "healthy") healthy.add(Target.Id);
  }
  return { registered: [...registered].sort(), healthy: [...healthy].sort() };
}

/** Health per target group ARN; the service answers for one group per call. */
export function createHealthReads(aws: Aws, clock: Clock): BatchedReads<GroupHealth> {
  return createBatchedReads<GroupHealth>({
    clock,
    batchSize: 1,
    groupOf: groupOfArn,
    ...guardedReads<GroupHealth>(aws, clock, (group) => {
      const region = regionOfGroup(group);
      return {
        call: { service: "elasticloadbalancing", operation: "DescribeTargetHealth", region },
        fetch: async ([arn = ""], signal) => {
          const command = new DescribeTargetHealthCommand({ TargetGroupArn: arn });
          const answer = await aws.elb(region, "read").send(command, { abortSignal: signal });
          return new Map([[arn, healthOf(answer.TargetHealthDescriptions ?? [])]]);
        },
      };
    }),
  });
}
