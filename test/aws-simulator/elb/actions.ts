import type {
  Action,
  ForwardActionConfig,
  TargetGroupTuple,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { ServiceError, validationError } from "../operation.ts";
import { targetGroupByArn, usedBy } from "./lookup.ts";
import { checkOidc, withoutSecret } from "./oidc.ts";
import type { ElbState, ListenerRecord } from "./records.ts";

/**
 * The rules of a rule's actions. Source: the API reference of Action, ForwardActionConfig, TargetGroupTuple and
 * "Action types for listener rules" in the Application Load Balancer guide.
 */

const ROUTING = new Set(["forward", "redirect", "fixed-response"]);
const AUTHENTICATION = new Set(["authenticate-oidc", "authenticate-cognito", "jwt-validation"]);
const MAX_GROUPS_PER_FORWARD = 5;
const MAX_GROUPS_PER_LOAD_BALANCER = 100;
const MAX_WEIGHT = 999;
const MAX_STICKY_SECONDS = 604_800;

const invalidAction = (message: string): ServiceError =>
  new ServiceError("InvalidLoadBalancerAction", message);

/** The groups of a forward action, however they were given. */
const tuplesOf = (action: Action): readonly TargetGroupTuple[] => {
  const tuples = action.ForwardConfig?.TargetGroups ?? [];
  if (action.TargetGroupArn === undefined) return tuples;
  if (tuples.length === 0) return [{ TargetGroupArn: action.TargetGroupArn }];
  if (tuples.length > 1 || tuples[0]?.TargetGroupArn !== action.TargetGroupArn) {
    throw invalidAction(
      "If you specify both ForwardConfig and TargetGroupArn, you can specify only one target group using " +
        "ForwardConfig and it must be the same target group specified in TargetGroupArn",
    );
  }
  return tuples;
};

const weightOf = (tuple: TargetGroupTuple, several: boolean): number => {
  if (tuple.Weight === undefined) {
    if (several) throw validationError("You must specify a weight for each target group in a forward action");
    return 1;
  }
  if (!Number.isInteger(tuple.Weight) || tuple.Weight < 0 || tuple.Weight > MAX_WEIGHT) {
    throw validationError(`Weight '${tuple.Weight}' must be between '0' and '${MAX_WEIGHT}'`);
  }
  return tuple.Weight;
};

const checkCount = (tuples: readonly TargetGroupTuple[]): void => {
  if (tuples.length === 0) throw validationError("A forward action must specify a target group");
  if (tuples.length > MAX_GROUPS_PER_FORWARD) {
    throw validationError(
      `You can specify at most ${MAX_GROUPS_PER_FORWARD} target groups in a forward action, got ${tuples.length}`,
    );
  }
  const arns = new Set(tuples.map((tuple) => tuple.TargetGroupArn));
  if (arns.size < tuples.length)
    throw validationError("Target group ARNs must be unique within a forward action");
};

const stickinessOf = (config: ForwardActionConfig | undefined) => {
  const given = config?.TargetGroupStickinessConfig;
  const duration = given?.DurationSeconds;
  if (
    duration !== undefined &&
    (!Number.isInteger(duration) || duration < 1 || duration > MAX_STICKY_SECONDS)
  ) {
    throw validationError(
      `Stickiness duration '${duration}' must be between '1' and '${MAX_STICKY_SECONDS}' seconds`,
    );
  }
  if (given?.Enabled !== true)
    return { Enabled: false, ...(duration !== undefined && { DurationSeconds: duration }) };
  if (duration === undefined)
    throw validationError("You must specify DurationSeconds when enabling stickiness");
  return { Enabled: true, DurationSeconds: duration };
};

const checkTargetStickiness = (state: ElbState, config: ForwardActionConfig): void => {
  const arns = (config.TargetGroups ?? []).map((tuple) => tuple.TargetGroupArn);
  if (arns.length < 2) return;
  const sticky = arns.map((arn) => targetGroupByArn(state, arn).attributes);
  const enabled = sticky.filter((attributes) => attributes["stickiness.enabled"] === "true");
  if (enabled.some((attributes) => attributes["stickiness.type"] === "app_cookie")) {
    throw new ServiceError(
      "InvalidConfigurationRequest",
      "Application-based stickiness is not supported with weighted target groups",
    );
  }
  if (enabled.length > 0 && config.TargetGroupStickinessConfig?.Enabled !== true) {
    throw new ServiceError(
      "InvalidConfigurationRequest",
      "You must enable group stickiness on a rule if you enabled target stickiness on one of its target groups",
    );
  }
};

const checkAssociation = (state: ElbState, loadBalancerArn: string, arns: readonly string[]): void => {
  const use = usedBy(state);
  for (const arn of arns) {
    const owners = use.get(arn);
    if (owners && !owners.has(loadBalancerArn)) {
      throw new ServiceError(
        "TargetGroupAssociationLimit",
        `The following target groups cannot be associated with more than one load balancer: ${arn}`,
      );
    }
  }
  const mine = [...use].filter(([, owners]) => owners.has(loadBalancerArn)).map(([arn]) => arn);
  if (new Set([...mine, ...arns]).size > MAX_GROUPS_PER_LOAD_BALANCER) {
    throw new ServiceError(
      "TooManyUniqueTargetGroupsPerLoadBalancer",
      "You've reached the limit on the number of unique target groups per load balancer",
    );
  }
};

const forward = (
  state: ElbState,
  listener: Pick<ListenerRecord, "loadBalancerArn">,
  action: Action,
): Action => {
  const tuples = tuplesOf(action);
  checkCount(tuples);
  const several = tuples.length > 1;
  const groups = tuples.map((tuple) => ({
    TargetGroupArn: targetGroupByArn(state, tuple.TargetGroupArn).arn,
    Weight: weightOf(tuple, several),
  }));
  const config: ForwardActionConfig = {
    TargetGroups: groups,
    TargetGroupStickinessConfig: stickinessOf(action.ForwardConfig),
  };
  checkTargetStickiness(state, config);
  checkAssociation(
    state,
    listener.loadBalancerArn,
    groups.map((group) => group.TargetGroupArn),
  );
  const only = several ? undefined : groups[0]?.TargetGroupArn;
  return { ...action, ...(only !== undefined && { TargetGroupArn: only }), ForwardConfig: config };
};

const ordered = (actions: readonly Action[]): Action[] => {
  const several = actions.length > 1;
  if (several && actions.some((action) => action.Order === undefined)) {
    throw validationError("You must specify an order for each action of a rule with multiple actions");
  }
  const orders = actions.map((action) => action.Order ?? 1);
  if (new Set(orders).size < orders.length) throw validationError("Action orders must be unique");
  if (orders.some((order) => order < 1 || order > 50_000)) {
    throw validationError("Action order must be between '1' and '50000'");
  }
  return actions.map((action) => ({ ...action, Order: action.Order ?? 1 })).sort((a, b) => a.Order - b.Order);
};

const checkKinds = (actions: readonly Action[], protocol: string): void => {
  for (const action of actions) {
    const type = action.Type ?? "";
    if (!ROUTING.has(type) && !AUTHENTICATION.has(type))
      throw validationError(`Action type '${type}' must be valid`);
    if (AUTHENTICATION.has(type) && protocol !== "HTTPS") {
      throw invalidAction(`Actions of type '${type}' are supported only on HTTPS listeners`);
    }
  }
  const routing = actions.filter((action) => ROUTING.has(action.Type ?? ""));
  if (routing.length !== 1)
    throw invalidAction("A rule must have exactly one forward, redirect or fixed-response action");
  if (actions.at(-1) !== routing[0]) {
    throw invalidAction("The last action of a rule must be a forward, redirect or fixed-response action");
  }
};

const shaped = (
  state: ElbState,
  listener: ListenerPlace,
  action: Action,
  previous: readonly Action[],
): Action => {
  switch (action.Type) {
    case "forward":
      return forward(state, listener, action);
    case "authenticate-oidc":
      return checkOidc(action, previous);
    case "redirect":
      if (!action.RedirectConfig) throw validationError("A redirect action must have a RedirectConfig");
      return { ...action, RedirectConfig: { ...REDIRECT_DEFAULTS, ...action.RedirectConfig } };
    case "fixed-response":
      if (!action.FixedResponseConfig)
        throw validationError("A fixed-response action must have a FixedResponseConfig");
      return action;
    default:
      return action;
  }
};

const REDIRECT_DEFAULTS = {
  Protocol: "#{protocol}",
  Port: "#{port}",
  Host: "#{host}",
  Path: "/#{path}",
  Query: "#{query}",
} as const;

/** Where the actions will live. */
export type ListenerPlace = Pick<ListenerRecord, "loadBalancerArn" | "protocol">;

/**
 * Checks a whole list of actions and returns it as the service keeps it: sorted, `Order` filled in, a single group
 * both as TargetGroupArn and ForwardConfig, stickiness spelled out (off, if omitted). `previous` are the actions being
 * replaced, for UseExistingClientSecret.
 */
export const normaliseActions = (
  state: ElbState,
  listener: ListenerPlace,
  actions: readonly Action[],
  previous: readonly Action[] = [],
): Action[] => {
  const sorted = ordered(actions);
  checkKinds(sorted, listener.protocol);
  return sorted.map((action) => shaped(state, listener, action, previous));
};

/** Actions as an answer shows them: without secrets. */
export const presentActions = (actions: readonly Action[]): Action[] => actions.map(withoutSecret);
