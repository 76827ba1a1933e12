/** `spec`: what runs. */
import { Type } from "typebox";
import { bounds } from "./bounds.ts";
import { choice, described, type Rule, text } from "./fields.ts";

const { Object: Struct, Optional, Record: Dictionary } = Type;

/** A pod template as the user wrote it. Fields are checked by a dry-run of the Deployment, not here. */
export interface PodTemplate {
  metadata?: {
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [field: string]: unknown;
  };
  spec: { containers: { name: string; [field: string]: unknown }[]; [field: string]: unknown };
  [field: string]: unknown;
}

const labelMap = (description: string, maxProperties: number, minProperties?: number) =>
  Dictionary(Type.String(), Type.String({ maxLength: bounds.labelValue }), {
    maxProperties,
    ...(minProperties === undefined ? {} : { minProperties }),
    ...described(description),
  });

const open = { "x-kubernetes-preserve-unknown-fields": true };

const containerSchema = {
  type: "object",
  ...open,
  ...described("A container, as in a Deployment."),
  required: ["name"],
  properties: { name: text("Name of the container.", 63) },
};

const ownLabels: Rule = {
  rule: "self.all(key, !key.startsWith('modelrollout.dev/'))",
  message:
    "spec.template.metadata.labels must not have labels of modelrollout.dev/: the operator sets them, remove them here",
};

/** Typed as far as the CEL rules look into it. The rest is kept as written. */
export const templateSchema = Type.Unsafe<PodTemplate>({
  type: "object",
  ...open,
  ...described("Pod template, as in a Deployment. A change of it is a new revision."),
  required: ["spec"],
  properties: {
    metadata: {
      type: "object",
      ...open,
      ...described("Metadata of the pods."),
      properties: {
        labels: {
          ...labelMap("Labels of the pods; `selector` must match them.", bounds.labels),
          "x-kubernetes-validations": [ownLabels],
        },
      },
    },
    spec: {
      type: "object",
      ...open,
      ...described("Pod spec, as in a Deployment."),
      required: ["containers"],
      properties: {
        containers: {
          type: "array",
          maxItems: bounds.containers,
          minItems: 1,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          ...described("Containers of the pod."),
          items: containerSchema,
        },
      },
    },
  },
});

export const selectorSchema = Struct(
  {
    matchLabels: labelMap("Labels that the pods have.", bounds.selectorLabels, 1),
  },
  described("Selects the pods, as in a Deployment, by labels only. Goes with `template`; cannot change.", {
    rules: [
      {
        rule: "self == oldSelf",
        message: "spec.selector cannot change: delete this ModelRollout and create another one",
      },
    ],
  }),
);

export const workloadRefSchema = Struct(
  {
    apiVersion: choice(["apps/v1"], "API version of the workload: apps/v1."),
    kind: choice(["Deployment"], "Kind of the workload: Deployment."),
    name: text("Name of the Deployment, in the namespace of this resource. Cannot change.", bounds.name, {
      minLength: 1,
      rules: [
        {
          rule: "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
          message:
            "spec.workloadRef.name must be the name of a Deployment: lower-case letters, digits, '-' and '.'",
        },
        {
          rule: "self == oldSelf",
          message: "spec.workloadRef.name cannot change: delete this ModelRollout and create another one",
        },
      ],
    }),
  },
  described(
    "An existing Deployment that is rolled in place. Its template at the first sight is the stable version. Instead of `template`.",
  ),
);

export const modelSchema = Struct(
  {
    name: Optional(
      text("Name of the model. Containers get it as MODEL_NAME.", bounds.name, { minLength: 1 }),
    ),
    version: text(
      "Version of the model, shown by kubectl. A change of it is a new revision. Containers get it as MODEL_VERSION.",
      bounds.version,
      { minLength: 1 },
    ),
    uri: Optional(
      text("Where the model lies. Containers get it as MODEL_URI.", bounds.uri, { minLength: 1 }),
    ),
    container: Optional(
      text("Name of the container that gets the variables. Default: the first one.", 63, { minLength: 1 }),
    ),
  },
  described("What is being released, as people speak of it. Goes with `template` or `destination`."),
);
