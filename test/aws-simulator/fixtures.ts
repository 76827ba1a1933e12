import type {
  CreateListenerOutput,
  CreateLoadBalancerOutput,
  CreateRuleOutput,
  CreateTargetGroupOutput,
  TargetGroupStickinessConfig,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Fields } from "./operation.ts";
import type { Simulator } from "./simulator.ts";

/** What to create; everything but the name has a default. */
export interface StackSpec {
  /** At most 24 characters: the load balancer's name, and the prefix of the groups'. */
  readonly name: string;
  /** Default `["a", "b"]`: groups NAME-a and NAME-b. */
  readonly groups?: readonly string[];
  /** Default true: a rule for every path forwards to the groups. False: the listener's default action does. */
  readonly listenerRule?: boolean;
  /** By group name; default the first 1 and the others 0. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly stickiness?: TargetGroupStickinessConfig;
  /** Further tags of rule and listener, beside `modelrollout.dev/namespaces: @all`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Default "/*". */
  readonly path?: string;
  readonly region?: string;
  /** Default: the simulator's own. */
  readonly account?: string;
  /** Port of the targets, default 8080. */
  readonly targetPort?: number;
}

/** What was created. */
export interface Stack {
  readonly loadBalancerArn: string;
  readonly listenerArn: string;
  /** The rule's ARN, or the listener's when its default action forwards: what a ModelRollout names. */
  readonly ruleArn: string;
  /** Group ARN by group name. */
  readonly groups: Readonly<Record<string, string>>;
  /** The ARN of a group; throws RangeError for a name that was not created. */
  group(name: string): string;
}

/** The tag that lets rollouts of every namespace use a rule. */
export const OPEN_TO_ALL = { "modelrollout.dev/namespaces": "@all" } as const;

const forwardTo = (groups: Readonly<Record<string, string>>, spec: StackSpec) => {
  const [first] = Object.keys(groups);
  return {
    Type: "forward",
    ForwardConfig: {
      TargetGroups: Object.entries(groups).map(([name, arn]) => ({
        TargetGroupArn: arn,
        Weight: spec.weights ? (spec.weights[name] ?? 0) : Number(name === first),
      })),
      ...(spec.stickiness && { TargetGroupStickinessConfig: spec.stickiness }),
    },
  };
};

/** Creates a load balancer with a listener, its target groups and a rule, in process: nothing appears in the call log. */
export const createStack = (simulator: Simulator, spec: StackSpec): Stack => {
  const place = {
    ...(spec.region === undefined ? {} : { region: spec.region }),
    ...(spec.account === undefined ? {} : { account: spec.account }),
  };
  const create = (operation: string, input: object): Fields =>
    simulator.invoke("elasticloadbalancing", operation, input, place);
  const must = (arn: string | undefined): string => {
    if (arn === undefined) throw new Error("the simulator returned no ARN");
    return arn;
  };
  const Tags = Object.entries({ ...OPEN_TO_ALL, ...spec.tags }).map(([Key, Value]) => ({ Key, Value }));
  const balancer = create("CreateLoadBalancer", { Name: spec.name }) as CreateLoadBalancerOutput;
  const loadBalancerArn = must(balancer.LoadBalancers?.[0]?.LoadBalancerArn);
  const groups = Object.fromEntries(
    (spec.groups ?? ["a", "b"]).map((name) => {
      const input = {
        Name: `${spec.name}-${name}`,
        Protocol: "HTTP",
        Port: spec.targetPort ?? 8080,
        TargetType: "ip",
      };
      const { TargetGroups } = create("CreateTargetGroup", input) as CreateTargetGroupOutput;
      return [name, must(TargetGroups?.[0]?.TargetGroupArn)];
    }),
  );
  const group = (name: string): string => {
    const arn = groups[name];
    if (arn === undefined) throw new RangeError(`there is no group '${name}'`);
    return arn;
  };
  const notFound = {
    Type: "fixed-response",
    FixedResponseConfig: { StatusCode: "404", ContentType: "text/plain" },
  };
  const withRule = spec.listenerRule ?? true;
  const listener = create("CreateListener", {
    LoadBalancerArn: loadBalancerArn,
    Protocol: "HTTP",
    Port: 80,
    DefaultActions: [withRule ? notFound : forwardTo(groups, spec)],
    Tags,
  }) as CreateListenerOutput;
  const listenerArn = must(listener.Listeners?.[0]?.ListenerArn);
  if (!withRule) return { loadBalancerArn, listenerArn, ruleArn: listenerArn, groups, group };
  const rule = create("CreateRule", {
    ListenerArn: listenerArn,
    Priority: 10,
    Conditions: [{ Field: "path-pattern", Values: [spec.path ?? "/*"] }],
    Actions: [forwardTo(groups, spec)],
    Tags,
  }) as CreateRuleOutput;
  return { loadBalancerArn, listenerArn, ruleArn: must(rule.Rules?.[0]?.RuleArn), groups, group };
};
