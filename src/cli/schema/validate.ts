import { withDefaults } from "./defaulting.ts";
import type { Finding } from "./finding.ts";
import { ruleFindings } from "./rules.ts";
import { shapeFindings } from "./shape.ts";
import { isFields, modelRolloutSchema } from "./structural-schema.ts";

/** Findings after which the API server asks no rules, because they may not understand the value. */
const disabling: ReadonlySet<Finding["kind"]> = new Set(["required", "type", "unsupported", "too-many"]);

export interface Validated {
  /** The object with its defaults. */
  readonly object: unknown;
  readonly findings: readonly Finding[];
}

/**
 * What the API server would say about the creation of a ModelRollout, as far as the resource definition goes:
 * admission policies, quotas and rights are its own. `metadata` and `status` are left to others.
 */
export function validate(given: unknown): Validated {
  const schema = modelRolloutSchema();
  const object = withDefaults(given, schema);
  const { metadata, status: _ignored, ...checked } = isFields(object) ? object : {};
  const { metadata: _metadata, status: _status, ...properties } = schema.properties ?? {};
  const shape = shapeFindings(checked, { ...schema, properties }, []);
  if (shape.some(({ kind }) => disabling.has(kind))) return { object, findings: shape };
  const name = isFields(metadata) && typeof metadata["name"] === "string" ? metadata["name"] : undefined;
  const root = name === undefined ? { ...schema, "x-kubernetes-validations": [] } : schema;
  return { object, findings: [...shape, ...ruleFindings({ ...checked, metadata: { name } }, root, [])] };
}
