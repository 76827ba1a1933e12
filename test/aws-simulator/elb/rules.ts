import type {
  CreateRuleInput,
  CreateRuleOutput,
  DeleteRuleInput,
  DescribeRulesInput,
  DescribeRulesOutput,
  ModifyRuleInput,
  ModifyRuleOutput,
  Rule,
  SetRulePrioritiesInput,
  SetRulePrioritiesOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Operations, read, ServiceError, validationError, write } from "../operation.ts";
import { page } from "../paging.ts";
import { normaliseActions, presentActions } from "./actions.ts";
import { normaliseConditions } from "./conditions.ts";
import { listenerByArn, ruleByArn, rulesOfListener } from "./lookup.ts";
import type { ElbState, RuleRecord } from "./records.ts";
import { mergeTags } from "./tag-rules.ts";

const MAX_RULES_PER_LOAD_BALANCER = 100;
const MAX_PAGE = 400;

const present = (rule: RuleRecord): Rule => ({
  RuleArn: rule.arn,
  Priority: String(rule.priority),
  Conditions: [...rule.conditions],
  Actions: presentActions(rule.actions),
  IsDefault: rule.priority === "default",
  ...(rule.transforms.length > 0 && { Transforms: [...rule.transforms] }),
});

const notDefault = (rule: RuleRecord, verb: string): void => {
  if (rule.priority === "default")
    throw new ServiceError("OperationNotPermitted", `Default rule '${rule.arn}' cannot be ${verb}`);
};

/** An omitted list and an empty one both mean: leave it as it is. */
const given = <T>(list: readonly T[] | undefined): readonly T[] | undefined =>
  list && list.length > 0 ? list : undefined;

const checkPriority = (state: ElbState, listenerArn: string, priority: number | undefined): number => {
  if (priority === undefined || priority < 1 || priority > 50_000) {
    throw validationError(`Priority '${priority}' must be between '1' and '50000'`);
  }
  if (rulesOfListener(state, listenerArn).some((rule) => rule.priority === priority)) {
    throw new ServiceError("PriorityInUse", `Priority '${priority}' is currently in use`);
  }
  return priority;
};

const checkRoom = (state: ElbState, loadBalancerArn: string): void => {
  const listeners = state.listeners
    .values()
    .filter((listener) => listener.loadBalancerArn === loadBalancerArn);
  const arns = new Set(listeners.map((listener) => listener.arn));
  const rules = state.rules
    .values()
    .filter((rule) => arns.has(rule.listenerArn) && rule.priority !== "default");
  if (rules.length >= MAX_RULES_PER_LOAD_BALANCER) {
    throw new ServiceError(
      "TooManyRules",
      "You've reached the limit on the number of rules per load balancer",
    );
  }
};

const selected = (state: ElbState, input: DescribeRulesInput): RuleRecord[] => {
  const arns = given(input.RuleArns);
  if (arns && input.ListenerArn !== undefined) {
    throw validationError("You cannot specify both a listener ARN and rule ARNs");
  }
  if (arns) return arns.map((arn) => ruleByArn(state, arn));
  if (input.ListenerArn === undefined)
    throw validationError("You must specify either listener ARN or rule ARNs");
  return rulesOfListener(state, listenerByArn(state, input.ListenerArn).arn);
};

const modified = (state: ElbState, rule: RuleRecord, input: ModifyRuleInput): RuleRecord => {
  const listener = listenerByArn(state, rule.listenerArn);
  const actions = given(input.Actions);
  const conditions = given(input.Conditions);
  const transforms = given(input.Transforms);
  if (input.ResetTransforms === true && transforms) {
    throw validationError("If you specify ResetTransforms, you can't specify Transforms");
  }
  return {
    ...rule,
    ...(actions && { actions: normaliseActions(state, listener, actions, rule.actions) }),
    ...(conditions && { conditions: normaliseConditions(conditions) }),
    ...(transforms && { transforms }),
    ...(input.ResetTransforms === true && { transforms: [] }),
  };
};

/** Rules of listeners. A given list replaces the whole list; the default rule belongs to ModifyListener. */
export const ruleOperations: Operations = {
  CreateRule: write(({ state: { elb }, newId }, input: CreateRuleInput): CreateRuleOutput => {
    const listener = listenerByArn(elb, input.ListenerArn);
    const priority = checkPriority(elb, listener.arn, input.Priority);
    if (!given(input.Conditions)) throw validationError("A condition must be specified");
    if (!given(input.Actions)) throw validationError("An action must be specified");
    checkRoom(elb, listener.loadBalancerArn);
    const tags = mergeTags({}, input.Tags ?? []);
    const rule: RuleRecord = {
      arn: `${listener.arn.replace(":listener/", ":listener-rule/")}/${newId()}`,
      listenerArn: listener.arn,
      priority,
      conditions: normaliseConditions(input.Conditions ?? []),
      actions: normaliseActions(elb, listener, input.Actions ?? []),
      transforms: input.Transforms ?? [],
    };
    elb.rules.set(rule.arn, rule);
    elb.tags.set(rule.arn, tags);
    return { Rules: [present(rule)] };
  }),

  DescribeRules: read(({ state: { elb } }, input: DescribeRulesInput): DescribeRulesOutput => {
    const size = input.PageSize ?? MAX_PAGE;
    if (size < 1 || size > MAX_PAGE) throw validationError(`Page size must be between '1' and '${MAX_PAGE}'`);
    const { items, next } = page(selected(elb, input), size, input.Marker, () =>
      validationError("Invalid marker"),
    );
    return { Rules: items.map(present), ...(next !== undefined && { NextMarker: next }) };
  }),

  ModifyRule: write(({ state: { elb } }, input: ModifyRuleInput): ModifyRuleOutput => {
    const rule = ruleByArn(elb, input.RuleArn);
    notDefault(rule, "modified");
    const next = modified(elb, rule, input);
    elb.rules.set(next.arn, next);
    return { Rules: [present(next)] };
  }),

  SetRulePriorities: write(({ state: { elb } }, input: SetRulePrioritiesInput): SetRulePrioritiesOutput => {
    const wanted = (input.RulePriorities ?? []).map((pair) => {
      const rule = ruleByArn(elb, pair.RuleArn);
      notDefault(rule, "re-prioritised");
      return { ...rule, priority: pair.Priority ?? 0 };
    });
    const moving = new Set(wanted.map((rule) => rule.arn));
    for (const rule of wanted) {
      const others = [
        ...rulesOfListener(elb, rule.listenerArn).filter((each) => !moving.has(each.arn)),
        ...wanted,
      ];
      if (
        others.some(
          (each) =>
            each.arn !== rule.arn && each.listenerArn === rule.listenerArn && each.priority === rule.priority,
        )
      ) {
        throw new ServiceError("PriorityInUse", `Priority '${rule.priority}' is currently in use`);
      }
    }
    for (const rule of wanted) elb.rules.set(rule.arn, rule);
    return { Rules: wanted.map(present) };
  }),

  DeleteRule: write(({ state: { elb } }, input: DeleteRuleInput) => {
    const rule = ruleByArn(elb, input.RuleArn);
    notDefault(rule, "deleted");
    elb.rules.delete(rule.arn);
    elb.tags.delete(rule.arn);
    return {};
  }),
};
