/**
 * JSON Schema as TypeBox writes it -> the structural schema that a CustomResourceDefinition takes
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 * Whatever the API server would refuse, or silently ignore, is an error here, with the path of the field.
 */

export type JsonObject = { readonly [key: string]: unknown };

export class StructuralError extends Error {
  override readonly name = "StructuralError";
  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
  }
}

/** Keywords that go into the CRD as they are. */
const plain = new Set([
  "description",
  "type",
  "format",
  "enum",
  "default",
  "pattern",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "required",
  "x-kubernetes-int-or-string",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-validations",
]);

/** Throws StructuralError. `path` is for messages, as `spec.traffic`. */
export function structural(schema: unknown, path: string): JsonObject {
  const given = asObject(schema, path);
  const source = typeof given["anyOf"] === "object" || "const" in given ? literalsToEnum(given, path) : given;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(source)) {
    if (plain.has(key)) {
      result[key] = value;
    } else if (key === "properties") {
      result[key] = mapValues(asObject(value, path), (field, name) => structural(field, `${path}.${name}`));
    } else if (key === "items") {
      result[key] = structural(value, `${path}[]`);
    } else if (key === "patternProperties") {
      result["additionalProperties"] = structural(anyKey(value, path), `${path}.*`);
    } else {
      throw new StructuralError(path, `${key} cannot be part of a structural schema`);
    }
  }
  const finished = path.includes("[]") ? withoutDefault(result) : result;
  check(finished, path);
  return finished;
}

/**
 * A default inside a list would make every repeated apply see a difference (lists of custom resources are replaced as a
 * whole, so `kubectl apply` says "configured" and Argo CD may say OutOfSync): there resolveSpec alone fills it in, and the
 * description says it.
 */
function withoutDefault({ default: _default, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** What the API server demands, and what this project demands: a description and a bound everywhere. */
function check(schema: JsonObject, path: string): void {
  const intOrString = schema["x-kubernetes-int-or-string"] === true;
  if ((typeof schema["type"] === "string") === intOrString) {
    throw new StructuralError(path, "needs a type, or x-kubernetes-int-or-string, not both");
  }
  if (schema["properties"] !== undefined && schema["additionalProperties"] !== undefined) {
    throw new StructuralError(path, "has both properties and free keys");
  }
  if (!path.endsWith("[]") && !path.endsWith(".*") && schema["description"] === undefined) {
    throw new StructuralError(path, "needs a description");
  }
  const bound = missingBound(schema);
  if (bound !== undefined) {
    throw new StructuralError(path, `needs ${bound}`);
  }
}

function missingBound(schema: JsonObject): string | undefined {
  const { type, enum: words, additionalProperties, items, maxItems, maxLength, maxProperties } = schema;
  if (type === "string" && words === undefined && maxLength === undefined) {
    return "maxLength";
  }
  if (type === "array") {
    return items === undefined ? "items" : maxItems === undefined ? "maxItems" : undefined;
  }
  return additionalProperties !== undefined && maxProperties === undefined ? "maxProperties" : undefined;
}

/** `const`, or `anyOf` of consts of one type -> `type` and `enum`. */
function literalsToEnum(schema: JsonObject, path: string): JsonObject {
  const { anyOf, const: single, ...rest } = schema;
  const branches = Array.isArray(anyOf) ? anyOf.map((branch) => asObject(branch, path)) : [{ const: single }];
  const values = branches.map((branch) => branch["const"]);
  const [type, ...others] = new Set(values.map((value) => typeof value));
  if ((type !== "string" && type !== "number" && type !== "boolean") || others.length > 0) {
    throw new StructuralError(path, "anyOf may only hold literals of one type");
  }
  return { ...rest, type: type === "number" ? "integer" : type, enum: values };
}

/** TypeBox writes a record as one pattern for all keys; a structural schema has no other patterns. */
function anyKey(value: unknown, path: string): unknown {
  const [[pattern, schema] = [], ...more] = Object.entries(asObject(value, path));
  if (pattern !== "^.*$" || more.length > 0) {
    throw new StructuralError(path, "free keys cannot have a pattern");
  }
  return schema;
}

function asObject(value: unknown, path: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new StructuralError(path, "is no schema");
  }
  return { ...value };
}

function mapValues(object: JsonObject, change: (value: unknown, key: string) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}
