import { DescribeTargetGroupAttributesCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { type BatchedReads, createBatchedReads } from "../../aws/batched-reads.ts";
import type { Aws } from "../../aws/clients.ts";
import { guardedReads } from "../../aws/guarded-reads.ts";
import type { TargetRead } from "../../core/observed.ts";
import type { Clock } from "../../runtime/clock.ts";
import { shortArn } from "./arn.ts";
import { groupOfArn, regionOfGroup } from "./rule-reads.ts";

export type GroupAttributes = Readonly<Record<string, string>>;

/**
 * A group with stickiness of its own requires group stickiness to stay on in every action that names several
 * groups (ALB user guide, "Edit target group attributes"), and a rollback must be able to turn that off.
 */
export function stickyRefusal(
  groupArn: string,
  attributes: GroupAttributes,
): TargetRead["refusal"] | undefined {
  if (attributes["stickiness.enabled"] !== "true") return undefined;
  const message =
    `${shortArn(groupArn)} has target stickiness on, which keeps group stickiness from being turned off in a ` +
    "rollback; set its attribute stickiness.enabled to false";
  return { reason: "StickyTargets", message };
}

/** Attributes per target group ARN; the service answers for one group per call. */
export function createAttributeReads(aws: Aws, clock: Clock): BatchedReads<GroupAttributes> {
  return createBatchedReads<GroupAttributes>({
    clock,
    batchSize: 1,
    groupOf: groupOfArn,
    ...guardedReads<GroupAttributes>(aws, clock, (group) => {
      const region = regionOfGroup(group);
      return {
        call: { service: "elasticloadbalancing", operation: "DescribeTargetGroupAttributes", region },
        fetch: async ([arn = ""], signal) => {
          const command = new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn });
          const answer = await aws.elb(region, "read").send(command, { abortSignal: signal });
          const pairs = (answer.Attributes ?? []).map(({ Key = "", Value = "" }) => [Key, Value]);
          return new Map([[arn, Object.fromEntries(pairs) as GroupAttributes]]);
        },
      };
    }),
  });
}
