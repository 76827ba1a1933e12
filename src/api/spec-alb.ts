/** `spec.traffic.alb`: weights of two target groups in Application Load Balancer rules. */
import { Type } from "typebox";
import { bounds } from "./bounds.ts";
import { choice, described, flag, text, wholeNumber } from "./fields.ts";

const { Array: List, Object: Struct, Optional } = Type;

const ruleSchema = Struct(
  {
    arn: text("ARN of a listener rule, or of a listener: then its default action.", bounds.arn),
  },
  described("One listener rule, or one listener."),
);

const targetGroupsSchema = Struct(
  {
    a: text("ARN of the target group of destination a.", bounds.arn),
    b: text("ARN of the target group of destination b.", bounds.arn),
  },
  described("The two target groups, used in turn. Every rule must forward to both of them."),
);

const port = (description: string) =>
  Type.Unsafe<number | string>({
    "x-kubernetes-int-or-string": true,
    maxLength: 63,
    ...described(description),
  });

const serviceSchema = Struct(
  {
    port: wholeNumber("Port of the Services.", 1, 65_535),
    targetPort: Optional(
      port("Port of the pods, a number or the name of a container port. Default: `port`."),
    ),
  },
  described("The Services NAME-a and NAME-b that the operator makes for the slots. Goes with `template`."),
);

const peerSchema = Struct(
  {
    ipBlock: Optional(
      Struct({ cidr: text("Block of addresses, as 10.0.0.0/16.", 64) }, described("A block of addresses.")),
    ),
    securityGroup: Optional(
      Struct(
        { groupID: text("Id of the security group, as sg-0123456789abcdef0.", 64) },
        described("A security group."),
      ),
    ),
  },
  described("Who may connect: an address block or a security group."),
);

const networkPortSchema = Struct(
  {
    protocol: Optional(choice(["TCP", "UDP"], "Protocol: TCP or UDP. Default: TCP.")),
    port: Optional(port("Port, a number or the name of a container port. Default: all ports.")),
  },
  described("A port that may be connected to."),
);

const ingressSchema = Struct(
  {
    from: List(peerSchema, { maxItems: 20, minItems: 1, ...described("Who may connect.") }),
    ports: List(networkPortSchema, { maxItems: 20, minItems: 1, ...described("Where they may connect to.") }),
  },
  described("One rule for connections to the pods."),
);

const bindingSchema = Struct(
  {
    targetType: Optional(
      choice(["ip", "instance"], "Kind of targets: ip or instance. Default: the group's own."),
    ),
    networking: Optional(
      Struct(
        {
          ingress: List(ingressSchema, {
            maxItems: 20,
            minItems: 1,
            ...described("Connections that the controller allows."),
          }),
        },
        described(
          "Security group rules that the AWS Load Balancer Controller makes. Without it, it makes none.",
        ),
      ),
    ),
  },
  described("Handed to the TargetGroupBindings of the slots."),
);

export const albSchema = Struct(
  {
    region: Optional(text("AWS region; must be the one in the ARNs. Default: that one.", bounds.region)),
    rules: List(ruleSchema, {
      maxItems: bounds.rules,
      minItems: 1,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["arn"],
      ...described("The listener rules, or listeners, whose weights are moved together."),
    }),
    targetGroups: targetGroupsSchema,
    bindTargets: Optional(
      flag(
        "Make a TargetGroupBinding per slot, for the AWS Load Balancer Controller. False: the pods are registered by other means. Of no effect without `template`.",
        { default: true },
      ),
    ),
    service: Optional(serviceSchema),
    binding: Optional(bindingSchema),
  },
  described("Weights of two target groups in rules of an Application Load Balancer."),
);
