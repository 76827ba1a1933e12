import { afterAll, afterEach, beforeAll, inject } from "vitest";
import { apiVersion, kind, plural } from "../../src/api/group.ts";
import type { ModelRollout, ModelRolloutSpec } from "../../src/api/types.ts";
import { ApiError, type KubeObject } from "../control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { eventually } from "../control-plane/eventually.ts";
import { kubectl } from "../control-plane/manifests.ts";
import type { Edge } from "../world/edge.ts";
import type { OperatorOptions, OperatorProcess } from "../world/operator-process.ts";
import type { Rollout } from "../world/rollouts.ts";
import { startWorld, type World } from "../world/world.ts";
import { install, operatorAccount } from "./in-place-shared.ts";
import { approvals, type PodWatch, type UserDeployment, watchPods } from "./in-place-world.ts";

/** What a user has in Git, but for the parts that every test has. */
export type OwnedSpec = Partial<ModelRolloutSpec> & {
  /** Tag of the image, and version of the model. */
  readonly version: string;
  /** Of the pods. */
  readonly annotations?: Readonly<Record<string, string>>;
};

/** One rollout with a Deployment that the operator makes, and the hands of the people and tools around it. */
export type Owned = {
  readonly name: string;
  readonly rollout: Rollout;
  readonly pods: PodWatch;
  /** Server-side apply of the ModelRollout by the manager `user`. */
  apply(spec: OwnedSpec): Promise<ModelRollout>;
  /** The Deployment; an ApiError when it is not there. */
  deployment(): Promise<UserDeployment>;
  /** Undefined when it is not there. */
  find(): Promise<UserDeployment | undefined>;
  /** Somebody else's merge patch of the Deployment. */
  meddle(patch: object): Promise<void>;
  /** Waits until exactly so many pods of each version exist, all Ready. */
  settled(versions: Readonly<Record<string, number>>): Promise<void>;
  /** Waits for a version to be in AwaitingApproval, at a step (from 1). */
  waitsAt(version: string, step?: number): Promise<ModelRollout>;
  /** Approves what is waited for. */
  approve(): Promise<void>;
  abort(): Promise<void>;
  kubectl(...args: string[]): Promise<string>;
};

/** A namespace with an operator in it. */
export type OwnedWorld = {
  readonly world: World;
  readonly operator: OperatorProcess;
  /** Starts another process of the operator, with other settings where they are given. */
  restart(options?: OperatorOptions): Promise<OperatorProcess>;
  /** A rollout that is not applied yet. */
  of(name: string): Promise<Owned>;
  /** With its first version (v1) stable and settled. */
  stable(name: string, spec?: Partial<OwnedSpec>): Promise<Owned>;
};

/** Pods that take this long to get Ready. */
export const slow = (delay: string): Readonly<Record<string, string>> => ({
  "modelrollout.dev/test-ready-delay": delay,
});

/** The spec of a version; four pods and a step of 50 % that waits for a person, unless said otherwise. */
export function ownedSpec(name: string, { version, annotations, ...spec }: OwnedSpec): ModelRolloutSpec {
  const labels = { app: name };
  return {
    replicas: 4,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels, ...(annotations === undefined ? {} : { annotations }) },
      spec: { containers: [{ name: "server", image: `registry.example/${name}:${version}` }] },
    },
    model: { name, version, uri: `s3://models/${name}/${version}` },
    traffic: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    ...approvals(50),
    ...spec,
  };
}

/** Gives the file a world; with `policies` on a control plane of its own where those of deploy/ are installed. */
export function useOwned(policies: boolean): OwnedWorld {
  let world: World | undefined;
  let operator: OperatorProcess | undefined;
  let plane: Pick<ControlPlane, "kubectl" | "kubeconfigPath"> | undefined;
  let own: ControlPlane | undefined;
  let identity: Pick<OperatorOptions, "kubeconfig"> = {};
  const made: Owned[] = [];
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the world is there in hooks and tests only");
    return value;
  };
  const restart = async (options: OperatorOptions = {}): Promise<OperatorProcess> => {
    operator = await present(world).startOperator({ ...identity, ...options });
    await operator.waitReady();
    return operator;
  };
  beforeAll(async () => {
    own = policies ? await startControlPlane() : undefined;
    plane = own ?? inject("controlPlane");
    if (own) await install(own);
    identity = own ? { kubeconfig: await own.kubeconfigFor(operatorAccount) } : {};
    world = await startWorld({ controlPlane: plane });
    await restart();
  });
  afterEach(async () => {
    for (const each of made.splice(0)) await each.pods.stop();
    await world?.rollouts.deleteAll();
  });
  afterAll(async () => {
    await world?.stop();
    await own?.stop();
  });
  const of = async (name: string): Promise<Owned> => {
    const each = await ownedOf(present(world), async (args) => await kubectl(present(plane), args), name);
    made.push(each);
    return each;
  };
  return {
    get world() {
      return present(world);
    },
    get operator() {
      return present(operator);
    },
    restart,
    of,
    stable: async (name, spec = {}) => {
      const it = await of(name);
      await it.apply({ version: "v1", ...spec });
      await it.rollout.waitForReady();
      await it.settled({ v1: spec.replicas ?? 4 });
      it.pods.reset();
      return it;
    },
  };
}

async function ownedOf(
  world: World,
  run: (args: readonly string[]) => Promise<string>,
  name: string,
): Promise<Owned> {
  const { client, namespace } = world;
  const rollout = world.rollouts.of({ name, edge: {} as Edge });
  const pods = await watchPods(client, namespace, name);
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
  const it: Owned = {
    name,
    rollout,
    pods,
    apply: async (spec) => {
      const to = `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`;
      const body = { apiVersion, kind, metadata: { name }, spec: ownedSpec(name, spec) };
      const written = await client.patch<ModelRollout & KubeObject>(
        `${to}?fieldManager=user&force=true`,
        "apply",
        body,
      );
      const { generation } = written.metadata;
      return await rollout.waitFor(
        "the watch has seen it",
        ({ metadata }) => metadata.generation >= generation,
      );
    },
    deployment: async () => await client.get<UserDeployment>(path),
    find: async () =>
      await client.get<UserDeployment>(path).catch((error: unknown) => {
        if (error instanceof ApiError && error.code === 404) return undefined;
        throw error;
      }),
    meddle: async (patch) => {
      await client.patch(`${path}?fieldManager=somebody`, "merge", patch);
    },
    settled: async (versions) => {
      const as = (): boolean =>
        Object.entries(versions).every(
          ([version, count]) => pods.count(version) === count && pods.ready(version) === count,
        );
      await eventually(`${name} has ${JSON.stringify(versions)}`, as, {
        withinMs: 40_000,
        everyMs: 20,
      }).catch((error: unknown) => {
        const counts = Object.keys(versions).map(
          (each) => `${each}: ${pods.count(each)}/${pods.ready(each)}`,
        );
        const status = JSON.stringify(rollout.latest?.status, undefined, 1);
        throw new Error(`${counts.join(", ")}; ${status}`, { cause: error });
      });
    },
    waitsAt: async (version, step = 1) =>
      await rollout.waitFor(
        `${version} waits for a person at step ${step}`,
        ({ status }) =>
          status?.state === "AwaitingApproval" &&
          status.canary?.modelVersion === version &&
          status.step?.index === step - 1,
      ),
    approve: async () => await rollout.annotate("approve", rollout.latest?.status?.awaiting ?? ""),
    abort: async () => await rollout.annotate("abort", rollout.latest?.status?.release ?? ""),
    kubectl: async (...args) => await run(["--namespace", namespace, ...args]),
  };
  return it;
}
