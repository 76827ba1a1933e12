import { nearest } from "../../config/nearest.ts";
import type { Finding } from "./finding.ts";
import {
  childrenOf,
  isFields,
  type JsonFields,
  type Path,
  type StructuralSchema,
} from "./structural-schema.ts";

/** Everything about a value that its schema says, the rules in CEL apart. `value` has its defaults. */
export function shapeFindings(value: unknown, schema: StructuralSchema, path: Path): readonly Finding[] {
  const wrongType = typeFinding(value, schema, path);
  if (wrongType !== undefined) return [wrongType];
  return [
    ...valueFindings(value, schema, path),
    ...(Array.isArray(value) ? listFindings(value, schema, path) : []),
    ...(isFields(value) ? fieldFindings(value, schema, path) : []),
    ...childrenOf(value, schema, path).flatMap(([child, below, at]) => shapeFindings(child, below, at)),
  ];
}

const nouns: Readonly<Record<string, string>> = {
  object: "an object",
  array: "a list",
  string: "a string",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
};

function typeFinding(value: unknown, schema: StructuralSchema, path: Path): Finding | undefined {
  const { type } = schema;
  const mixed = schema["x-kubernetes-int-or-string"] === true;
  const fits = mixed ? Number.isInteger(value) || typeof value === "string" : isOf(value, type);
  if (fits) return undefined;
  const wanted = mixed ? "a whole number or a string" : (nouns[type ?? ""] ?? "something else");
  const hint = type === "string" ? quotesHint(value) : "";
  return { path, kind: "type", message: `must be ${wanted}, not ${shown(value)}${hint}` };
}

function quotesHint(value: unknown): string {
  if (typeof value === "number") return `: write "${value}" in quotes if that is meant`;
  if (typeof value !== "boolean") return "";
  const words = value ? "y, yes, on and true" : "n, no, off and false";
  return `: put the text in quotes, YAML reads ${words} as ${value}`;
}

function isOf(value: unknown, type: StructuralSchema["type"]): boolean {
  switch (type) {
    case "object":
      return isFields(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "string":
    case "number":
    case "boolean":
      return typeof value === type;
    case undefined:
      return true;
  }
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isFields(value)) return "an object";
  return JSON.stringify(value);
}

function valueFindings(value: unknown, schema: StructuralSchema, path: Path): readonly Finding[] {
  const findings: Finding[] = [];
  const bound = (message: string): void => {
    findings.push({ path, kind: "bounds", message });
  };
  const { minimum, maximum, minLength, maxLength } = schema;
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    const words = schema.enum.map(String);
    const meant = nearest(String(value), words);
    const hint = meant === undefined ? "" : `: did you mean ${meant}?`;
    const message = `must be one of ${words.join(", ")}, not ${shown(value)}${hint}`;
    findings.push({ path, kind: "unsupported", message });
  }
  if (typeof value === "number") {
    if (minimum !== undefined && value < minimum) bound(`must be at least ${minimum}, not ${value}`);
    if (maximum !== undefined && value > maximum) bound(`must be at most ${maximum}, not ${value}`);
  }
  if (typeof value === "string") {
    // The API server counts code points.
    const length = Array.from(value).length;
    if (minLength !== undefined && length < minLength) bound("must not be empty");
    if (maxLength !== undefined && length > maxLength) {
      findings.push({
        path,
        kind: "too-many",
        message: `must have at most ${maxLength} characters, not ${length}`,
      });
    }
  }
  return findings;
}

function listFindings(value: readonly unknown[], schema: StructuralSchema, path: Path): readonly Finding[] {
  const { minItems, maxItems } = schema;
  const findings: Finding[] = [];
  if (minItems !== undefined && value.length < minItems) {
    findings.push({ path, kind: "bounds", message: `must have at least ${minItems} item(s)` });
  }
  if (maxItems !== undefined && value.length > maxItems) {
    findings.push({
      path,
      kind: "too-many",
      message: `must have at most ${maxItems} items, not ${value.length}`,
    });
  }
  return [...findings, ...duplicates(value, schema["x-kubernetes-list-map-keys"], path)];
}

function duplicates(
  value: readonly unknown[],
  keys: readonly string[] | undefined,
  path: Path,
): readonly Finding[] {
  if (keys === undefined) return [];
  const seen = new Map<string, number>();
  return value.flatMap((item, index) => {
    if (!isFields(item)) return [];
    const name = JSON.stringify(keys.map((key) => item[key] ?? null));
    const before = seen.get(name);
    if (before === undefined) seen.set(name, index);
    const what = `has the same ${keys.join(" and ")} as item ${before}`;
    return before === undefined
      ? []
      : [{ path: [...path, index], kind: "duplicate", message: what } as const];
  });
}

function fieldFindings(value: JsonFields, schema: StructuralSchema, path: Path): readonly Finding[] {
  const { required = [], properties = {}, additionalProperties, minProperties, maxProperties } = schema;
  const findings: Finding[] = required
    .filter((key) => !Object.hasOwn(value, key))
    .map((key) => ({ path: [...path, key], kind: "required", message: "is required" }));
  const count = Object.keys(value).length;
  if (minProperties !== undefined && count < minProperties) {
    findings.push({ path, kind: "bounds", message: `must have at least ${minProperties} entry` });
  }
  if (maxProperties !== undefined && count > maxProperties) {
    findings.push({
      path,
      kind: "too-many",
      message: `must have at most ${maxProperties} entries, not ${count}`,
    });
  }
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true || additionalProperties !== undefined;
  if (open) return findings;
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(properties, key));
  return [...findings, ...unknown.map((key) => unknownField(key, Object.keys(properties), path))];
}

function unknownField(key: string, names: readonly string[], path: Path): Finding {
  const meant = nearest(key, names);
  const hint = meant === undefined ? `the fields here are ${names.join(", ")}` : `did you mean ${meant}?`;
  return { path: [...path, key], kind: "unknown", message: `is no field of a ModelRollout: ${hint}` };
}
