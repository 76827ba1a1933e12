import type { RouteSpec } from "@aws-sdk/client-app-mesh";
import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ModelRolloutSpec } from "../../../src/api/types.ts";
import { createMeshStack } from "../../aws-simulator/app-mesh/fixtures.ts";
import { createStack, OPEN_TO_ALL, type Stack } from "../../aws-simulator/fixtures.ts";
import type { Fields } from "../../aws-simulator/operation.ts";
import type { Simulator } from "../../aws-simulator/simulator.ts";
import type { Setup } from "../setup.ts";
import type { Account } from "./account.ts";

export interface Shares {
  readonly a: number;
  readonly b: number;
}

/** One rule of a load balancer, or one route of a mesh. */
export interface Target {
  /** The weights as they stand. */
  weights(): Shares;
  /** Everything that the operator must leave as it is, as text. */
  rest(): string;
  /** Group stickiness in seconds; undefined where it is off, or there is no such thing. */
  sticky(): number | undefined;
  /** Somebody else's change. */
  setWeights(shares: Shares): void;
  /** As it was at first, in everything: a tool that keeps what is written in a file. */
  reset(): void;
}

/** Where the traffic is divided. All weight is on a at first. */
export interface Edge {
  /** As a ModelRollout names it. */
  readonly traffic: ModelRolloutSpec["traffic"];
  /** Target groups, where targets are known; absent in a mesh. */
  readonly groups?: { readonly a: string; readonly b: string };
  readonly targets: readonly Target[];
  /** The weights that a write asks for. */
  asked(input: Fields): Shares;
}

const shapeless = (key: string, value: unknown): unknown =>
  key === "Weight" || key === "TargetGroupStickinessConfig" || key === "weight" ? undefined : value;

const simulatorOf = (account: Account): Simulator => {
  const invoke: Simulator["invoke"] = (service, operation, input) =>
    account.invoke(service, operation, input);
  return { invoke } as Simulator;
};

/** Rules with two target groups, and a third one in them that has no weight. */
export function makeRules(account: Account, name: string, { rules = 1, sticky }: Setup): Edge {
  const stickiness = sticky === undefined ? {} : { stickiness: { Enabled: true, DurationSeconds: sticky } };
  const stack = createStack(simulatorOf(account), { name, groups: ["a", "b", "spare"], ...stickiness });
  const arns = [
    stack.ruleArn,
    ...Array.from({ length: rules - 1 }, (_, index) => another(account, stack, index)),
  ];
  const groups = { a: stack.group("a"), b: stack.group("b") };
  const sharesOf = (actions: readonly Action[]): Shares => {
    const tuples = actions.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []);
    const weightOf = (arn: string): number =>
      tuples.find(({ TargetGroupArn }) => TargetGroupArn === arn)?.Weight ?? 0;
    return { a: weightOf(groups.a), b: weightOf(groups.b) };
  };
  return {
    traffic: { alb: { rules: arns.map((arn) => ({ arn })), targetGroups: groups, service: { port: 8080 } } },
    groups,
    asked: (input) => sharesOf((input["Actions"] ?? input["DefaultActions"] ?? []) as readonly Action[]),
    targets: arns.map((arn) => {
      const first = account.actionsOf(arn);
      return {
        weights: () => sharesOf(account.actionsOf(arn)),
        rest: () => JSON.stringify(account.actionsOf(arn), shapeless),
        sticky: () => stickyOf(account.actionsOf(arn)),
        setWeights: ({ a, b }) => account.elb.setWeights(arn, { [groups.a]: a, [groups.b]: b }),
        reset: () =>
          void account.invoke("elasticloadbalancing", "ModifyRule", { RuleArn: arn, Actions: first }),
      };
    }),
  };
}

function stickyOf(actions: readonly Action[]): number | undefined {
  const config = actions.find(({ ForwardConfig }) => ForwardConfig)?.ForwardConfig;
  const { Enabled, DurationSeconds } = config?.TargetGroupStickinessConfig ?? {};
  return Enabled === true ? DurationSeconds : undefined;
}

/** The same forward action under another path. */
function another(account: Account, { listenerArn, ruleArn }: Stack, index: number): string {
  const { Rules } = account.invoke("elasticloadbalancing", "CreateRule", {
    ListenerArn: listenerArn,
    Priority: 20 + index,
    Conditions: [{ Field: "path-pattern", Values: [`/v${index + 2}/*`] }],
    Actions: account.actionsOf(ruleArn),
    Tags: Object.entries(OPEN_TO_ALL).map(([Key, Value]) => ({ Key, Value })),
  }) as { Rules: readonly { RuleArn: string }[] };
  return Rules[0]?.RuleArn ?? "";
}

/** A route with two virtual nodes. */
export function makeRoute(account: Account, name: string): Edge {
  const nodes = { a: `${name}-a`, b: `${name}-b` };
  const place = { meshName: "ai", virtualRouterName: name, routeName: name };
  createMeshStack(simulatorOf(account), {
    mesh: "ai",
    router: name,
    route: name,
    weights: { [nodes.a]: 100, [nodes.b]: 0 },
  });
  const spec = (): RouteSpec =>
    (account.invoke("appmesh", "DescribeRoute", place) as { spec: RouteSpec }).spec;
  const first = spec();
  const targetsOf = (of: RouteSpec | undefined) => of?.httpRoute?.action?.weightedTargets ?? [];
  const sharesOf = (of: RouteSpec | undefined): Shares => {
    const weightOf = (node: string): number =>
      targetsOf(of).find(({ virtualNode }) => virtualNode === node)?.weight ?? 0;
    return { a: weightOf(nodes.a), b: weightOf(nodes.b) };
  };
  return {
    traffic: { appMesh: { ...place, virtualNodes: nodes } },
    asked: ({ spec: asked }) => sharesOf(asked as RouteSpec | undefined),
    targets: [
      {
        weights: () => sharesOf(spec()),
        rest: () => JSON.stringify(spec(), shapeless),
        sticky: () => undefined,
        reset: () => void account.invoke("appmesh", "UpdateRoute", { ...place, spec: first }),
        setWeights: ({ a, b }) => {
          const now = spec();
          const weightedTargets = targetsOf(now).map((target) => ({
            ...target,
            weight: target.virtualNode === nodes.a ? a : b,
          }));
          const httpRoute = { ...now.httpRoute, action: { weightedTargets } };
          account.invoke("appmesh", "UpdateRoute", { ...place, spec: { ...now, httpRoute } });
        },
      },
    ],
  };
}

/** Where pods are the traffic. */
export const noEdge: Edge = {
  traffic: { rollingUpdate: {} },
  targets: [],
  asked: () => ({ a: 0, b: 0 }),
};
