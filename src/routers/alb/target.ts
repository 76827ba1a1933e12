import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  type ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
  ModifyRuleCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { AwsCall } from "../../aws/errors.ts";
import type { AccessProblem, TargetRead } from "../../core/observed.ts";
import { listenerArnOf, parseElbArn } from "./arn.ts";
import type { RuleState } from "./rule-reads.ts";
import { readActions, type TargetGroups } from "./translate.ts";

/** One rule or default action of a rollout. */
export interface AlbTarget {
  readonly arn: string;
  readonly kind: "ListenerRule" | "Listener";
  readonly region: string;
}

/** The target behind an ARN of the spec, or why it is none. */
export function targetOf(
  arn: string,
  region: string | undefined,
):
  | { readonly ok: true; readonly target: AlbTarget }
  | { readonly ok: false; readonly problem: AccessProblem } {
  const parsed = parseElbArn(arn);
  if (parsed === undefined || (parsed.kind !== "ListenerRule" && parsed.kind !== "Listener")) {
    const message = `${arn} is no ARN of a listener rule or a listener`;
    return { ok: false, problem: { kind: "invalid", message } };
  }
  if (region !== undefined && parsed.region !== region) {
    const message = `${arn} is in ${parsed.region}, but traffic.alb.region says ${region}`;
    return { ok: false, problem: { kind: "invalid", message } };
  }
  return { ok: true, target: { arn, kind: parsed.kind, region: parsed.region } };
}

/** A target that could not be read. */
export function unread(arn: string, problem: AccessProblem): TargetRead {
  const kind = parseElbArn(arn)?.kind === "Listener" ? "Listener" : "ListenerRule";
  return { kind, id: arn, problem: named(arn, problem) };
}

/** AWS does not say which rule it has not found. */
function named(arn: string, problem: AccessProblem): AccessProblem {
  if (problem.kind !== "notFound" || problem.message.includes(arn)) return problem;
  return { ...problem, message: `${arn} does not exist (${problem.message})` };
}

/** A target as its actions show it. */
export function readingOf(target: AlbTarget, state: RuleState, groups: TargetGroups): TargetRead {
  const reading: TargetRead = { kind: target.kind, id: target.arn, ...readActions(state.actions, groups) };
  if (!state.isDefault) return reading;
  const message = `${target.arn} is a listener's default rule, which only the listener changes: name ${listenerArnOf(target.arn)} instead`;
  return { ...reading, problem: { kind: "invalid", message } };
}

/** The call that writes a target. */
export function writeCallOf(target: AlbTarget): AwsCall {
  const operation = target.kind === "Listener" ? "ModifyListener" : "ModifyRule";
  return { service: "elasticloadbalancing", operation, region: target.region };
}

/** Writes the whole list; conditions, priority, transforms and everything else of the rule stay untouched. */
export async function sendActions(
  client: ElasticLoadBalancingV2Client,
  target: AlbTarget,
  actions: readonly Action[],
  signal: AbortSignal,
): Promise<void> {
  const options = { abortSignal: signal };
  if (target.kind === "Listener") {
    await client.send(
      new ModifyListenerCommand({ ListenerArn: target.arn, DefaultActions: [...actions] }),
      options,
    );
    return;
  }
  await client.send(new ModifyRuleCommand({ RuleArn: target.arn, Actions: [...actions] }), options);
}
