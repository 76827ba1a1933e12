import { mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Load } from "../aws-simulator/data-plane/load.ts";
import { pluginFolder } from "../cli/plugin.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { kubectl } from "../control-plane/manifests.ts";
import { ProcessGroup } from "../control-plane/process-group.ts";
import type { Edge } from "./edge.ts";
import { startWorld, type World } from "./world.ts";

/** What a playground has when somebody comes. */
export type PlaygroundOptions = {
  readonly controlPlane: Pick<ControlPlane, "kubeconfigPath" | "kubectl">;
  /** Default `models`. */
  readonly namespace?: string;
  /** A service that is no pod of the cluster answers behind group a already. Default: nobody does. */
  readonly service?: boolean;
};

/**
 * A world for people and for the commands of docs/: the operator, and one load balancer `sentiment` with a rule, two
 * target groups, clients and the alarm `sentiment-5xx`. Version v3 answers most requests with 500, all others with 200.
 */
export type Playground = {
  readonly world: World;
  readonly edge: Edge;
  /** Variables for a shell: kubectl, the plugin and the SDK find the playground, and manifests their ARNs. */
  readonly variables: Readonly<Record<string, string>>;
  /** A file that sets the variables, for `.` in a shell. */
  readonly environmentFile: string;
  stop(): Promise<void>;
};

const failing = "v3";
const requestsPerSecond = 50;
const oldService = { id: "192.0.2.30", port: 8080 };

/** Starts a playground on a control plane that has all definitions. */
export async function startPlayground(options: PlaygroundOptions): Promise<Playground> {
  const { controlPlane, namespace = "models" } = options;
  const world = await startWorld({ controlPlane, namespace });
  try {
    return await furnish(world, options.service === true);
  } catch (error) {
    await world.stop();
    throw error;
  }
}

async function furnish(world: World, service: boolean): Promise<Playground> {
  const edge = await world.createEdge({ name: "sentiment", weights: { a: 1, b: 0 } });
  edge.putErrorRateAlarm({ name: "sentiment-5xx", percent: 2, evaluationPeriods: 3 });
  world.servers.behave(failing, { errorRate: 0.8 });
  if (service) {
    world.servers.setOutside(oldService.id, { version: "old" });
    world.simulator.elb.registerTargets(edge.stack.group("a"), [oldService]);
  }
  const operator = await world.startOperator({ flags: { "log-level": "info" } });
  await operator.waitReady();
  const load: Load = edge.startLoad({ rps: requestsPerSecond });
  const folder = await mkdtemp(join(tmpdir(), "modelrollout-playground-"));
  // Removes the folder, also when this process is killed.
  const group = new ProcessGroup(folder);
  const plugin = await pluginFolder();
  await symlink(world.kubectl, join(folder, "kubectl"));
  const variables = {
    KUBECONFIG: await kubeconfigIn(folder, world),
    AWS_ENDPOINT_URL: world.simulator.endpoint,
    AWS_REGION: world.simulator.region,
    AWS_ACCESS_KEY_ID: world.simulator.account,
    AWS_SECRET_ACCESS_KEY: "simulated",
    RULE: edge.stack.ruleArn,
    GROUP_A: edge.stack.group("a"),
    GROUP_B: edge.stack.group("b"),
    URL: edge.url,
  };
  const path = [folder, plugin.path.split(delimiter)[0] ?? ""];
  const environmentFile = join(folder, "environment");
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
  await writeFile(
    environmentFile,
    `${[...lines, `export PATH=${path.map(quoted).join(delimiter)}${delimiter}"$PATH"`].join("\n")}\n`,
  );
  return {
    world,
    edge,
    variables,
    environmentFile,
    stop: async () => {
      await load.stop();
      await plugin.dispose();
      await group.close();
      await world.stop();
    },
  };
}

/** The administrator's, with the world's namespace as the default one. */
async function kubeconfigIn(folder: string, world: World): Promise<string> {
  const file = join(folder, "kubeconfig");
  await writeFile(file, await readFile(world.kubeconfigPath, "utf8"), { mode: 0o600 });
  const args = ["config", "set-context", "--current", `--namespace=${world.namespace}`];
  await kubectl({ kubectl: world.kubectl, kubeconfigPath: file }, args);
  return file;
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
