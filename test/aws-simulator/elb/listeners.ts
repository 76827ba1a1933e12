import type {
  CreateListenerInput,
  CreateListenerOutput,
  DeleteListenerInput,
  DescribeListenersInput,
  DescribeListenersOutput,
  Listener,
  ModifyListenerInput,
  ModifyListenerOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  type OperationContext,
  type Operations,
  read,
  ServiceError,
  validationError,
  write,
} from "../operation.ts";
import { page } from "../paging.ts";
import { normaliseActions, presentActions } from "./actions.ts";
import { defaultRuleOf, listenerByArn, loadBalancerByArn, rulesOfListener } from "./lookup.ts";
import type { ElbState, ListenerRecord, RuleRecord } from "./records.ts";
import { mergeTags } from "./tag-rules.ts";

const present = (state: ElbState, record: ListenerRecord): Listener => ({
  ListenerArn: record.arn,
  LoadBalancerArn: record.loadBalancerArn,
  Port: record.port,
  Protocol: record.protocol === "HTTPS" ? "HTTPS" : "HTTP",
  ...(record.sslPolicy !== undefined && { SslPolicy: record.sslPolicy }),
  DefaultActions: presentActions(defaultRuleOf(state, record.arn).actions),
});

const checkPort = (
  state: ElbState,
  loadBalancerArn: string,
  port: number | undefined,
  self?: string,
): number => {
  if (port === undefined || port < 1 || port > 65_535)
    throw validationError("A listener port must be between 1 and 65535");
  const taken = state.listeners
    .values()
    .some((each) => each.loadBalancerArn === loadBalancerArn && each.port === port && each.arn !== self);
  if (taken)
    throw new ServiceError(
      "DuplicateListener",
      "A listener already exists on this port for this load balancer",
    );
  return port;
};

const checkProtocol = (
  protocol: string | undefined,
  certificates: readonly unknown[] | undefined,
): "HTTP" | "HTTPS" => {
  if (protocol !== "HTTP" && protocol !== "HTTPS")
    throw validationError(`Protocol '${protocol}' must be one of '[HTTP, HTTPS]'`);
  if (protocol === "HTTPS" && !certificates?.length) {
    throw new ServiceError("ValidationError", "A certificate must be specified for HTTPS listeners");
  }
  return protocol;
};

const selected = (state: ElbState, input: DescribeListenersInput): ListenerRecord[] => {
  if (input.ListenerArns?.length) return input.ListenerArns.map((arn) => listenerByArn(state, arn));
  if (input.LoadBalancerArn === undefined)
    throw validationError("You must specify either listener ARNs or a load balancer ARN");
  const { arn } = loadBalancerByArn(state, input.LoadBalancerArn);
  return state.listeners.values().filter((listener) => listener.loadBalancerArn === arn);
};

const create = (
  { state: { elb }, newId }: OperationContext,
  input: CreateListenerInput,
): CreateListenerOutput => {
  const balancer = loadBalancerByArn(elb, input.LoadBalancerArn);
  const protocol = checkProtocol(input.Protocol, input.Certificates);
  const port = checkPort(elb, balancer.arn, input.Port);
  if (!input.DefaultActions?.length) throw validationError("A default action must be specified");
  const tags = mergeTags({}, input.Tags ?? []);
  const listener: ListenerRecord = {
    arn: `${balancer.arn.replace(":loadbalancer/", ":listener/")}/${newId()}`,
    loadBalancerArn: balancer.arn,
    port,
    protocol,
    ...(protocol === "HTTPS" && { sslPolicy: input.SslPolicy ?? "ELBSecurityPolicy-2016-08" }),
    ...(input.Certificates && { certificates: input.Certificates }),
  };
  const fallback: RuleRecord = {
    arn: `${listener.arn.replace(":listener/", ":listener-rule/")}/${newId()}`,
    listenerArn: listener.arn,
    priority: "default",
    conditions: [],
    actions: normaliseActions(elb, listener, input.DefaultActions),
    transforms: [],
  };
  elb.listeners.set(listener.arn, listener);
  elb.rules.set(fallback.arn, fallback);
  elb.tags.set(listener.arn, tags);
  return { Listeners: [present(elb, listener)] };
};

const modify = ({ state: { elb } }: OperationContext, input: ModifyListenerInput): ModifyListenerOutput => {
  const listener = listenerByArn(elb, input.ListenerArn);
  const certificates = input.Certificates ?? listener.certificates;
  const next: ListenerRecord = {
    ...listener,
    ...(input.Port !== undefined && {
      port: checkPort(elb, listener.loadBalancerArn, input.Port, listener.arn),
    }),
    ...(input.Protocol !== undefined && { protocol: checkProtocol(input.Protocol, certificates) }),
    ...(input.SslPolicy !== undefined && { sslPolicy: input.SslPolicy }),
    ...(certificates && { certificates }),
  };
  if (input.DefaultActions?.length) {
    const rule = defaultRuleOf(elb, listener.arn);
    elb.rules.set(rule.arn, {
      ...rule,
      actions: normaliseActions(elb, next, input.DefaultActions, rule.actions),
    });
  }
  elb.listeners.set(next.arn, next);
  return { Listeners: [present(elb, next)] };
};

/** Takes a listener away with all its rules. Unknown ones are ignored. */
export const removeListener = (state: ElbState, arn: string): void => {
  for (const rule of rulesOfListener(state, arn)) {
    state.rules.delete(rule.arn);
    state.tags.delete(rule.arn);
  }
  state.listeners.delete(arn);
  state.tags.delete(arn);
};

/** Listeners; each owns the default rule that ModifyListener writes. */
export const listenerOperations: Operations = {
  CreateListener: write(create),
  ModifyListener: write(modify),

  DescribeListeners: read(({ state: { elb } }, input: DescribeListenersInput): DescribeListenersOutput => {
    const invalid = (): ServiceError => validationError("Invalid marker");
    const { items, next } = page(selected(elb, input), input.PageSize ?? 400, input.Marker, invalid);
    return {
      Listeners: items.map((item) => present(elb, item)),
      ...(next !== undefined && { NextMarker: next }),
    };
  }),

  DeleteListener: write(({ state: { elb } }, input: DeleteListenerInput) => {
    removeListener(elb, listenerByArn(elb, input.ListenerArn).arn);
    return {};
  }),
};
