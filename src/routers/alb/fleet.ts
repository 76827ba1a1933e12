import type { AwsScope } from "../../aws/accounts.ts";
import type { BatchedReads } from "../../aws/batched-reads.ts";
import type { Aws } from "../../aws/clients.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { createHealthReads, type GroupHealth } from "./health.ts";
import { createTagReads, type Tags } from "./ownership.ts";
import { createRuleReads, type RuleState } from "./rule-reads.ts";
import { createAttributeReads, type GroupAttributes } from "./sticky-targets.ts";

/** What all ALB routers of the process share: one batch of reads for the whole fleet. */
export interface AlbFleet {
  readonly aws: Aws;
  readonly clock: Clock;
  /** Absent: ARNs of any account are asked for. */
  readonly scope?: Pick<AwsScope, "account" | "role">;
  /** By ARN of a rule or a listener. */
  readonly rules: BatchedReads<RuleState>;
  /** By ARN of a target group. */
  readonly health: BatchedReads<GroupHealth>;
  /** By ARN of a rule, listener or load balancer. */
  readonly tags: BatchedReads<Tags>;
  /** By ARN of a target group. */
  readonly attributes: BatchedReads<GroupAttributes>;
}

/** One per process and role. */
export function createAlbFleet(
  aws: Aws,
  clock: Clock = systemClock,
  scope?: Pick<AwsScope, "account" | "role">,
): AlbFleet {
  return {
    aws,
    clock,
    ...(scope ? { scope } : {}),
    rules: createRuleReads(aws, clock),
    health: createHealthReads(aws, clock),
    tags: createTagReads(aws, clock),
    attributes: createAttributeReads(aws, clock),
  };
}
