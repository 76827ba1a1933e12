import type {
  CreateTargetGroupInput,
  CreateTargetGroupOutput,
  DeleteTargetGroupInput,
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  DescribeTargetGroupsInput,
  DescribeTargetGroupsOutput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput,
  TargetGroup,
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
import { attributesAfter, defaultAttributes } from "./group-attributes.ts";
import { loadBalancerByArn, targetGroupByArn, targetKey, targetsOf, usedBy } from "./lookup.ts";
import type { ElbState, TargetGroupRecord } from "./records.ts";
import { mergeTags } from "./tag-rules.ts";

const NAME = /^(?!-)[A-Za-z0-9-]{1,32}(?<!-)$/;

const present = (use: ReadonlyMap<string, ReadonlySet<string>>, group: TargetGroupRecord): TargetGroup =>
  ({
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol,
    Port: group.port,
    ...(group.vpcId !== undefined && { VpcId: group.vpcId }),
    ...group.healthCheck,
    LoadBalancerArns: [...(use.get(group.arn) ?? [])],
    TargetType: group.targetType,
    ProtocolVersion: "HTTP1",
    IpAddressType: "ipv4",
  }) as TargetGroup;

/** Defaults of an Application Load Balancer's group. */
const healthCheckOf = (input: CreateTargetGroupInput): Readonly<Record<string, unknown>> => ({
  HealthCheckProtocol: input.HealthCheckProtocol ?? "HTTP",
  HealthCheckPort: input.HealthCheckPort ?? "traffic-port",
  HealthCheckEnabled: true,
  HealthCheckIntervalSeconds: input.HealthCheckIntervalSeconds ?? 30,
  HealthCheckTimeoutSeconds: input.HealthCheckTimeoutSeconds ?? 5,
  HealthyThresholdCount: input.HealthyThresholdCount ?? 5,
  UnhealthyThresholdCount: input.UnhealthyThresholdCount ?? 2,
  HealthCheckPath: input.HealthCheckPath ?? "/",
  Matcher: input.Matcher ?? { HttpCode: "200" },
});

const create = (context: OperationContext, input: CreateTargetGroupInput): CreateTargetGroupOutput => {
  const { state, account, region, newId, timing } = context;
  const name = input.Name ?? "";
  if (!NAME.test(name)) throw validationError(`Target group name '${name}' is not valid`);
  if (input.Port === undefined) throw validationError("A port must be specified");
  if (input.Protocol === undefined) throw validationError("A protocol must be specified");
  if (state.elb.targetGroups.values().some((group) => group.name === name)) {
    throw new ServiceError("DuplicateTargetGroupName", `A target group with the same name '${name}' exists`);
  }
  const tags = mergeTags({}, input.Tags ?? []);
  const group: TargetGroupRecord = {
    arn: `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/${name}/${newId()}`,
    name,
    protocol: input.Protocol,
    port: input.Port,
    targetType: input.TargetType ?? "instance",
    ...(input.VpcId !== undefined && { vpcId: input.VpcId }),
    healthCheck: healthCheckOf(input),
    attributes: defaultAttributes(timing.deregistrationDelaySeconds),
  };
  state.elb.targetGroups.set(group.arn, group);
  state.elb.tags.set(group.arn, tags);
  return { TargetGroups: [present(new Map(), group)] };
};

const selected = (state: ElbState, input: DescribeTargetGroupsInput): TargetGroupRecord[] => {
  if (input.TargetGroupArns?.length) return input.TargetGroupArns.map((arn) => targetGroupByArn(state, arn));
  const all = state.targetGroups.values();
  if (input.LoadBalancerArn !== undefined) {
    const { arn } = loadBalancerByArn(state, input.LoadBalancerArn);
    const use = usedBy(state);
    return all.filter((group) => use.get(group.arn)?.has(arn));
  }
  if (!input.Names?.length) return all;
  return input.Names.map((name) => {
    const found = all.find((group) => group.name === name);
    if (!found) throw new ServiceError("TargetGroupNotFound", "One or more target groups not found");
    return found;
  });
};

const attributeList = (group: TargetGroupRecord) =>
  Object.entries(group.attributes).map(([Key, Value]) => ({ Key, Value }));

/** Target groups and their attributes. */
export const targetGroupOperations: Operations = {
  CreateTargetGroup: write(create),

  DescribeTargetGroups: read(
    ({ state: { elb } }, input: DescribeTargetGroupsInput): DescribeTargetGroupsOutput => {
      const invalid = (): ServiceError => validationError("Invalid marker");
      const { items, next } = page(selected(elb, input), input.PageSize ?? 400, input.Marker, invalid);
      const use = usedBy(elb);
      return {
        TargetGroups: items.map((item) => present(use, item)),
        ...(next !== undefined && { NextMarker: next }),
      };
    },
  ),

  DescribeTargetGroupAttributes: read(
    ({ state: { elb } }, input: DescribeTargetGroupAttributesInput): DescribeTargetGroupAttributesOutput => ({
      Attributes: attributeList(targetGroupByArn(elb, input.TargetGroupArn)),
    }),
  ),

  ModifyTargetGroupAttributes: write(
    ({ state: { elb } }, input: ModifyTargetGroupAttributesInput): ModifyTargetGroupAttributesOutput => {
      const group = targetGroupByArn(elb, input.TargetGroupArn);
      const next = { ...group, attributes: attributesAfter(elb, group, input.Attributes ?? []) };
      elb.targetGroups.set(group.arn, next);
      return { Attributes: attributeList(next) };
    },
  ),

  DeleteTargetGroup: write(({ state: { elb } }, input: DeleteTargetGroupInput) => {
    const arn = input.TargetGroupArn ?? "";
    if (usedBy(elb).has(arn)) {
      throw new ServiceError(
        "ResourceInUse",
        `Target group '${arn}' is currently in use by a listener or a rule`,
      );
    }
    for (const target of targetsOf(elb, arn)) elb.targets.delete(targetKey(target));
    elb.targetGroups.delete(arn);
    elb.tags.delete(arn);
    return {};
  }),
};
