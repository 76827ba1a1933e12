import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Load } from "../test/aws-simulator/data-plane/load.ts";
import { type ControlPlane, startControlPlane } from "../test/control-plane/control-plane.ts";
import { applyDefinitions, definitionFiles, kubectl } from "../test/control-plane/manifests.ts";
import { ProcessGroup } from "../test/control-plane/process-group.ts";
import type { OperatorProcess } from "../test/world/operator-process.ts";
import type { Rollout } from "../test/world/rollouts.ts";
import { startWorld, type World } from "../test/world/world.ts";
import { openTraffic } from "./traffic/open-traffic.ts";
import type { Traffic, TrafficKind } from "./traffic/traffic.ts";

const rolloutName = "sentiment";
const namespace = "modelrollout-demo";
const requestsPerSecond = 100;

/** Versions that fail, and the share of requests they answer with 500. All others answer every request. */
const failing: Readonly<Record<string, number>> = { v9: 0.8, "v11-bad": 0.8 };

/** Everything the show needs, running. */
export interface Stage {
  readonly world: World;
  readonly traffic: Traffic;
  readonly operator: OperatorProcess;
  readonly rollout: Omit<Rollout, "apply">;
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

/** Starts a control plane, the AWS simulator, what carries the traffic, alarms, and the operator. */
export async function openStage(kind: TrafficKind): Promise<Stage> {
  const plane = await startControlPlane();
  try {
    await applyDefinitions(plane, await definitionFiles());
    const world = await startWorld({ controlPlane: plane, namespace });
    try {
      return await furnish(plane, world, kind);
    } catch (error) {
      await world.stop();
      throw error;
    }
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

async function furnish(plane: ControlPlane, world: World, kind: TrafficKind): Promise<Stage> {
  const traffic = await openTraffic(kind, plane, world, rolloutName);
  for (const [version, errorRate] of Object.entries(failing)) world.servers.behave(version, { errorRate });
  const operator = await world.startOperator({ flags: { "log-level": "info" } });
  await operator.waitReady();
  const folder = await mkdtemp(join(tmpdir(), "modelrollout-demo-"));
  // Removes the folder, also when this process is killed.
  const group = new ProcessGroup(folder);
  const kubeconfigPath = await personalKubeconfig(plane, folder);
  let load: Load | undefined;
  const write = async (version: string): Promise<string> => {
    const file = join(folder, `${version}.yaml`);
    await writeFile(file, traffic.manifest(version));
    return file;
  };
  return {
    world,
    traffic,
    operator,
    rollout: world.rollouts.named(rolloutName),
    kubeconfigPath,
    kubectlPath: plane.kubectl,
    get load() {
      return load;
    },
    openToClients: () => (load ??= traffic.startLoad(requestsPerSecond)),
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
