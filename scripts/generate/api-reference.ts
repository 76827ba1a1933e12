import { resourceSchema } from "../../src/api/crd/definition.ts";
import type { JsonObject } from "../../src/api/crd/structural.ts";
import { apiVersion, kind } from "../../src/api/group.ts";
import { presets } from "../../src/api/presets.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { code, notice, table } from "./markdown.ts";

interface Field {
  readonly path: string;
  readonly schema: JsonObject;
  readonly required: boolean;
}

function record(value: unknown): JsonObject {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** All fields below a schema, depth first, in the order of the schema. */
function fieldsBelow(schema: JsonObject, path: string): readonly Field[] {
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  return Object.entries(record(schema["properties"])).flatMap(([name, value]) => {
    const field = record(value);
    const here = path === "" ? name : `${path}.${name}`;
    const items = record(field["items"]);
    const below = field["type"] === "array" ? fieldsBelow(items, `${here}[]`) : fieldsBelow(field, here);
    return [{ path: here, schema: field, required: required.has(name) }, ...below];
  });
}

function words(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

function typeOf(schema: JsonObject): string {
  if (schema["x-kubernetes-int-or-string"] === true) {
    return "number or string";
  }
  if (schema["type"] === "array") {
    return `list of ${typeOf(record(schema["items"]))}`;
  }
  if (schema["additionalProperties"] !== undefined) {
    return "map of strings";
  }
  const names: Record<string, string> = { integer: "whole number", boolean: "true or false" };
  const type = words(schema["type"]);
  return schema["format"] === "date-time" ? "time" : (names[type] ?? type);
}

function facts({ schema, required }: Field): string {
  const allowed = schema["enum"];
  const { minimum, maximum, maxItems, minItems } = schema;
  const lines = [
    required ? "Required." : "",
    Array.isArray(allowed) && allowed.length > 1
      ? `One of ${allowed.map((word) => code(words(word))).join(", ")}.`
      : "",
    minimum === undefined || maximum === undefined ? "" : `${words(minimum)} to ${words(maximum)}.`,
    maxItems === undefined
      ? ""
      : `${minItems === undefined ? "" : `At least ${words(minItems)}, `}${minItems === undefined ? "At" : "at"} most ${words(maxItems)}.`,
  ];
  return [words(schema["description"]), ...lines].filter((line) => line !== "").join(" ");
}

function fieldTable(schema: JsonObject, path: string, withFacts: boolean): string {
  const rows = fieldsBelow(schema, path).map((field) => [
    code(field.path),
    typeOf(field.schema),
    withFacts ? facts(field) : words(field.schema["description"]),
  ]);
  return table(["Field", "Type", "Meaning"], rows);
}

/** Every rule with its place, parents first. */
function rulesBelow(schema: JsonObject): readonly string[] {
  const own = schema["x-kubernetes-validations"];
  const messages = Array.isArray(own) ? own.map((rule) => words(record(rule)["message"])) : [];
  const parts = [...Object.values(record(schema["properties"])), schema["items"]];
  return [
    ...messages,
    ...parts.filter((part) => part !== undefined).flatMap((part) => rulesBelow(record(part))),
  ];
}

function render(): string {
  const root = resourceSchema();
  const { spec, status } = record(root["properties"]);
  const presetRows = Object.entries(presets).map(([name, steps]) => [
    code(name),
    steps.map(({ weight, hold }) => `${weight} % for ${hold}`).join(", "),
  ]);
  return `${[
    notice,
    `# ${kind} (${apiVersion})`,
    words(root["description"]),
    `\`kubectl explain modelrollout.spec --recursive\` says the same on a cluster. Durations are Go-style: \`90s\`, \`10m\`, \`1h30m\`.`,
    "## spec",
    fieldTable(record(spec), "spec", true),
    "## Presets",
    "Each is followed by the implied step of 100 % with the same hold, unless it ends with 100 %.",
    table(["Preset", "Steps"], presetRows),
    "## Rules",
    "The API server refuses a resource that breaks one of these, with this message.",
    [...new Set(rulesBelow(root))].map((message) => `- ${message}`).join("\n"),
    "## status",
    fieldTable(record(status), "status", false),
  ].join("\n\n")}\n`;
}

export const apiReference: GeneratedFile = { path: "docs/reference/api.md", render };
