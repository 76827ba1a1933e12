import { resourceSchema } from "../../api/crd/definition.ts";
import type { Rule } from "../../api/fields.ts";

/** A structural schema, as it stands in the CustomResourceDefinition. */
export interface StructuralSchema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly "x-kubernetes-int-or-string"?: true;
  readonly "x-kubernetes-preserve-unknown-fields"?: true;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-validations"?: readonly Rule[];
}

/** Where a value stands: `["spec", "strategy", "steps", 0, "hold"]`. */
export type Path = readonly (string | number)[];

/** `spec.strategy.steps[0].hold`, as the API server writes it. */
export function pathText(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === "number" || /[^\w-]/.test(key)) return `[${key}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join("");
}

/** Schema of a whole ModelRollout, but for `metadata` and `status`, which are not the user's to get wrong here. */
export function modelRolloutSchema(): StructuralSchema {
  return resourceSchema();
}

export type JsonFields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is JsonFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a value of this schema consists of, with its schema and path; nothing below fields that no schema describes. */
export function childrenOf(
  value: unknown,
  schema: StructuralSchema,
  path: Path,
): readonly (readonly [unknown, StructuralSchema, Path])[] {
  const { items, properties = {}, additionalProperties } = schema;
  if (Array.isArray(value)) {
    return items === undefined ? [] : value.map((item, index) => [item, items, [...path, index]] as const);
  }
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    const known = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    return known === undefined ? [] : [[field, known, [...path, key]] as const];
  });
}
