/** `spec.traffic`: how traffic is moved. Exactly one kind. */
import { Type } from "typebox";
import { bounds } from "./bounds.ts";
import { described, type Rule, region, text } from "./fields.ts";
import { albSchema } from "./spec-alb.ts";

const { Object: Struct, Optional } = Type;

const share = (name: string, description: string) =>
  Type.Unsafe<number | string>({
    "x-kubernetes-int-or-string": true,
    ...described(description),
    maxLength: 5,
    "x-kubernetes-validations": [
      {
        rule: "type(self) == int ? self >= 0 : self.matches('^(100|[1-9]?[0-9])%$')",
        message: `${name} must be a number of pods, such as 1, or a percentage, such as 25%`,
      },
    ],
  });

/** Kubernetes refuses such a Deployment too: no pod could ever be exchanged. */
const someRoom: Rule = {
  rule: "!has(self.maxSurge) || !has(self.maxUnavailable) || !((self.maxSurge == 0 || self.maxSurge == '0%') && (self.maxUnavailable == 0 || self.maxUnavailable == '0%'))",
  message:
    "spec.traffic.rollingUpdate: maxSurge and maxUnavailable cannot both be 0, no pod could be exchanged",
};

const rollingUpdateSchema = Struct(
  {
    maxSurge: Optional(
      share(
        "spec.traffic.rollingUpdate.maxSurge",
        "Pods above `replicas` while pods are exchanged, a number or a percentage. Default: the Deployment's own with `workloadRef`, else 25%.",
      ),
    ),
    maxUnavailable: Optional(
      share(
        "spec.traffic.rollingUpdate.maxUnavailable",
        "Pods that may be missing while pods are exchanged, a number or a percentage. Default: the Deployment's own with `workloadRef`, else 25%.",
      ),
    ),
  },
  described("The share of traffic is the share of pods of one Deployment.", { rules: [someRoom] }),
);

const nodesSchema = Struct(
  {
    a: text("Virtual node of destination a.", bounds.alarmName, { minLength: 1 }),
    b: text("Virtual node of destination b.", bounds.alarmName, { minLength: 1 }),
  },
  described("The two virtual nodes, used in turn.", {
    rules: [
      {
        rule: "self.a != self.b",
        message: "spec.traffic.appMesh.virtualNodes: a and b must be two different virtual nodes",
      },
    ],
  }),
);

const appMeshSchema = Struct(
  {
    region: Optional(region("spec.traffic.appMesh.region", "AWS region. Default: the operator's.")),
    meshName: text("Name of the mesh.", bounds.alarmName, { minLength: 1 }),
    virtualRouterName: text("Name of the virtual router.", bounds.alarmName, { minLength: 1 }),
    routeName: text("Name of the route whose weights are moved.", bounds.alarmName, { minLength: 1 }),
    virtualNodes: nodesSchema,
  },
  described("Weights of an App Mesh route. AWS ended the service on 2026-09-30."),
);

const kinds = ["rollingUpdate", "alb", "appMesh"];

const rules: readonly Rule[] = [
  {
    rule: `[${kinds.map((kind) => `has(self.${kind})`).join(", ")}].exists_one(present, present)`,
    message: "spec.traffic must have exactly one of rollingUpdate, alb and appMesh",
  },
  {
    rule: kinds.map((kind) => `has(self.${kind}) == has(oldSelf.${kind})`).join(" && "),
    message: "spec.traffic cannot change its kind: delete this ModelRollout and create another one",
  },
];

export const trafficSchema = Struct(
  {
    rollingUpdate: Optional(rollingUpdateSchema),
    alb: Optional(albSchema),
    appMesh: Optional(appMeshSchema),
  },
  described("How traffic is moved: exactly one of the kinds. The kind cannot change.", { rules }),
);
