import { randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Call } from "../aws-simulator/calls.ts";
import type { StackSpec } from "../aws-simulator/fixtures.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../aws-simulator/simulator.ts";
import { ApiClient, type KubeList, type KubeObject } from "../control-plane/api-client.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { ProcessGroup } from "../control-plane/process-group.ts";
import { createIfAbsent } from "../control-plane/service-account.ts";
import { bindingsPath } from "../target-binder/objects.ts";
import { type PodDirectory, startPodDirectory } from "../target-binder/pod-directory.ts";
import { startTargetBinder } from "../target-binder/target-binder.ts";
import { createEdge, type Edge } from "./edge.ts";
import { createMesh, type Mesh } from "./mesh.ts";
import { createModelServers, type ModelServers } from "./model-servers.ts";
import { createOperatorAccount } from "./operator-account.ts";
import { type OperatorOptions, type OperatorProcess, startOperator } from "./operator-process.ts";
import { type Rollouts, takeFinalizers, watchRollouts } from "./rollouts.ts";
import { startServiceDirectory } from "./service-directory.ts";

/** Where a world lives and what it is like. */
export type WorldOptions = {
  /** With all definitions in it. It is not stopped by the world. */
  readonly controlPlane: Pick<ControlPlane, "kubeconfigPath" | "kubectl">;
  /** Made if it is not there, and deleted at the end. Default: a new one. */
  readonly namespace?: string;
  readonly simulator?: SimulatorOptions;
};

/**
 * Everything around the operator, on loopback: a real control plane, the AWS simulator in real time, load balancers
 * with a data plane whose targets are the cluster's pods, alarms on what it measures, and what the AWS Load Balancer
 * Controller does. Nothing is scripted: a version that answers 500 makes errors, the errors make the alarm.
 */
export type World = {
  readonly namespace: string;
  readonly kubeconfigPath: string;
  readonly kubectl: string;
  /** Of the operator's own account, for a tap. */
  readonly operatorKubeconfigPath: string;
  /** For files of the test; removed at the end. */
  readonly folder: string;
  /** The administrator. */
  readonly client: ApiClient;
  readonly simulator: Simulator;
  readonly pods: PodDirectory;
  readonly servers: ModelServers;
  readonly rollouts: Rollouts;
  createEdge(spec: StackSpec): Promise<Edge>;
  /** A mesh, router and route of this name, and virtual nodes for the Services NAME-a and NAME-b of the namespace. */
  createMesh(name: string): Promise<Mesh>;
  /** Starts the operator; it watches this world's namespace. See `waitReady`. */
  startOperator(options?: OperatorOptions): Promise<OperatorProcess>;
  /** The AWS calls of the operator, oldest first. */
  operatorCalls(operation?: string): readonly Call[];
  /** Ends everything that was started here, and deletes the namespace with all in it (without waiting for it). */
  stop(): Promise<void>;
};

/** How the operator's AWS calls are told from the target binder's. */
const operatorAgent = /\bmodelrollout\//;

/** Starts a world on a control plane. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { kubeconfigPath, kubectl } = options.controlPlane;
  const namespace = options.namespace ?? `world-${randomBytes(4).toString("hex")}`;
  const client = new ApiClient(kubeconfigPath, "modelrollout-test");
  await createIfAbsent(client, "/api/v1/namespaces", { metadata: { name: namespace } });
  const simulator = await startSimulator(options.simulator);
  const folder = await mkdtemp(join(tmpdir(), "modelrollout-world-"));
  const group = new ProcessGroup(folder);
  const [pods, binder, rollouts] = await Promise.all([
    startPodDirectory({ kubeconfigPath }),
    startTargetBinder({
      kubeconfigPath,
      elbEndpoint: simulator.endpoint,
      region: simulator.region,
      namespaces: [namespace],
    }),
    watchRollouts(client, namespace),
  ]);
  const account = await createOperatorAccount(options.controlPlane);
  const operators = new Set<OperatorProcess>();
  const servers = createModelServers(pods);
  simulator.setProbe(servers.probe);
  const edges = new Set<{ stop(): Promise<void> }>();
  const surroundings = {
    group,
    folder,
    kubeconfig: account.kubeconfigPath,
    namespaces: [namespace],
    awsEndpoint: simulator.endpoint,
    awsAccount: simulator.account,
    awsRegion: simulator.region,
  };
  return {
    namespace,
    kubeconfigPath,
    kubectl,
    operatorKubeconfigPath: account.kubeconfigPath,
    folder,
    client,
    simulator,
    pods,
    servers,
    rollouts,
    createEdge: async (spec) => {
      const edge = await createEdge(simulator, servers, spec);
      edges.add(edge);
      return edge;
    },
    createMesh: async (name) => {
      const services = await startServiceDirectory(client, namespace);
      edges.add(services);
      const mesh = await createMesh(simulator, servers, services, { name, namespace });
      edges.add(mesh);
      return mesh;
    },
    startOperator: async (operator) => {
      const started = await startOperator(surroundings, operator);
      operators.add(started);
      return started;
    },
    operatorCalls: (operation) =>
      simulator.calls.filter(
        (call) =>
          operatorAgent.test(call.userAgent) && (operation === undefined || call.operation === operation),
      ),
    stop: async () => {
      await Promise.all([...operators].map(end));
      await keepLogs(folder);
      await group.close();
      await account.stop();
      await Promise.all([...edges].map((edge) => edge.stop()));
      await Promise.all([binder.stop(), pods.stop(), simulator.stop()]);
      await rollouts.release();
      await rollouts.stop();
      await emptyNamespace(client, namespace);
      await client.close();
    },
  };
}

/** In order, so that the next operator need not wait for the Lease; the process group ends one that does not. */
async function end(operator: OperatorProcess): Promise<void> {
  operator.signal("SIGCONT");
  operator.signal("SIGTERM");
  await Promise.race([operator.ended, sleep(10_000, undefined, { ref: false })]);
}

/** `MODELROLLOUT_TEST_LOGS=FOLDER` keeps what the operators have written, for whoever looks for the cause of a failure. */
async function keepLogs(folder: string): Promise<void> {
  const keepIn = process.env["MODELROLLOUT_TEST_LOGS"];
  if (keepIn === undefined || keepIn === "") return;
  await mkdir(keepIn, { recursive: true });
  for (const file of await readdir(folder)) await copyFile(join(folder, file), join(keepIn, file));
}

/** Nobody is left who would take the binder's finalizers off. */
async function emptyNamespace(client: ApiClient, namespace: string): Promise<void> {
  await client.delete(`/api/v1/namespaces/${namespace}`);
  const path = `${bindingsPath}/namespaces/${namespace}/targetgroupbindings`;
  const { items } = await client.get<KubeList<KubeObject>>(path);
  for (const binding of items) await takeFinalizers(client, path, binding);
}
