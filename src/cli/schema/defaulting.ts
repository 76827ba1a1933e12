import { isFields, type StructuralSchema } from "./structural-schema.ts";

/**
 * The value as the API server has it before it checks anything: fields that are null are dropped where a schema
 * describes them, then defaults are filled in
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting).
 */
export function withDefaults(value: unknown, schema: StructuralSchema): unknown {
  const { items, properties = {}, additionalProperties } = schema;
  if (Array.isArray(value)) {
    return items === undefined ? value : value.map((item) => withDefaults(item, items));
  }
  if (!isFields(value)) return value;
  const fields: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const known = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (known === undefined) fields[key] = field;
    else if (field !== null) fields[key] = withDefaults(field, known);
  }
  for (const [key, known] of Object.entries(properties)) {
    if (known.default !== undefined && !Object.hasOwn(fields, key)) {
      fields[key] = withDefaults(structuredClone(known.default), known);
    }
  }
  return fields;
}
