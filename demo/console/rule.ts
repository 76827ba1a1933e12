import {
  type Action,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type SlotWeights, simulated, type Weighted } from "./weighted.ts";

interface Rule {
  readonly arn: string;
  readonly actions: readonly Action[];
  /** Slot (`a` or `b`, the end of the group's name) by group ARN. */
  readonly slots: ReadonlyMap<string, string>;
}

/** The listener rule of the demo; undefined when no rule of a load balancer has two groups. */
export async function openRule(endpoint: string): Promise<Weighted | undefined> {
  const elb = new ElasticLoadBalancingV2Client(simulated(endpoint));
  if ((await findRule(elb)) === undefined) {
    elb.destroy();
    return undefined;
  }
  const rule = async (): Promise<Rule> => {
    const found = await findRule(elb);
    if (found === undefined) throw new Error("the rule is gone");
    return found;
  };
  return {
    read: async () => weightsOf(await rule()),
    write: async (wanted) => await write(elb, await rule(), wanted),
    close: () => elb.destroy(),
  };
}

async function findRule(elb: ElasticLoadBalancingV2Client): Promise<Rule | undefined> {
  const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({}));
  const { TargetGroups = [] } = await elb.send(new DescribeTargetGroupsCommand({}));
  const slots = new Map(
    TargetGroups.map(({ TargetGroupArn = "", TargetGroupName = "" }) => [
      TargetGroupArn,
      TargetGroupName.slice(-1),
    ]),
  );
  for (const { LoadBalancerArn } of LoadBalancers) {
    const { Listeners = [] } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn }));
    for (const { ListenerArn } of Listeners) {
      const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn }));
      const rule = Rules.find(({ Actions = [] }) =>
        Actions.some(({ ForwardConfig }) => ForwardConfig?.TargetGroups?.length === 2),
      );
      if (rule?.RuleArn !== undefined) return { arn: rule.RuleArn, actions: rule.Actions ?? [], slots };
    }
  }
  return undefined;
}

function weightsOf({ actions, slots }: Rule): SlotWeights {
  const groups = actions.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []);
  return Object.fromEntries(
    groups.map(({ TargetGroupArn = "", Weight = 0 }) => [
      slots.get(TargetGroupArn) ?? TargetGroupArn,
      Weight,
    ]),
  );
}

async function write(elb: ElasticLoadBalancingV2Client, rule: Rule, wanted: SlotWeights): Promise<void> {
  const Actions = rule.actions.map((action) => ({
    ...action,
    ...(action.ForwardConfig && {
      ForwardConfig: {
        ...action.ForwardConfig,
        TargetGroups: (action.ForwardConfig.TargetGroups ?? []).map((group) => ({
          ...group,
          Weight: wanted[rule.slots.get(group.TargetGroupArn ?? "") ?? ""] ?? group.Weight,
        })),
      },
    }),
  }));
  await elb.send(new ModifyRuleCommand({ RuleArn: rule.arn, Actions }));
}
