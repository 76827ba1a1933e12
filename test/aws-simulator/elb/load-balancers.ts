import type {
  CreateLoadBalancerInput,
  CreateLoadBalancerOutput,
  DeleteLoadBalancerInput,
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput,
  LoadBalancer,
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
import { removeListener } from "./listeners.ts";
import { loadBalancerByArn } from "./lookup.ts";
import type { ElbState, LoadBalancerRecord } from "./records.ts";
import { mergeTags } from "./tag-rules.ts";

const NAME = /^(?!-)[A-Za-z0-9-]{1,32}(?<!-)$/;

const present = (region: string, record: LoadBalancerRecord): LoadBalancer => ({
  LoadBalancerArn: record.arn,
  DNSName: `${record.name}-${Number.parseInt(record.id.slice(0, 8), 16)}.${region}.elb.amazonaws.com`,
  CanonicalHostedZoneId: "Z35SXDOTRQ7X7K",
  CreatedTime: new Date(record.createdAt),
  LoadBalancerName: record.name,
  Scheme: record.scheme,
  VpcId: "vpc-0123456789abcdef0",
  State: { Code: "active" },
  Type: "application",
  IpAddressType: "ipv4",
});

const selected = (state: ElbState, input: DescribeLoadBalancersInput): LoadBalancerRecord[] => {
  if (input.LoadBalancerArns) return input.LoadBalancerArns.map((arn) => loadBalancerByArn(state, arn));
  const all = state.loadBalancers.values();
  if (!input.Names) return all;
  return input.Names.map((name) => {
    const found = all.find((record) => record.name === name);
    if (!found) throw new ServiceError("LoadBalancerNotFound", `Load balancers '[${name}]' not found`);
    return found;
  });
};

const create = (context: OperationContext, input: CreateLoadBalancerInput): CreateLoadBalancerOutput => {
  const { state, now, account, region, newId } = context;
  const name = input.Name ?? "";
  if (!NAME.test(name)) throw validationError(`The load balancer name '${name}' is not valid`);
  if ((input.Type ?? "application") !== "application")
    throw validationError("Only application load balancers are simulated");
  if (state.elb.loadBalancers.values().some((record) => record.name === name)) {
    throw new ServiceError(
      "DuplicateLoadBalancerName",
      `A load balancer with the same name '${name}' exists`,
    );
  }
  const tags = mergeTags({}, input.Tags ?? []);
  const id = newId();
  const record: LoadBalancerRecord = {
    arn: `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/app/${name}/${id}`,
    name,
    id,
    scheme: input.Scheme === "internal" ? "internal" : "internet-facing",
    createdAt: now,
  };
  state.elb.loadBalancers.set(record.arn, record);
  state.elb.tags.set(record.arn, tags);
  return { LoadBalancers: [present(region, record)] };
};

/** Application Load Balancers. They are active at once. */
export const loadBalancerOperations: Operations = {
  CreateLoadBalancer: write(create),

  DescribeLoadBalancers: read(
    ({ state: { elb }, region }, input: DescribeLoadBalancersInput): DescribeLoadBalancersOutput => {
      const invalid = (): ServiceError => validationError("Invalid marker");
      const { items, next } = page(selected(elb, input), input.PageSize ?? 400, input.Marker, invalid);
      return {
        LoadBalancers: items.map((record) => present(region, record)),
        ...(next !== undefined && { NextMarker: next }),
      };
    },
  ),

  DeleteLoadBalancer: write(({ state: { elb } }, input: DeleteLoadBalancerInput) => {
    const arn = input.LoadBalancerArn ?? "";
    for (const listener of elb.listeners.values()) {
      if (listener.loadBalancerArn === arn) removeListener(elb, listener.arn);
    }
    elb.loadBalancers.delete(arn);
    elb.tags.delete(arn);
    return {};
  }),
};
