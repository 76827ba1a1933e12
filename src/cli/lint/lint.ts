import type { ModelRollout } from "../../api/types.ts";
import type { ManifestObject } from "../manifest/documents.ts";
import { isFields, type Path, pathText } from "../schema/structural-schema.ts";
import { validate } from "../schema/validate.ts";
import { type AdviceOptions, adviceFor } from "./advice.ts";
import { isModelRollout, metadataFindings } from "./metadata.ts";

/** One thing that `lint` says. */
export interface Finding {
  readonly level: "error" | "warning";
  /** Line of the file, from 1. */
  readonly line: number;
  /** `spec.strategy.steps[0].hold` */
  readonly path: string;
  readonly message: string;
}

/** One ModelRollout of a file. */
export interface LintedObject {
  readonly name?: string;
  readonly namespace?: string;
  readonly line: number;
  readonly findings: readonly Finding[];
  /** With defaults; absent when it has errors. */
  readonly rollout?: ModelRollout;
}

export interface LintReport {
  readonly objects: readonly LintedObject[];
  /** Documents of other kinds, which were not looked at: `Deployment sentiment`. */
  readonly others: readonly string[];
}

/** Looks at every ModelRollout among the documents of a file. */
export function lint(documents: readonly ManifestObject[], options: AdviceOptions = {}): LintReport {
  const ours = documents.filter(({ value }) => isModelRollout(value));
  const objects = ours.map((document) => lintObject(document, options));
  return {
    objects: withRivals(objects, ours),
    others: documents.filter(({ value }) => !isModelRollout(value)).map(({ value }) => titleOf(value)),
  };
}

function lintObject(document: ManifestObject, options: AdviceOptions): LintedObject {
  const { value } = document;
  const { object, findings } = validate(value);
  const say = (level: Finding["level"], path: Path, message: string): Finding => ({
    level,
    line: document.lineOf(path),
    path: pathText(path),
    message,
  });
  const errors = [...metadataFindings(value), ...findings].map(({ path, message }) =>
    say("error", path, message),
  );
  const names = namesOf(value);
  if (errors.length > 0) return { ...names, line: document.line, findings: errors };
  const rollout = object as ModelRollout;
  const advice = adviceFor(rollout.spec, options).map(({ path, message }) => say("warning", path, message));
  const byLine = advice.toSorted((left, right) => left.line - right.line);
  return { ...names, line: document.line, findings: byLine, rollout };
}

function namesOf(value: unknown): Pick<LintedObject, "name" | "namespace"> {
  const metadata = isFields(value) && isFields(value["metadata"]) ? value["metadata"] : {};
  const { name, namespace } = metadata;
  return {
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof namespace === "string" ? { namespace } : {}),
  };
}

function titleOf(value: unknown): string {
  const kind =
    isFields(value) && typeof value["kind"] === "string" ? value["kind"] : "a document without a kind";
  const { name } = namesOf(value);
  return name === undefined ? kind : `${kind} ${name}`;
}

/** Two objects of one file that want the same rule: the younger would be Blocked. */
function withRivals(
  objects: readonly LintedObject[],
  documents: readonly ManifestObject[],
): readonly LintedObject[] {
  const drivers = new Map<string, string>();
  return objects.map((object, index) => {
    const rules = object.rollout?.spec.traffic.alb?.rules ?? [];
    const found: Finding[] = [];
    for (const [at, { arn }] of rules.entries()) {
      const path: Path = ["spec", "traffic", "alb", "rules", at, "arn"];
      const other = drivers.get(arn);
      const message = `ModelRollout ${other} drives the same rule: one of the two would be Blocked`;
      const line = documents[index]?.lineOf(path) ?? object.line;
      if (other === undefined) drivers.set(arn, object.name ?? "");
      else found.push({ level: "error", line, path: pathText(path), message });
    }
    return found.length === 0 ? object : { ...object, findings: [...object.findings, ...found] };
  });
}
