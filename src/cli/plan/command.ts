import { formatDuration } from "../../api/duration.ts";
import { specContent } from "../../api/revision.ts";
import type { ModelRollout } from "../../api/types.ts";
import type { WantedRevision } from "../../core/observed.ts";
import { resolveWanted } from "../../workloads/slots/revisions.ts";
import type { Cluster, RolloutObject } from "../cluster/cluster.ts";
import type { ExitName } from "../exit-codes.ts";
import { Problem } from "../problem.ts";
import type { Task } from "../task.ts";
import { paint } from "../text/line.ts";
import { type Change, changeOf } from "./change.ts";
import { type PlannedFile, plannedFile } from "./file.ts";
import { startGates } from "./gates.ts";
import { type Beginning, playOf } from "./report.ts";
import { usualSettings } from "./rolled.ts";
import { type SceneOptions, usualDeployment, wantedOf } from "./scene.ts";
import { type PlanReport, planLines } from "./text.ts";

const DEFAULT_POD_START_MS = 60_000;

/** Plays every ModelRollout of a file through. Throws Problem. */
export async function runPlan(task: Task): Promise<ExitName> {
  const { argument, flags, surroundings } = task;
  const file = plannedFile(await surroundings.read(argument), argument);
  const wanted = file.rollouts.map((rollout) => [rollout, optionsFor(rollout, task, file)] as const);
  const reports =
    flags.server === true
      ? await withCluster(task, async (cluster) => {
          const answers: PlanReport[] = [];
          for (const [rollout, options] of wanted) {
            answers.push(await asked(cluster, rollout, options, surroundings.clock.now()));
          }
          return answers;
        })
      : wanted.map(([rollout, options]) => unasked(rollout, options));
  const { out } = surroundings;
  if (flags.output === "json")
    out.write(`${JSON.stringify({ file: argument, plans: reports }, undefined, 2)}\n`);
  else {
    const lines = reports.flatMap((report, index) => [...(index === 0 ? [] : [[]]), ...planLines(report)]);
    out.write(`${lines.map((line) => paint(line, out.colour)).join("\n")}\n`);
  }
  return "ok";
}

/** What is assumed of the Deployment that a ModelRollout adopts: as said, else as it lies in the same file. */
function optionsFor({ spec }: ModelRollout, { flags }: Task, { deployments }: PlannedFile): SceneOptions {
  const own = spec.workloadRef === undefined ? undefined : deployments.get(spec.workloadRef.name);
  const said =
    flags.replicas === undefined ? own : { own: own?.own ?? usualSettings, replicas: flags.replicas };
  return {
    podStartMs: flags.podStart ?? DEFAULT_POD_START_MS,
    ...(said === undefined ? {} : { deployment: said }),
  };
}

async function withCluster<T>(
  { flags, surroundings }: Task,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const cluster = await surroundings.connect(flags);
  try {
    return await use(cluster);
  } finally {
    await cluster.close();
  }
}

function unasked(rollout: ModelRollout, options: SceneOptions): PlanReport {
  return {
    name: rollout.metadata.name,
    ...(rollout.metadata.namespace === undefined ? {} : { namespace: rollout.metadata.namespace }),
    columns: columnsOf(rollout),
    play: playOf(rollout, { kind: "settled", wanted: wantedOf(rollout.spec), now: 0 }, options),
    assumed: [
      "Assumed: another version runs and is settled; --server looks at the live object instead.",
      ...assumptions(rollout, options),
    ],
  };
}

