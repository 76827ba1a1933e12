import type {
  CreateListenerOutput,
  CreateLoadBalancerOutput,
  CreateRuleOutput,
  CreateTargetGroupOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { loadBalancerDimension, targetGroupDimension } from "../../aws-simulator/data-plane/metrics.ts";
import type { Fields } from "../../aws-simulator/operation.ts";
import type { Simulator } from "../../aws-simulator/simulator.ts";
import { meshTypes } from "./mesh-types.ts";
import {
  type Arguments,
  type Attributes,
  type ResourceTypes,
  type Shape,
  textOf,
  type Value,
} from "./terraform.ts";

const block = (value: Value | undefined): Arguments => (value ?? {}) as Arguments;
const list = (value: Value | undefined): readonly Value[] => (Array.isArray(value) ? value : []);

/** Tags as ELB takes them. */
const tagsOf = ({ tags }: Arguments): object[] =>
  Object.entries(block(tags)).map(([Key, Value]) => ({ Key, Value }));

/** An action of a rule or listener that forwards, the only kind that the examples have. */
const action: Shape & { readonly many: boolean } = {
  required: ["type"],
  blocks: { forward: { blocks: { target_group: { required: ["arn", "weight"], many: true } } } },
  many: true,
};

const actionsOf = (value: Value | undefined): object[] =>
  list(value).map((each) => {
    const { type, forward } = each as Arguments;
    const TargetGroups = list(block(forward)["target_group"]).map((group) => ({
      TargetGroupArn: (group as Arguments)["arn"],
      Weight: (group as Arguments)["weight"],
    }));
    return { Type: type, ForwardConfig: { TargetGroups } };
  });

/** What stands in a region before any example is applied, made when it is first looked up. */
class Standing {
  readonly #invoke: (operation: string, input: object) => Fields;
  readonly #known = new Map<string, string>();

  constructor(invoke: (operation: string, input: object) => Fields) {
    this.#invoke = invoke;
  }

  loadBalancer(name: string): string {
    return this.#once(`lb ${name}`, () => {
      const { LoadBalancers } = this.#invoke("CreateLoadBalancer", {
        Name: name,
      }) as CreateLoadBalancerOutput;
      return LoadBalancers?.[0]?.LoadBalancerArn;
    });
  }

  listener(LoadBalancerArn: string, Port: number): string {
    return this.#once(`listener ${LoadBalancerArn} ${Port}`, () => {
      const FixedResponseConfig = { StatusCode: "404", ContentType: "text/plain" };
      const made = this.#invoke("CreateListener", {
        LoadBalancerArn,
        Protocol: "HTTP",
        Port,
        DefaultActions: [{ Type: "fixed-response", FixedResponseConfig }],
      }) as CreateListenerOutput;
      return made.Listeners?.[0]?.ListenerArn;
    });
  }

  #once(key: string, make: () => string | undefined): string {
    const known = this.#known.get(key) ?? make() ?? "";
    this.#known.set(key, known);
    return known;
  }
}

/** Everything that the examples' Terraform may have, made in the simulator. */
export function awsTypes(simulator: Simulator): ResourceTypes {
  const elb = (operation: string, input: object): Fields =>
    simulator.invoke("elasticloadbalancing", operation, input);
  const standing = new Standing(elb);
  return { ...elbTypes(elb, standing), ...alarmTypes(simulator), ...meshTypes(simulator) };
}

