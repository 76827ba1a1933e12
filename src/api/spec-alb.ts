/** `spec.traffic.alb`: weights of two target groups in Application Load Balancer rules. */
import { Type } from "typebox";
import { bounds } from "./bounds.ts";
import { choice, described, flag, type Rule, text, wholeNumber } from "./fields.ts";

const { Array: List, Object: Struct, Optional } = Type;

/** Partition, region and account; what follows is the resource. */
const arnHead = "^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:";

const ruleSchema = Struct(
  {
    arn: text("ARN of a listener rule, or of a listener: then its default action.", bounds.arn, {
      rules: [
        {
          rule: `self.matches('${arnHead}(listener/app(/[^/]+){3}|listener-rule/app(/[^/]+){4})$')`,
          message:
            "spec.traffic.alb.rules[].arn must be the ARN of a listener rule (arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener-rule/app/...) or of a listener (...:listener/app/...) of an Application Load Balancer",
        },
      ],
    }),
  },
  described("One listener rule, or one listener."),
);

const groupArn = (destination: string) =>
  text(`ARN of the target group of destination ${destination}.`, bounds.arn, {
    rules: [
      {
        rule: `self.matches('${arnHead}targetgroup(/[^/]+){2}$')`,
        message: `spec.traffic.alb.targetGroups.${destination} must be the ARN of a target group (arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/...)`,
      },
    ],
  });

const targetGroupsSchema = Struct(
  {
    a: groupArn("a"),
    b: groupArn("b"),
  },
  described("The two target groups, used in turn. Every rule must forward to both of them.", {
    rules: [
      {
        rule: "self.a != self.b",
        message: "spec.traffic.alb.targetGroups: a and b must be two different target groups",
      },
    ],
  }),
);

const port = (name: string, description: string) =>
  Type.Unsafe<number | string>({
    "x-kubernetes-int-or-string": true,
    maxLength: 15,
    ...described(description, {
      rules: [
        {
          rule: "type(self) == int ? self >= 1 && self <= 65535 : self.matches('^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$')",
          message: `${name} must be a port number from 1 to 65535, or the name of a container port`,
        },
      ],
    }),
  });

const serviceSchema = Struct(
  {
    port: wholeNumber("Port of the Services.", 1, 65_535),
    targetPort: Optional(
      port(
        "spec.traffic.alb.service.targetPort",
        "Port of the pods, a number or the name of a container port. Default: `port`.",
      ),
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
  described("Who may connect: an address block or a security group.", {
    rules: [
      {
        rule: "has(self.ipBlock) != has(self.securityGroup)",
        message:
          "spec.traffic.alb.binding.networking.ingress[].from[] must have exactly one of ipBlock and securityGroup",
      },
    ],
  }),
);

const networkPortSchema = Struct(
  {
    protocol: Optional(choice(["TCP", "UDP"], "Protocol: TCP or UDP. Default: TCP.")),
    port: Optional(
      port(
        "spec.traffic.alb.binding.networking.ingress[].ports[].port",
        "Port, a number or the name of a container port. Default: all ports.",
      ),
    ),
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

const head = (arn: string) => `${arn}.find('${arnHead}')`;
const headA = head("self.targetGroups.a");

const rules: readonly Rule[] = [
  {
    // An ARN that is malformed has its own message.
    rule: `${headA} == '' || (self.rules.map(r, r.arn) + [self.targetGroups.b]).all(arn, ${head("arn")} in ['', ${headA}])`,
    message: "spec.traffic.alb: all rules and both target groups must be in one region and one account",
  },
  {
    rule: `!has(self.region) || ${headA} == '' || ${headA}.split(':')[3] == self.region`,
    message: "spec.traffic.alb.region must be the region of the ARNs: leave it out, or correct it",
    messageExpression:
      "'spec.traffic.alb.region is ' + self.region + ', but the ARNs are in ' + self.targetGroups.a.split(':')[3] + ': leave region out, or correct it'",
    fieldPath: ".region",
  },
  {
    rule: "!has(self.binding) || !has(self.bindTargets) || self.bindTargets",
    message: "spec.traffic.alb.binding goes with bindTargets: true, remove one of them",
    fieldPath: ".binding",
  },
];

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
  described("Weights of two target groups in rules of an Application Load Balancer.", { rules }),
);
