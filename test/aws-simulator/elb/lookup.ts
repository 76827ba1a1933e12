import { ServiceError, validationError } from "../operation.ts";
import type {
  ElbState,
  ListenerRecord,
  LoadBalancerRecord,
  RuleRecord,
  TargetGroupRecord,
  TargetRecord,
} from "./records.ts";

const wellFormed = (arn: string | undefined, kind: string, spoken: string): string => {
  if (arn !== undefined && arn.includes(`:${kind}/`)) return arn;
  throw validationError(`'${arn ?? ""}' is not a valid ${spoken} ARN`);
};

/** Throws ValidationError for something that is no load balancer's ARN, LoadBalancerNotFound for an unknown one. */
export const loadBalancerByArn = (state: ElbState, arn: string | undefined): LoadBalancerRecord => {
  const found = state.loadBalancers.get(wellFormed(arn, "loadbalancer", "load balancer"));
  if (!found) throw new ServiceError("LoadBalancerNotFound", `Load balancer '${arn}' not found`);
  return found;
};

/** Throws ValidationError or ListenerNotFound. */
export const listenerByArn = (state: ElbState, arn: string | undefined): ListenerRecord => {
  const found = state.listeners.get(wellFormed(arn, "listener", "listener"));
  if (!found) throw new ServiceError("ListenerNotFound", `Listener '${arn}' not found`);
  return found;
};

/** Throws ValidationError or RuleNotFound. */
export const ruleByArn = (state: ElbState, arn: string | undefined): RuleRecord => {
  const found = state.rules.get(wellFormed(arn, "listener-rule", "listener rule"));
  if (!found) throw new ServiceError("RuleNotFound", "One or more rules not found");
  return found;
};

/** Throws ValidationError or TargetGroupNotFound. */
export const targetGroupByArn = (state: ElbState, arn: string | undefined): TargetGroupRecord => {
  const found = state.targetGroups.get(wellFormed(arn, "targetgroup", "target group"));
  if (!found) throw new ServiceError("TargetGroupNotFound", `Target groups '${arn}' not found`);
  return found;
};

const byPriority = (a: RuleRecord, b: RuleRecord): number => {
  if (a.priority === "default") return b.priority === "default" ? 0 : 1;
  return b.priority === "default" ? -1 : a.priority - b.priority;
};

/** A listener's rules in the order they are tried: by priority, the default rule last. */
export const rulesOfListener = (state: ElbState, listenerArn: string): RuleRecord[] =>
  state.rules
    .values()
    .filter((rule) => rule.listenerArn === listenerArn)
    .sort(byPriority);

/** The rule that catches what no other rule does. */
export const defaultRuleOf = (state: ElbState, listenerArn: string): RuleRecord => {
  const found = rulesOfListener(state, listenerArn).at(-1);
  if (!found) throw new ServiceError("ListenerNotFound", `Listener '${listenerArn}' not found`);
  return found;
};

/** The target groups a rule's forward actions name. */
export const groupsOfRule = (rule: Pick<RuleRecord, "actions">): string[] =>
  rule.actions.flatMap((action) =>
    (action.ForwardConfig?.TargetGroups ?? []).flatMap((group) => group.TargetGroupArn ?? []),
  );

/** For each target group in use, the load balancers whose rules or default actions name it. */
export const usedBy = (state: ElbState): Map<string, Set<string>> => {
  const use = new Map<string, Set<string>>();
  for (const rule of state.rules.values()) {
    const owner = state.listeners.get(rule.listenerArn)?.loadBalancerArn;
    if (owner === undefined) continue;
    for (const group of groupsOfRule(rule)) use.set(group, (use.get(group) ?? new Set()).add(owner));
  }
  return use;
};

/** The targets of a group, draining ones included. */
export const targetsOf = (state: ElbState, groupArn: string): TargetRecord[] =>
  state.targets.values().filter((target) => target.groupArn === groupArn);

/** The key of a target in its table. */
export const targetKey = (target: Pick<TargetRecord, "groupArn" | "id" | "port">): string =>
  `${target.groupArn}|${target.id}|${target.port}`;
