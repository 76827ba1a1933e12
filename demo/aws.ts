import {
  type Action,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";

/**
 * A hand on the demo's load balancer, by way of the real SDK: what somebody would do in the console.
 *
 *   AWS_ENDPOINT_URL=… node demo/aws.ts weights
 *   AWS_ENDPOINT_URL=… node demo/aws.ts set-weights a=50 b=50
 */
const usage = "usage: AWS_ENDPOINT_URL=http://… node demo/aws.ts weights | set-weights a=50 b=50";

interface Rule {
  readonly arn: string;
  readonly actions: readonly Action[];
  /** Slot (`a` or `b`, the end of the group's name) by group ARN. */
  readonly slots: ReadonlyMap<string, string>;
}

/** The one rule of the demo that forwards to groups. */
async function findRule(elb: ElasticLoadBalancingV2Client): Promise<Rule> {
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
        Actions.some(({ ForwardConfig }) => ForwardConfig !== undefined),
      );
      if (rule?.RuleArn !== undefined) return { arn: rule.RuleArn, actions: rule.Actions ?? [], slots };
    }
  }
  throw new Error("there is no rule that forwards to target groups");
}

function weightsText({ actions, slots }: Rule): string {
  return actions
    .flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? [])
    .map(({ TargetGroupArn = "", Weight }) => `${slots.get(TargetGroupArn) ?? TargetGroupArn}=${Weight ?? 0}`)
    .join(" ");
}

/** `a=50 b=50` as numbers. @throws Error with what to write instead */
function readWeights(words: readonly string[]): ReadonlyMap<string, number> {
  const pairs = words.map((word): [string, number] => {
    const [, slot, weight] = /^([ab])=(\d{1,3})$/.exec(word) ?? [];
    if (slot === undefined || weight === undefined)
      throw new Error(`${word} is no weight; write a=50 b=50 (0 to 999)`);
    return [slot, Number(weight)];
  });
  if (pairs.length === 0) throw new Error(usage);
  return new Map(pairs);
}

async function setWeights(
  elb: ElasticLoadBalancingV2Client,
  wanted: ReadonlyMap<string, number>,
): Promise<void> {
  const rule = await findRule(elb);
  const Actions = rule.actions.map((action) => ({
    ...action,
    ...(action.ForwardConfig && {
      ForwardConfig: {
        ...action.ForwardConfig,
        TargetGroups: (action.ForwardConfig.TargetGroups ?? []).map((group) => ({
          ...group,
          Weight: wanted.get(rule.slots.get(group.TargetGroupArn ?? "") ?? "") ?? group.Weight,
        })),
      },
    }),
  }));
  await elb.send(new ModifyRuleCommand({ RuleArn: rule.arn, Actions }));
}

async function main([verb, ...words]: readonly string[]): Promise<void> {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  // Without an endpoint the SDK would talk to the real AWS, with the credentials of whoever sits here.
  if (endpoint === undefined || !/^http:\/\/127\.0\.0\.1:\d+\/?$/.test(endpoint))
    throw new Error(`AWS_ENDPOINT_URL must be the simulator's, as the demo prints it\n${usage}`);
  const elb = new ElasticLoadBalancingV2Client({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "123456789012", secretAccessKey: "simulated" },
  });
  try {
    if (verb === "set-weights") await setWeights(elb, readWeights(words));
    else if (verb !== "weights") throw new Error(usage);
    console.log(weightsText(await findRule(elb)));
  } finally {
    elb.destroy();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
