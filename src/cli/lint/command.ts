import type { ModelRollout } from "../../api/types.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { ExitName } from "../exit-codes.ts";
import { readDocuments } from "../manifest/documents.ts";
import { Problem } from "../problem.ts";
import type { Task } from "../task.ts";
import { paint } from "../text/line.ts";
import { type Finding, type LintedObject, type LintReport, lint } from "./lint.ts";
import { lintLines } from "./text.ts";

/** Checks a file. Throws Problem. */
export async function runLint({ argument, flags, surroundings }: Task): Promise<ExitName> {
  const documents = readDocuments(await surroundings.read(argument), argument);
  const options = flags.alarmWindow === undefined ? {} : { alarmWindowMs: flags.alarmWindow };
  const offline = lint(documents, options);
  if (offline.objects.length === 0) throw withoutAny(argument, offline);
  const report =
    flags.server === true ? await withServer(offline, { argument, flags, surroundings }) : offline;
  const { out } = surroundings;
  const text =
    flags.output === "json"
      ? JSON.stringify({ file: argument, ...jsonOf(report) }, undefined, 2)
      : lintLines(argument, report)
          .map((line) => paint(line, out.colour))
          .join("\n");
  out.write(`${text}\n`);
  const levels = report.objects.flatMap(({ findings }) => findings.map(({ level }) => level));
  return levels.includes("error") || (flags.strict === true && levels.length > 0) ? "refused" : "ok";
}

function withoutAny(file: string, { others }: LintReport): Problem {
  const what = others.length === 0 ? "It is empty." : `It has: ${others.slice(0, 5).join(", ")}.`;
  return new Problem("refused", `${file} has no ModelRollout`, [what]);
}

/** Defaults are of no interest to whoever reads the findings. */
function jsonOf({ objects, others }: LintReport): object {
  return { objects: objects.map((object) => ({ ...object, rollout: undefined })), others };
}

async function withServer(report: LintReport, { flags, surroundings }: Task): Promise<LintReport> {
  const cluster = await surroundings.connect(flags);
  try {
    const objects: LintedObject[] = [];
    for (const object of report.objects) objects.push(await asked(cluster, object));
    return { ...report, objects };
  } finally {
    await cluster.close();
  }
}

/** What the cluster has to say beyond the definition: changes that are not allowed, policies, quotas, the pods. */
async function asked(cluster: Cluster, object: LintedObject): Promise<LintedObject> {
  const { rollout } = object;
  if (rollout === undefined) return object;
  const { namespace = cluster.namespace } = object;
  const placed: ModelRollout = { ...rollout, metadata: { ...rollout.metadata, namespace } };
  const live = await cluster.find(rollout.metadata.name, namespace);
  const trial = await cluster.tryOut(placed, live);
  const say = (path: string, message: string): Finding => ({
    level: "error",
    line: object.line,
    path,
    message,
  });
  if (!trial.ok)
    return { ...object, findings: [...object.findings, ...trial.messages.map((text) => say("", text))] };
  const pods = await cluster.tryPods(trial.object);
  if (pods.ok) return object;
  const findings = pods.messages.map((text) => say("spec.template", `the cluster refuses its pods: ${text}`));
  return { ...object, findings: [...object.findings, ...findings] };
}
