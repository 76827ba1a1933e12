/** The CustomResourceDefinition, made of the schemas. */
import { onCreation, type Rule } from "../fields.ts";
import { category, group, kind, plural, shortName, singular, version } from "../group.ts";
import { specSchema } from "../spec.ts";
import { statusSchema } from "../status.ts";
import { columns } from "./columns.ts";
import { type JsonObject, structural } from "./structural.ts";

/**
 * The only rule at the root. A rule that joins spec and status could one day refuse a status write. 61, because the
 * slots' objects are called NAME-a and NAME-b, and Services have at most 63 characters and begin with a letter.
 */
const nameRule: Rule = {
  rule: "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,59}[a-z0-9])?$')",
  message:
    "metadata.name must be at most 61 lower-case letters, digits and '-', begin with a letter and not end with '-': Services are called NAME-a and NAME-b",
  fieldPath: ".metadata.name",
};

/** Schema of the whole resource. `metadata` is the API server's own. */
export function resourceSchema(): JsonObject {
  return {
    type: "object",
    description:
      "A ModelRollout releases a new version of a model step by step, and takes it back when a CloudWatch alarm says so.",
    required: ["spec"],
    "x-kubernetes-validations": [onCreation(nameRule)],
    properties: {
      apiVersion: { type: "string", description: "Version of the API." },
      kind: { type: "string", description: "Kind of the resource." },
      metadata: { type: "object", properties: { name: { type: "string" } } },
      spec: structural(specSchema, "spec"),
      status: structural(statusSchema, "status"),
    },
  };
}

/** Plain data, ready for YAML or for the API server. */
export function customResourceDefinition(): JsonObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular,
        shortNames: [shortName],
        categories: [category],
      },
      scope: "Namespaced",
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: columns,
          subresources: {
            status: {},
            scale: {
              specReplicasPath: ".spec.replicas",
              statusReplicasPath: ".status.replicas",
              labelSelectorPath: ".status.selector",
            },
          },
          schema: { openAPIV3Schema: resourceSchema() },
        },
      ],
    },
  };
}
