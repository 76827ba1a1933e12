import type {
  Action,
  DescribeListenersOutput,
  DescribeRulesOutput,
  DescribeTargetHealthOutput,
  TargetHealthStateEnum,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Fields, ServiceName } from "../operation.ts";

type Invoke = (
  service: ServiceName,
  operation: string,
  input: object,
  place?: { region?: string; account?: string },
) => Fields;

/** A test's own hand on ELBv2: in process, not logged, met by no fault. ARNs choose account and region by themselves. */
export interface ElbControl {
  /** The actions of a rule, or the default actions of a listener. */
  actions(arn: string): readonly Action[];
  /** Weight by target group of the forward action of a rule or listener. */
  weights(arn: string): Readonly<Record<string, number>>;
  /** Somebody else's change: rewrites the weights of the forward action, keeping all else. */
  setWeights(arn: string, weights: Readonly<Record<string, number>>): void;
  registerTargets(groupArn: string, targets: readonly { id: string; port?: number }[]): void;
  deregisterTargets(groupArn: string, targets: readonly { id: string; port?: number }[]): void;
  /** State by `id:port`. */
  targetHealth(groupArn: string): Readonly<Record<string, TargetHealthStateEnum>>;
}

const regionOf = (arn: string): { region: string; account: string } => ({
  region: arn.split(":")[3] ?? "",
  account: arn.split(":")[4] ?? "",
});
const isRule = (arn: string): boolean => arn.includes(":listener-rule/");

const readActions = (invoke: Invoke, arn: string): readonly Action[] => {
  if (isRule(arn)) {
    const found = invoke(
      "elasticloadbalancing",
      "DescribeRules",
      { RuleArns: [arn] },
      regionOf(arn),
    ) as DescribeRulesOutput;
    return found.Rules?.[0]?.Actions ?? [];
  }
  const input = { ListenerArns: [arn] };
  const found = invoke(
    "elasticloadbalancing",
    "DescribeListeners",
    input,
    regionOf(arn),
  ) as DescribeListenersOutput;
  return found.Listeners?.[0]?.DefaultActions ?? [];
};

const reweighed = (action: Action, weights: Readonly<Record<string, number>>): Action => {
  const groups = action.ForwardConfig?.TargetGroups;
  if (!groups) return action;
  const next = groups.map((group) => ({
    ...group,
    Weight: weights[group.TargetGroupArn ?? ""] ?? group.Weight,
  }));
  return { ...action, ForwardConfig: { ...action.ForwardConfig, TargetGroups: next } };
};

/** Writes back what the answer left out. */
const keepingSecret = (action: Action): Action =>
  action.AuthenticateOidcConfig
    ? {
        ...action,
        AuthenticateOidcConfig: { ...action.AuthenticateOidcConfig, UseExistingClientSecret: true },
      }
    : action;

/** Builds the control over the simulator's in-process operations. */
export const elbControl = (invoke: Invoke): ElbControl => {
  const targets = (
    operation: string,
    groupArn: string,
    list: readonly { id: string; port?: number }[],
  ): void => {
    const Targets = list.map(({ id, port }) => ({ Id: id, ...(port !== undefined && { Port: port }) }));
    invoke("elasticloadbalancing", operation, { TargetGroupArn: groupArn, Targets }, regionOf(groupArn));
  };
  return {
    actions: (arn) => readActions(invoke, arn),
    weights: (arn) =>
      Object.fromEntries(
        readActions(invoke, arn)
          .flatMap((action) => action.ForwardConfig?.TargetGroups ?? [])
          .map((group) => [group.TargetGroupArn ?? "", group.Weight ?? 0]),
      ),
    setWeights: (arn, weights) => {
      const actions = readActions(invoke, arn).map((action) => keepingSecret(reweighed(action, weights)));
      const [operation, input] = isRule(arn)
        ? ["ModifyRule", { RuleArn: arn, Actions: actions }]
        : ["ModifyListener", { ListenerArn: arn, DefaultActions: actions }];
      invoke("elasticloadbalancing", operation, input, regionOf(arn));
    },
    registerTargets: (groupArn, list) => targets("RegisterTargets", groupArn, list),
    deregisterTargets: (groupArn, list) => targets("DeregisterTargets", groupArn, list),
    targetHealth: (groupArn) => {
      const input = { TargetGroupArn: groupArn };
      const found = invoke(
        "elasticloadbalancing",
        "DescribeTargetHealth",
        input,
        regionOf(groupArn),
      ) as DescribeTargetHealthOutput;
      return Object.fromEntries(
        (found.TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) => [
          `${Target?.Id}:${Target?.Port}`,
          TargetHealth?.State ?? "unavailable",
        ]),
      );
    },
  };
};
