import type { StateValue } from "@aws-sdk/client-cloudwatch";
import type { Call } from "../aws-simulator/calls.ts";
import type { DataPlane } from "../aws-simulator/data-plane/front.ts";
import { type Load, type LoadSpec, startLoad } from "../aws-simulator/data-plane/load.ts";
import { loadBalancerDimension, targetGroupDimension } from "../aws-simulator/data-plane/metrics.ts";
import { createStack, type Stack, type StackSpec } from "../aws-simulator/fixtures.ts";
import type { Simulator } from "../aws-simulator/simulator.ts";
import type { ModelServers } from "./model-servers.ts";

/** Weights of the two groups of an edge. */
export type EdgeWeights = { readonly a: number; readonly b: number };

/** One write of the rule that took effect, as the service saw it, whether or not its answer arrived. */
export type WeightWrite = {
  /** Order among all calls of the simulator. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly weights: EdgeWeights;
  readonly sticky: boolean;
};

/** An alarm on what the data plane measured. */
export type MeasuredAlarm = {
  readonly name: string;
  /** Seconds; default 1. */
  readonly period?: number;
  /** Default 1. */
  readonly evaluationPeriods?: number;
  /** Only this target group's requests; default: all of the load balancer's. */
  readonly group?: "a" | "b";
};

/** A load balancer with a rule, two target groups, its data plane and alarms. */
export type Edge = {
  readonly name: string;
  readonly stack: Stack;
  readonly dataPlane: DataPlane;
  /** Where clients send requests. */
  readonly url: string;
  weights(): EdgeWeights;
  /** Somebody changes the weights in the console. */
  setWeights(weights: Partial<EdgeWeights>): void;
  /** Every write of the rule by way of the API, in order. */
  readonly writes: readonly WeightWrite[];
  /** The writes that gave a group a higher share than it had had before. */
  raises(group: "a" | "b"): readonly WeightWrite[];
  /** Sends requests until the load, or the edge, is stopped. */
  startLoad(spec?: Partial<Omit<LoadSpec, "url">>): Load;
  /** Puts an alarm on the share of requests answered with 5xx: ALARM above `percent` (default 5). */
  putErrorRateAlarm(alarm: MeasuredAlarm & { readonly percent?: number }): void;
  /** Puts an alarm on the 99th percentile of the targets' latency: ALARM above `ms`. */
  putLatencyAlarm(alarm: MeasuredAlarm & { readonly ms: number }): void;
  /** Puts an alarm that stays as it is set by hand (`simulator.alarms.set`). Default OK. */
  putManualAlarm(name: string, state?: StateValue): void;
  stop(): Promise<void>;
};

const writers = ["ModifyRule", "ModifyListener"];

/** Creates an edge. Its name must be unique in the simulator. */
export async function createEdge(
  simulator: Simulator,
  servers: ModelServers,
  spec: StackSpec,
): Promise<Edge> {
  const stack = createStack(simulator, spec);
  const place = {
    ...(spec.region === undefined ? {} : { region: spec.region }),
    ...(spec.account === undefined ? {} : { account: spec.account }),
  };
  const dataPlane = await simulator.startDataPlane(stack.loadBalancerArn, { respond: servers.respond });
  const loads = new Set<Load>();
  const writes: WeightWrite[] = [];
  const initial = weightsOf(simulator, stack);
  const forget = simulator.onAfterCall((call) => {
    if (touches(call, stack.ruleArn)) writes.push(writeOf(simulator, stack, call));
  });
  for (const arn of Object.values(stack.groups)) shortDraining(simulator, arn, place);

  const put = (name: string, input: object): void => {
    const shared = { AlarmName: name, ComparisonOperator: "GreaterThanThreshold" };
    simulator.invoke("monitoring", "PutMetricAlarm", { ...shared, ...input }, place);
  };
  return {
    name: spec.name,
    stack,
    dataPlane,
    url: dataPlane.url,
    writes,
    weights: () => weightsOf(simulator, stack),
    setWeights: (weights) => simulator.elb.setWeights(stack.ruleArn, byArn(stack, weights)),
    raises: (group) =>
      writes.filter(
        (write, index) => share(write.weights, group) > share(writes[index - 1]?.weights ?? initial, group),
      ),
    startLoad: (load = {}) => {
      const started = startLoad({ rps: 40, ...load, url: dataPlane.url });
      loads.add(started);
      return started;
    },
    putErrorRateAlarm: ({ percent = 5, ...alarm }) => put(alarm.name, errorRate(stack, alarm, percent)),
    putLatencyAlarm: ({ ms, ...alarm }) => put(alarm.name, latency(stack, alarm, ms)),
    putManualAlarm: (name, state = "OK") => simulator.alarms.put(name, { ...place, state }),
    stop: async () => {
      forget();
      await Promise.all([...loads].map((load) => load.stop()));
      await dataPlane.stop();
    },
  };
}

function share({ a, b }: EdgeWeights, group: "a" | "b"): number {
  const total = a + b;
  return total === 0 ? 0 : (group === "a" ? a : b) / total;
}

function weightsOf(simulator: Simulator, stack: Stack): EdgeWeights {
  const weights = simulator.elb.weights(stack.ruleArn);
  return { a: weights[stack.groups["a"] ?? ""] ?? 0, b: weights[stack.groups["b"] ?? ""] ?? 0 };
}

function byArn(stack: Stack, weights: Partial<EdgeWeights>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [stack.group(name), weight] as const),
  );
}

