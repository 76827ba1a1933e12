import { DescribeTagsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { type BatchedReads, createBatchedReads } from "../../aws/batched-reads.ts";
import type { Aws } from "../../aws/clients.ts";
import { guardedReads } from "../../aws/guarded-reads.ts";
import type { TargetRead } from "../../core/observed.ts";
import type { Clock } from "../../runtime/clock.ts";
import { listenerArnOf, loadBalancerArnOf, parseElbArn, shortArn } from "./arn.ts";
import { regionOfGroup } from "./rule-reads.ts";

export type Tags = Readonly<Record<string, string>>;

interface Owner {
  readonly name: string;
  /** What to do about it. */
  readonly advice: string;
  readonly owns: (key: string) => boolean;
  /** On a listener or load balancer it owns every rule there, ours included. */
  readonly ownsBelow: boolean;
}

const elsewhere =
  "it would put its weights back or delete the rule; use a rule on a listener that is managed outside of it, " +
  "and join the pods by TargetGroupBinding";

/** Tags by which other controllers mark what is theirs. Sources: their own tagging code and AWS's documentation. */
const owners: readonly Owner[] = [
  {
    name: "the AWS Load Balancer Controller (Gateway API)",
    advice: elsewhere,
    owns: (key) => key.startsWith("gateway.k8s.aws"),
    ownsBelow: true,
  },
  {
    name: "the AWS Load Balancer Controller",
    advice: elsewhere,
    owns: (key) => /^(elbv2\.k8s\.aws\/cluster|ingress\.k8s\.aws\/|service\.k8s\.aws\/)/.test(key),
    ownsBelow: true,
  },
  {
    name: "the AWS Gateway API Controller (VPC Lattice)",
    advice: elsewhere,
    owns: (key) => key.startsWith("application-networking.k8s.aws/"),
    ownsBelow: true,
  },
  {
    name: "CloudFormation",
    advice: "its next stack update would put the weights back; take the rule out of the stack",
    owns: (key) => key.startsWith("aws:cloudformation:"),
    ownsBelow: false,
  },
];

/** What an ARN names, for people. */
export const noun = (arn: string): string => {
  switch (parseElbArn(arn)?.kind) {
    case "Listener":
      return "listener";
    case "LoadBalancer":
      return "load balancer";
    default:
      return "rule";
  }
};

function refusalFor(owner: Owner, key: string, arn: string): NonNullable<TargetRead["refusal"]> {
  const message = `${owner.name} owns the ${noun(arn)} ${shortArn(arn)} (tag ${key}): ${owner.advice}`;
  return { reason: "OwnedByAnother", message };
}

/** The target itself, then what it hangs on: the resources whose tags tell who drives it. */
export function ownershipArns(targetArn: string): readonly string[] {
  return [...new Set([targetArn, listenerArnOf(targetArn), loadBalancerArnOf(targetArn)])];
}

/** Judges tags; `tagsOf` has an entry for each of `ownershipArns(targetArn)`. */
export function ownerRefusal(
  targetArn: string,
  tagsOf: ReadonlyMap<string, Tags>,
): TargetRead["refusal"] | undefined {
  for (const owner of owners) {
    for (const arn of ownershipArns(targetArn)) {
      if (arn !== targetArn && !owner.ownsBelow) continue;
      const key = Object.keys(tagsOf.get(arn) ?? {}).find(owner.owns);
      if (key !== undefined) return refusalFor(owner, key, arn);
    }
  }
  return undefined;
}

/** DescribeTags takes up to 20 resources of any kind. */
const batchSize = 20;

/** Tags per ARN, batched over the fleet. */
export function createTagReads(aws: Aws, clock: Clock): BatchedReads<Tags> {
  return createBatchedReads<Tags>({
    clock,
    batchSize,
    groupOf: (arn) => {
      const parsed = parseElbArn(arn);
      return `Tags ${parsed?.account ?? "none"} ${parsed?.region ?? "none"}`;
    },
    ...guardedReads<Tags>(aws, clock, (group) => {
      const region = regionOfGroup(group);
      return {
        call: { service: "elasticloadbalancing", operation: "DescribeTags", region },
        fetch: async (arns, signal) => {
          const command = new DescribeTagsCommand({ ResourceArns: [...arns] });
          const answer = await aws.elb(region, "read").send(command, { abortSignal: signal });
          return new Map(
            (answer.TagDescriptions ?? []).map((each): [string, Tags] => [
              each.ResourceArn ?? "",
              Object.fromEntries((each.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
            ]),
          );
        },
      };
    }),
  });
}