function assumptions({ spec }: ModelRollout, { podStartMs, deployment }: SceneOptions): readonly string[] {
  const pods = spec.template !== undefined || spec.workloadRef !== undefined;
  const unknown = spec.workloadRef !== undefined && deployment === undefined;
  const all = [
    ...(unknown
      ? [`Deployment ${spec.workloadRef.name} has ${usualDeployment.replicas} replicas (--replicas)`]
      : []),
    ...(pods ? [`a new pod serves after ${formatDuration(podStartMs)} (--pod-start)`] : []),
    ...(spec.workloadRef === undefined ? [] : ["the admission policies are installed"]),
    ...((spec.analysis?.alarms ?? []).length > 0 ? ["alarms stay quiet"] : []),
    "Kubernetes and AWS answer at once",
  ];
  return [`Assumed: ${all.join(", ")}.`];
}

/** Asks the cluster what would be stored and what is there; nothing is changed. */
async function asked(
  cluster: Cluster,
  given: ModelRollout,
  options: SceneOptions,
  now: number,
): Promise<PlanReport> {
  const namespace = given.metadata.namespace ?? cluster.namespace;
  const { name } = given.metadata;
  const live = await cluster.find(name, namespace);
  if (live?.metadata.deletionTimestamp !== undefined) {
    throw new Problem(
      "refused",
      `ModelRollout ${name} in ${namespace} is being deleted: nothing is released any more`,
    );
  }
  const trial = await cluster.tryOut({ ...given, metadata: { ...given.metadata, namespace } }, live);
  if (!trial.ok) throw new Problem("refused", `the cluster refuses ModelRollout ${name}`, trial.messages);
  const planned: RolloutObject =
    live?.status === undefined ? trial.object : { ...trial.object, status: live.status };
  const wanted = await wantedRevision(cluster, planned, live);
  const change = changeOf(planned, live, wanted);
  const [pods, taken, adopted] = await Promise.all([
    cluster.tryPods(planned),
    cluster.takenNames(planned),
    cluster.adopted(planned),
  ]);
  const known = adopted === undefined ? options : { ...options, deployment: adopted };
  const beginning = beginningOf(planned, wanted, now);
  return {
    name,
    namespace,
    change,
    ...(starts(change)
      ? { gates: startGates({ planned, pods, ...(live ? { live } : {}), ...(taken ? { taken } : {}) }) }
      : {}),
    columns: columnsOf(planned),
    play: playOf(planned, beginning, known),
    assumed: [...beginningText(beginning, planned), ...assumptions(planned, known)],
  };
}

/** The name that the operator would give the revision: one that is kept already keeps its name. */
async function wantedRevision(
  cluster: Cluster,
  planned: RolloutObject,
  live: RolloutObject | undefined,
): Promise<WantedRevision> {
  const content = specContent(planned.spec);
  const stored = live === undefined || content === undefined ? [] : ((await cluster.revisions(live)) ?? []);
  return content === undefined ? wantedOf(planned.spec) : resolveWanted(content, stored);
}

const starts = ({ kind }: Change): boolean => kind === "create" || kind === "release" || kind === "supersede";

function beginningOf(planned: RolloutObject, wanted: WantedRevision, now: number): Beginning {
  const { stable, canary } = planned.status ?? {};
  if (planned.spec.workloadRef === undefined)
    return { kind: stable === undefined ? "empty" : "live", wanted, now };
  // The file of an adopted Deployment names no revision: the one under way goes on, or any next one is shown.
  const underWay = canary !== undefined && stable !== undefined;
  return underWay
    ? { kind: "live", wanted: { ...wanted, revision: canary.revision }, now }
    : { kind: "settled", wanted, now };
}

function beginningText({ kind }: Beginning, { spec }: ModelRollout): readonly string[] {
  if (kind === "empty" && spec.traffic.rollingUpdate === undefined) {
    return [
      "Assumed: no target is registered in any group yet. Where targets carry traffic already, they are the stable version, and the first revision goes through all the steps.",
    ];
  }
  return kind === "settled" ? ["Assumed: the Deployment's present version is settled."] : [];
}

function columnsOf({ spec }: ModelRollout): PlanReport["columns"] {
  return spec.traffic.rollingUpdate === undefined ? ["A", "B"] : ["OLD", "NEW"];
}
