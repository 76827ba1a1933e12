import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Load } from "../test/aws-simulator/data-plane/load.ts";
import { type ControlPlane, startControlPlane } from "../test/control-plane/control-plane.ts";
import { applyDefinitions, definitionFiles, kubectl } from "../test/control-plane/manifests.ts";
import { ProcessGroup } from "../test/control-plane/process-group.ts";
import type { Edge } from "../test/world/edge.ts";
import type { OperatorProcess } from "../test/world/operator-process.ts";
import type { Rollout } from "../test/world/rollouts.ts";
import { startWorld, type World } from "../test/world/world.ts";
import { rolloutYaml } from "./manifests.ts";

export const rolloutName = "sentiment";
const namespace = "modelrollout-demo";
const requestsPerSecond = 100;

/** The alarms of the demo, and what they watch in a few words. */
export const alarms = {
  "sentiment-5xx": "fires above 2 % of 5xx answers for 3 s",
  "sentiment-p99": "fires when 1 in 100 answers takes over 250 ms",
} as const;

/** Versions that fail, and the share of requests they answer with 500. All others answer every request. */
const failing: Readonly<Record<string, number>> = { v9: 0.8, "v11-bad": 0.8 };

/** Everything the show needs, running. */
export interface Stage {
  readonly world: World;
  readonly edge: Edge;
  readonly operator: OperatorProcess;
  readonly rollout: Rollout;
  /** For people: its context's namespace is the demo's. */
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  /** What clients see; absent until `openToClients`. */
  readonly load: Load | undefined;
  openToClients(): Load;
  /** Writes the YAML of a version. @returns the file's path */
  write(version: string): Promise<string>;
  /** `kubectl apply` of that file, as a user does. */
  apply(version: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a control plane, the AWS simulator, a load balancer with alarms, and the operator. */
export async function openStage(): Promise<Stage> {
  const plane = await startControlPlane();
  try {
    await applyDefinitions(plane, await definitionFiles());
    const world = await startWorld({ controlPlane: plane, namespace });
    try {
      return await furnish(plane, world);
    } catch (error) {
      await world.stop();
      throw error;
    }
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

async function furnish(plane: ControlPlane, world: World): Promise<Stage> {
  const edge = await world.createEdge({ name: rolloutName });
  edge.putErrorRateAlarm({ name: "sentiment-5xx", percent: 2, evaluationPeriods: 3 });
  edge.putLatencyAlarm({ name: "sentiment-p99", ms: 250, evaluationPeriods: 3 });
  for (const [version, errorRate] of Object.entries(failing)) world.servers.behave(version, { errorRate });
  const operator = await world.startOperator({ flags: { "log-level": "info" } });
  await operator.waitReady();
  const folder = await mkdtemp(join(tmpdir(), "modelrollout-demo-"));
  // Removes the folder, also when this process is killed.
  const group = new ProcessGroup(folder);
  const kubeconfigPath = await personalKubeconfig(plane, folder);
  const surroundings = {
    name: rolloutName,
    namespace: world.namespace,
    ruleArn: edge.stack.ruleArn,
    targetGroups: { a: edge.stack.group("a"), b: edge.stack.group("b") },
    alarms: Object.keys(alarms),
  };
  let load: Load | undefined;
  const write = async (version: string): Promise<string> => {
    const file = join(folder, `${version}.yaml`);
    await writeFile(file, rolloutYaml(surroundings, version));
    return file;
  };
  return {
    world,
    edge,
    operator,
    rollout: world.rollouts.of({ name: rolloutName, edge }),
    kubeconfigPath,
    kubectlPath: plane.kubectl,
    get load() {
      return load;
    },
    openToClients: () => (load ??= edge.startLoad({ rps: requestsPerSecond })),
    write,
    apply: async (version) => {
      await kubectl(plane, ["apply", "-f", await write(version)]);
    },
    stop: async () => {
      await group.close();
      // The world deletes its namespace, which is of no use when the control plane goes anyway, or is gone.
      await world.stop().catch(() => undefined);
      await plane.stop();
    },
  };
}

/** The administrator's, with the demo's namespace as the default one. */
async function personalKubeconfig(plane: ControlPlane, folder: string): Promise<string> {
  const file = join(folder, "kubeconfig");
  await writeFile(file, await readFile(plane.kubeconfigPath, "utf8"), { mode: 0o600 });
  await kubectl({ ...plane, kubeconfigPath: file }, [
    "config",
    "set-context",
    "--current",
    `--namespace=${namespace}`,
  ]);
  return file;
}