function elbTypes(elb: (operation: string, input: object) => Fields, standing: Standing): ResourceTypes {
  const balancer = (arn: string): Attributes => ({ arn, arn_suffix: loadBalancerDimension(arn) });
  return {
    "data.aws_lb": {
      required: ["name"],
      make: ({ name }) => balancer(standing.loadBalancer(textOf(name))),
    },
    "data.aws_lb_listener": {
      required: ["load_balancer_arn", "port"],
      make: (given) => ({
        arn: standing.listener(textOf(given["load_balancer_arn"]), Number(given["port"])),
      }),
    },
    aws_lb_target_group: {
      required: ["name", "vpc_id", "target_type", "protocol", "port"],
      optional: ["deregistration_delay"],
      blocks: { health_check: { optional: ["path"] } },
      make: (given) => {
        const { TargetGroups } = elb("CreateTargetGroup", {
          Name: given["name"],
          VpcId: given["vpc_id"],
          TargetType: given["target_type"],
          Protocol: given["protocol"],
          Port: given["port"],
          HealthCheckPath: block(given["health_check"])["path"],
        }) as CreateTargetGroupOutput;
        const arn = textOf(TargetGroups?.[0]?.TargetGroupArn);
        return { arn, arn_suffix: targetGroupDimension(arn) };
      },
    },
    aws_lb_target_group_attachment: {
      required: ["target_group_arn", "target_id", "port"],
      make: (given) => {
        const Targets = [{ Id: given["target_id"], Port: given["port"] }];
        elb("RegisterTargets", { TargetGroupArn: given["target_group_arn"], Targets });
        return {};
      },
    },
    aws_lb_listener: {
      required: ["load_balancer_arn", "protocol", "port"],
      optional: ["certificate_arn", "tags"],
      blocks: { default_action: action },
      make: (given) => {
        const { Listeners } = elb("CreateListener", {
          LoadBalancerArn: given["load_balancer_arn"],
          Protocol: given["protocol"],
          Port: given["port"],
          Certificates: [{ CertificateArn: given["certificate_arn"] }],
          DefaultActions: actionsOf(given["default_action"]),
          Tags: tagsOf(given),
        }) as CreateListenerOutput;
        return { arn: textOf(Listeners?.[0]?.ListenerArn) };
      },
    },
    aws_lb_listener_rule: {
      required: ["listener_arn", "priority"],
      optional: ["tags"],
      blocks: {
        action,
        condition: { blocks: { path_pattern: { required: ["values"] } } },
      },
      make: (given) => {
        const { Rules } = elb("CreateRule", {
          ListenerArn: given["listener_arn"],
          Priority: given["priority"],
          Conditions: [
            { Field: "path-pattern", Values: block(block(given["condition"])["path_pattern"])["values"] },
          ],
          Actions: actionsOf(given["action"]),
          Tags: tagsOf(given),
        }) as CreateRuleOutput;
        return { arn: textOf(Rules?.[0]?.RuleArn) };
      },
    },
  };
}

function alarmTypes(simulator: Simulator): ResourceTypes {
  const put = (operation: string, input: object): Attributes => {
    simulator.invoke("monitoring", operation, input);
    return {};
  };
  return {
    aws_cloudwatch_metric_alarm: {
      required: ["alarm_name", "comparison_operator", "evaluation_periods", "threshold"],
      optional: [
        "alarm_description",
        "namespace",
        "metric_name",
        "statistic",
        "period",
        "treat_missing_data",
        "dimensions",
      ],
      make: (given) =>
        put("PutMetricAlarm", {
          AlarmName: given["alarm_name"],
          AlarmDescription: given["alarm_description"],
          Namespace: given["namespace"],
          MetricName: given["metric_name"],
          Statistic: given["statistic"],
          Period: given["period"],
          EvaluationPeriods: given["evaluation_periods"],
          ComparisonOperator: given["comparison_operator"],
          Threshold: given["threshold"],
          TreatMissingData: given["treat_missing_data"] ?? "missing",
          Dimensions: Object.entries(block(given["dimensions"])).map(([Name, Value]) => ({ Name, Value })),
        }),
    },
    aws_cloudwatch_composite_alarm: {
      required: ["alarm_name", "alarm_rule"],
      optional: ["alarm_description"],
      make: (given) =>
        put("PutCompositeAlarm", {
          AlarmName: given["alarm_name"],
          AlarmDescription: given["alarm_description"],
          AlarmRule: given["alarm_rule"],
        }),
    },
  };
}