function touches({ operation, input }: Call, arn: string): boolean {
  return writers.includes(operation) && JSON.stringify(input).includes(arn);
}

function writeOf(simulator: Simulator, stack: Stack, { seq, at }: Call): WeightWrite {
  const forward = simulator.elb.actions(stack.ruleArn).find(({ Type }) => Type === "forward");
  const sticky = forward?.ForwardConfig?.TargetGroupStickinessConfig?.Enabled === true;
  return { seq, at, weights: weightsOf(simulator, stack), sticky };
}

/** Targets that left are forgotten soon: real groups drain for minutes, tests and the demo do not wait for that. */
function shortDraining(simulator: Simulator, TargetGroupArn: string, place: { region?: string }): void {
  const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: "1" }];
  simulator.invoke(
    "elasticloadbalancing",
    "ModifyTargetGroupAttributes",
    { TargetGroupArn, Attributes },
    place,
  );
}

function metric(stack: Stack, name: string, group: "a" | "b" | undefined): object {
  const Dimensions = [{ Name: "LoadBalancer", Value: loadBalancerDimension(stack.loadBalancerArn) }];
  if (group !== undefined) {
    Dimensions.push({ Name: "TargetGroup", Value: targetGroupDimension(stack.group(group)) });
  }
  return { Namespace: "AWS/ApplicationELB", MetricName: name, Dimensions };
}

function errorRate(stack: Stack, alarm: MeasuredAlarm, percent: number): object {
  const { period = 1, evaluationPeriods = 1, group } = alarm;
  const sum = (Id: string, name: string): object => ({
    Id,
    ReturnData: false,
    MetricStat: { Metric: metric(stack, name, group), Period: period, Stat: "Sum" },
  });
  return {
    EvaluationPeriods: evaluationPeriods,
    Threshold: percent,
    TreatMissingData: "notBreaching",
    AlarmDescription: `more than ${percent} % of the requests are answered with 5xx`,
    Metrics: [
      sum("errors", "HTTPCode_Target_5XX_Count"),
      sum("requests", "RequestCount"),
      { Id: "rate", Expression: "100 * FILL(errors, 0) / requests" },
    ],
  };
}

function latency(stack: Stack, alarm: MeasuredAlarm, ms: number): object {
  const { period = 1, evaluationPeriods = 1, group } = alarm;
  return {
    ...metric(stack, "TargetResponseTime", group),
    ExtendedStatistic: "p99",
    Period: period,
    EvaluationPeriods: evaluationPeriods,
    Threshold: ms / 1000,
    TreatMissingData: "notBreaching",
    AlarmDescription: `the slowest hundredth of the requests takes more than ${ms} ms`,
  };
}
