import type { ModelRollout } from "../../api/types.ts";
import { type InPlaceDeployment, settingsOf } from "../../workloads/in-place/objects.ts";
import { type LintedObject, lint } from "../lint/lint.ts";
import { lintLines } from "../lint/text.ts";
import { type ManifestObject, readDocuments } from "../manifest/documents.ts";
import { Problem } from "../problem.ts";
import { isFields } from "../schema/structural-schema.ts";
import { paint } from "../text/line.ts";
import type { AdoptedDeployment } from "./scene.ts";

export interface PlannedFile {
  /** With their defaults. */
  readonly rollouts: readonly ModelRollout[];
  /** Deployments beside them, by name: one that is adopted often lies in the same file. */
  readonly deployments: ReadonlyMap<string, AdoptedDeployment>;
}

/** Throws Problem (refused) for what the API server would refuse, as `lint` says it, and for a file without any. */
export function plannedFile(text: string, file: string): PlannedFile {
  const documents = readDocuments(text, file);
  const report = lint(documents);
  if (report.objects.length === 0) throw new Problem("refused", `${file} has no ModelRollout`);
  const bad = report.objects.map((object) => ({ ...object, findings: errorsOf(object) }));
  if (bad.some(({ findings }) => findings.length > 0)) {
    const lines = lintLines(file, { objects: bad, others: [] }).map((line) => paint(line, false));
    throw new Problem("refused", "what the API server would refuse cannot be planned", lines.slice(0, -1));
  }
  return {
    rollouts: report.objects.flatMap(({ rollout }) => rollout ?? []),
    deployments: new Map(documents.flatMap(deploymentOf)),
  };
}

const errorsOf = ({ findings }: LintedObject) => findings.filter(({ level }) => level === "error");

/** Of a Deployment that nobody has validated, as much as is readable. */
function deploymentOf({ value }: ManifestObject): readonly (readonly [string, AdoptedDeployment])[] {
  if (!isFields(value) || value["kind"] !== "Deployment") return [];
  const { metadata, spec } = value;
  const name = isFields(metadata) ? metadata["name"] : undefined;
  if (typeof name !== "string" || !isFields(spec)) return [];
  const { replicas } = spec;
  const size = typeof replicas === "number" && Number.isInteger(replicas) && replicas > 0 ? replicas : 1;
  return [[name, { replicas: size, own: settingsOf(value as unknown as InPlaceDeployment) }]];
}
