import { type BatchedReads, createBatchedReads } from "../../aws/batched-reads.ts";
import type { Aws } from "../../aws/clients.ts";
import { guardedReads } from "../../aws/guarded-reads.ts";
import type { TargetRead } from "../../core/observed.ts";
import type { Clock } from "../../runtime/clock.ts";

export type Tags = Readonly<Record<string, string>>;

/**
 * Whether the route's tags say that somebody else writes it. CloudFormation marks what it makes; the App Mesh
 * controller for Kubernetes marks nothing in AWS (it compares whole specs), so only its writes give it away.
 */
export function ownerRefusal(route: string, tags: Tags): TargetRead["refusal"] {
  const key = Object.keys(tags).find((name) => name.startsWith("aws:cloudformation:"));
  if (key === undefined) return undefined;
  return {
    reason: "OwnedByAnother",
    message: `CloudFormation owns ${route} (tag ${key}): its next stack update would put the weights back; take the route out of the stack`,
  };
}

/** Tags by the ARN of a route; the service answers for one resource per call, in pages. */
export function createTagReads(aws: Aws, clock: Clock): BatchedReads<Tags> {
  return createBatchedReads<Tags>({
    clock,
    batchSize: 1,
    groupOf: (arn) => arn.split(":")[3] ?? "",
    ...guardedReads<Tags>(aws, clock, (region) => ({
      call: { service: "appmesh", operation: "ListTagsForResource", region },
      fetch: async ([resourceArn = ""], abortSignal) => {
        const client = await aws.appMesh(region, "read");
        const tags: Record<string, string> = {};
        let nextToken: string | undefined;
        do {
          const answer = await client.listTagsForResource({ resourceArn, nextToken }, { abortSignal });
          for (const { key = "", value = "" } of answer.tags ?? []) tags[key] = value;
          nextToken = answer.nextToken;
        } while (nextToken !== undefined && nextToken !== "");
        return new Map([[resourceArn, tags]]);
      },
    })),
  });
}
