import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Simulator, type SimulatorOptions, startSimulator } from "../test/aws-simulator/simulator.ts";
import { ApiClient } from "../test/control-plane/api-client.ts";
import { type AuditedRequest, readAuditLog } from "../test/control-plane/audit.ts";
import { type ControlPlane, startControlPlane } from "../test/control-plane/control-plane.ts";
import { applyDefinitions, definitionFiles } from "../test/control-plane/manifests.ts";
import { ProcessGroup } from "../test/control-plane/process-group.ts";
import { createIfAbsent } from "../test/control-plane/service-account.ts";
import { createOperatorAccount } from "../test/world/operator-account.ts";
import { type OperatorProcess, startOperator } from "../test/world/operator-process.ts";
import { startWorld, type World } from "../test/world/world.ts";
import { imageEnvironment } from "./image-environment.ts";
import { operatorRequests } from "./kube-requests.ts";

type Flags = Readonly<Record<string, string | false>>;

/** As installed: two replicas would elect one, polls every 10 s, nothing but what an operator of the fleet needs to read. */
export const installed: Flags = {
  namespaces: false,
  "leader-elect": "true",
  "alarm-poll-interval": "10s",
  "drift-poll-interval": "60s",
  "log-level": "info",
};

/** An empty cluster and an empty AWS account for one figure. Everything ends with `close`. */
export type Place = {
  readonly plane: ControlPlane;
  readonly client: ApiClient;
  readonly simulator: Simulator;
  /**
   * Starts the bundle with the flags of an installation, over them `flags`, and Node with those of the image; waits until
   * it leads, unless told not to.
   */
  operator(
    flags?: Flags,
    options?: { readonly standby?: boolean; readonly nodeFlags?: string },
  ): Promise<OperatorProcess>;
  /** What the operator has asked of the API server. */
  requests(from?: number, to?: number): Promise<readonly AuditedRequest[]>;
  close(): Promise<void>;
};

/** Opens a place without pods' surroundings: for rollouts whose targets are outside of the cluster. */
export async function openPlace(options: SimulatorOptions = {}): Promise<Place> {
  const plane = await startControlPlane();
  await applyDefinitions(plane, await definitionFiles());
  const client = new ApiClient(plane.kubeconfigPath, "bench");
  await createIfAbsent(client, "/api/v1/namespaces", { metadata: { name: "bench" } });
  const simulator = await startSimulator({ callLimit: 1_000, ...options });
  const folder = await mkdtemp(join(tmpdir(), "modelrollout-bench-"));
  const group = new ProcessGroup(folder);
  const account = await createOperatorAccount(plane);
  const surroundings = {
    group,
    folder,
    kubeconfig: account.kubeconfigPath,
    namespaces: [],
    awsEndpoint: simulator.endpoint,
    awsAccount: simulator.account,
    awsRegion: simulator.region,
  };
  return {
    plane,
    client,
    simulator,
    operator: async (flags = {}, { standby = false, nodeFlags } = {}) => {
      const started = await startOperator(surroundings, {
        from: "bundle",
        flags: { ...installed, ...flags },
        env: { ...(await imageEnvironment()), ...(nodeFlags !== undefined && { NODE_OPTIONS: nodeFlags }) },
      });
      if (!standby) await started.waitReady();
      return started;
    },
    requests: async (from, to) => operatorRequests(await readAuditLog(plane.auditLogPath), from, to),
    close: async () => {
      await group.close();
      await account.stop();
      await simulator.stop();
      await client.close();
      await plane.stop();
    },
  };
}

/** A place with pods, load balancers and what binds them. */
export type PodPlace = {
  readonly plane: ControlPlane;
  readonly world: World;
  operator(flags?: Flags, options?: { readonly standby?: boolean }): Promise<OperatorProcess>;
  requests(from?: number, to?: number): Promise<readonly AuditedRequest[]>;
  close(): Promise<void>;
};

/** Opens a place whose rollouts have pods (played by kwok) in one namespace. */
export async function openPodPlace(options: SimulatorOptions = {}): Promise<PodPlace> {
  const plane = await startControlPlane();
  await applyDefinitions(plane, await definitionFiles());
  const world = await startWorld({ controlPlane: plane, namespace: "bench", simulator: options });
  return {
    plane,
    world,
    operator: async (flags = {}, { standby = false } = {}) => {
      const started = await world.startOperator({
        from: "bundle",
        flags: { ...installed, ...flags },
        env: await imageEnvironment(),
      });
      if (!standby) await started.waitReady();
      return started;
    },
    requests: async (from, to) => operatorRequests(await readAuditLog(plane.auditLogPath), from, to),
    close: async () => {
      await world.stop();
      await plane.stop();
    },
  };
}
