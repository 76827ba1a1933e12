import {
  type Action,
  DescribeListenersCommand,
  DescribeRulesCommand,
  type ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type BatchedReads, createBatchedReads } from "../../aws/batched-reads.ts";
import type { Aws } from "../../aws/clients.ts";
import type { AwsCall } from "../../aws/errors.ts";
import { guardedReads } from "../../aws/guarded-reads.ts";
import type { Clock } from "../../runtime/clock.ts";
import { parseElbArn } from "./arn.ts";

/** The actions of a rule, or a listener's default ones. */
export interface RuleState {
  readonly actions: readonly Action[];
  /** A listener's default rule under its own rule ARN: ModifyRule refuses it, only ModifyListener changes it. */
  readonly isDefault: boolean;
}

/** The call that reads this kind of target. */
export function readCallOf(kind: "ListenerRule" | "Listener", region: string): AwsCall {
  const operation = kind === "Listener" ? "DescribeListeners" : "DescribeRules";
  return { service: "elasticloadbalancing", operation, region };
}

/** Rules per request; AWS pages by 400 and names no limit for the list of ARNs. */
const batchSize = 100;

/** One page after the other; throws what the SDK throws. */
export async function describeTargets(
  client: ElasticLoadBalancingV2Client,
  kind: "ListenerRule" | "Listener",
  arns: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, RuleState>> {
  const found = new Map<string, RuleState>();
  const options = signal ? { abortSignal: signal } : {};
  let marker: string | undefined;
  do {
    const page = marker === undefined ? {} : { Marker: marker };
    if (kind === "Listener") {
      const answer = await client.send(
        new DescribeListenersCommand({ ListenerArns: [...arns], ...page }),
        options,
      );
      for (const { ListenerArn = "", DefaultActions = [] } of answer.Listeners ?? []) {
        found.set(ListenerArn, { actions: DefaultActions, isDefault: false });
      }
      marker = answer.NextMarker;
    } else {
      const answer = await client.send(new DescribeRulesCommand({ RuleArns: [...arns], ...page }), options);
      for (const { RuleArn = "", Actions = [], IsDefault } of answer.Rules ?? []) {
        found.set(RuleArn, { actions: Actions, isDefault: IsDefault === true });
      }
      marker = answer.NextMarker;
    }
  } while (marker !== undefined && marker !== "");
  return found;
}

/** `KIND ACCOUNT REGION`: rules and listeners, accounts and regions never share a request. */
export function groupOfArn(arn: string): string {
  const parsed = parseElbArn(arn);
  return parsed ? `${parsed.kind} ${parsed.account} ${parsed.region}` : "none none none";
}

/** The region of a group made by `groupOfArn`. */
export const regionOfGroup = (group: string): string => group.split(" ")[2] ?? "";

/** All rules and listeners that the fleet looks at: many ARNs in one DescribeRules or DescribeListeners. */
export function createRuleReads(aws: Aws, clock: Clock): BatchedReads<RuleState> {
  return createBatchedReads<RuleState>({
    clock,
    batchSize,
    groupOf: groupOfArn,
    ...guardedReads<RuleState>(aws, clock, (group) => {
      const region = regionOfGroup(group);
      const kind = group.startsWith("Listener ") ? "Listener" : "ListenerRule";
      return {
        call: readCallOf(kind, region),
        fetch: (arns, signal) => describeTargets(aws.elb(region, "read"), kind, arns, signal),
      };
    }),
  });
}
