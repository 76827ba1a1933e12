import { apiVersion, group, kind } from "../../api/group.ts";
import { isFields, type Path } from "../schema/structural-schema.ts";

export interface MetadataFinding {
  readonly path: Path;
  readonly message: string;
}

/** Whether a document is meant to be a ModelRollout, of whatever version. */
export function isModelRollout(value: unknown): boolean {
  if (!isFields(value)) return false;
  const version = value["apiVersion"];
  const ours = typeof version === "string" && version.startsWith(`${group}/`);
  return value["kind"] === kind || ours;
}

/** What is wrong with the part that every object has. The name itself is the definition's own rule. */
export function metadataFindings(value: unknown): readonly MetadataFinding[] {
  const object = isFields(value) ? value : {};
  const findings: MetadataFinding[] = [];
  const say = (path: Path, message: string): void => {
    findings.push({ path, message });
  };
  if (object["apiVersion"] !== apiVersion) say(["apiVersion"], `must be ${apiVersion}`);
  if (object["kind"] !== kind) say(["kind"], `must be ${kind}`);
  const metadata = object["metadata"];
  if (!isFields(metadata))
    return [...findings, { path: ["metadata"], message: "must be an object with a name" }];
  const { name, namespace } = metadata;
  if (typeof name !== "string") say(["metadata", "name"], "is required, and a string");
  if (namespace !== undefined && typeof namespace !== "string")
    say(["metadata", "namespace"], "must be a string");
  for (const field of ["labels", "annotations"])
    findings.push(...pairs(metadata[field], ["metadata", field]));
  return findings;
}

function pairs(value: unknown, path: Path): readonly MetadataFinding[] {
  if (value === undefined || value === null) return [];
  if (!isFields(value)) return [{ path, message: "must be an object" }];
  return Object.entries(value)
    .filter(([, text]) => typeof text !== "string")
    .map(([key, text]) => ({
      path: [...path, key],
      message: `must be a string: write "${String(text)}" in quotes`,
    }));
}
