import { apiVersion, kind, plural } from "../../src/api/group.ts";
import type { ModelRolloutSpec } from "../../src/api/types.ts";
import type { ApiClient, KubeList, KubeObject } from "../control-plane/api-client.ts";
import { isReady, type Pod } from "../control-plane/deployments.ts";
import { eventually } from "../control-plane/eventually.ts";
import { watchObjects } from "../target-binder/watched-objects.ts";
import type { Edge } from "../world/edge.ts";
import type { Rollout } from "../world/rollouts.ts";
import type { World } from "../world/world.ts";

/** A Deployment as a user has it. */
export type UserDeployment = KubeObject & {
  metadata: { managedFields?: { manager: string }[] };
  spec: Record<string, unknown> & { replicas: number; paused?: boolean; template: Template };
  status?: { replicas?: number; readyReplicas?: number };
};

type Template = {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
  spec: { containers: { name: string; image: string }[] };
};

export type ManifestOptions = {
  readonly name: string;
  readonly version: string;
  /** Absent: an autoscaler's business. */
  readonly replicas?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
};

/** A Deployment's manifest as a user keeps it in Git. */
export function deploymentOf({ name, version, replicas, annotations = {}, spec }: ManifestOptions): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: labels },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels, annotations },
        spec: { containers: [{ name: "server", image: `registry.example/${name}:${version}` }] },
      },
      ...spec,
    },
  };
}

/** What the pods of one Deployment have been like, every change of them. */
export type PodWatch = {
  /** Least number of Ready pods seen since the last `reset`. */
  readonly leastReady: number;
  /** Most pods of a version (its image's tag) seen at one time since the last `reset`. */
  most(version: string): number;
  /** Pods of a version now, without those that are terminating. */
  count(version: string): number;
  ready(version: string): number;
  /** Most versions seen at one time since the last `reset`. */
  readonly together: number;
  names(version: string): readonly string[];
  reset(): void;
  stop(): Promise<void>;
};

const versionOf = (pod: Pod): string =>
  (pod as unknown as { spec: { containers: { image: string }[] } }).spec.containers[0]?.image.split(":")[1] ??
  "";

/** Watches the pods that carry `app: NAME`. */
export async function watchPods(client: ApiClient, namespace: string, name: string): Promise<PodWatch> {
  const mine = ({ metadata }: KubeObject): boolean => metadata.labels?.["app"] === name;
  let least = Infinity;
  let together = 0;
  const most = new Map<string, number>();
  let all: { readonly byKey: ReadonlyMap<string, Pod> } | undefined;
  const alive = (): readonly Pod[] =>
    [...(all?.byKey.values() ?? [])].filter(
      (pod) => mine(pod) && pod.metadata.deletionTimestamp === undefined,
    );
  const counted = (version: string, ready = false): number =>
    alive().filter((pod) => versionOf(pod) === version && (!ready || isReady(pod))).length;
  const note = (): void => {
    least = Math.min(least, alive().filter(isReady).length);
    together = Math.max(together, new Set(alive().map(versionOf)).size);
    for (const version of new Set(alive().map(versionOf))) {
      most.set(version, Math.max(most.get(version) ?? 0, counted(version)));
    }
  };
  const watched = await watchObjects<Pod>(client, `/api/v1/namespaces/${namespace}/pods`, note);
  all = watched;
  return {
    get leastReady() {
      return least;
    },
    most: (version) => most.get(version) ?? 0,
    count: (version) => counted(version),
    ready: (version) => counted(version, true),
    get together() {
      return together;
    },
    names: (version) =>
      alive()
        .filter((pod) => versionOf(pod) === version)
        .map(({ metadata }) => metadata.name),
    reset: () => {
      least = Infinity;
      together = 0;
      most.clear();
      note();
    },
    stop: async () => await watched.stop(),
  };
}

/** One Deployment with its rollout, and the hands of the people and tools around it. */
export type InPlace = {
  readonly name: string;
  readonly rollout: Rollout;
  readonly pods: PodWatch;
  get(): Promise<UserDeployment>;
  /** Server-side apply by the manager `user`, without force: a conflict is an error. */
  apply(
    options: Omit<ManifestOptions, "name">,
    how?: { readonly force?: boolean; readonly manager?: string },
  ): Promise<void>;
  /** Creates or changes the ModelRollout. */
  release(spec?: Partial<ModelRolloutSpec>): Promise<void>;
  /** As an autoscaler does. */
  scale(replicas: number): Promise<void>;
  /** Waits until exactly so many pods of each version exist, all Ready. */
  settled(versions: Readonly<Record<string, number>>): Promise<void>;
  kubectl(...args: string[]): Promise<string>;
  /** Names of the pods of a version. */
  podNames(version: string): Promise<readonly string[]>;
};

/** Steps of these weights, each held for a moment. */
export function released(...weights: readonly number[]): Pick<ModelRolloutSpec, "strategy"> {
  const steps = weights.map((weight) => ({ weight, hold: "300ms" }));
  return { strategy: { steps, retain: "1s", stepTimeout: "60s" } };
}

/** Steps of these weights that wait for a person. */
export function approvals(...weights: readonly number[]): Pick<ModelRolloutSpec, "strategy"> {
  const steps = weights.map((weight) => ({ weight, hold: "0s", approval: true }));
  return { strategy: { steps, retain: "1s", stepTimeout: "60s" } };
}

/** Makes a Deployment with `replicas` Ready pods of v1 and adopts it. */
export async function adopted(
  world: World,
  kubectl: (args: readonly string[]) => Promise<string>,
  name: string,
  options: Partial<ManifestOptions> & {
    readonly rollout?: Partial<ModelRolloutSpec>;
    /** The size is not in the manifest. */
    readonly autoscaled?: boolean;
  } = {},
): Promise<InPlace> {
  const { client, namespace } = world;
  const { replicas = 10, rollout: first, autoscaled = false, ...manifest } = options;
  const pods = await watchPods(client, namespace, name);
  const rollout = world.rollouts.of({ name, edge: {} as Edge });
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
  const made: InPlace = {
    name,
    rollout,
    pods,
    get: async () => await client.get<UserDeployment>(path),
    apply: async (given, { force = false, manager = "user" } = {}) => {
      const body = deploymentOf({ name, ...given });
      await client.patch(`${path}?fieldManager=${manager}&force=${force}`, "apply", body);
    },
    release: async (spec = {}) => {
      const body = {
        apiVersion,
        kind,
        metadata: { name },
        spec: {
          workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name },
          traffic: { rollingUpdate: {} },
          strategy: {
            steps: [
              { weight: 20, hold: "1s" },
              { weight: 50, hold: "1s" },
            ],
            retain: "1s",
            stepTimeout: "60s",
          },
          ...spec,
        },
      };
      const to = `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`;
      await client.patch(`${to}?fieldManager=user&force=true`, "apply", body);
    },
    scale: async (to) => {
      await client.patch(`${path}/scale?fieldManager=autoscaler`, "merge", { spec: { replicas: to } });
    },
    settled: async (versions) => {
      await eventually(
        `${name} has ${JSON.stringify(versions)}`,
        () =>
          Object.entries(versions).every(
            ([version, count]) => pods.count(version) === count && pods.ready(version) === count,
          ),
        { withinMs: 40_000, everyMs: 20 },
      ).catch((error: unknown) => {
        const counts = Object.keys(versions).map(
          (version) => `${version}: ${pods.count(version)}/${pods.ready(version)}`,
        );
        throw new Error(`${counts.join(", ")}; ${JSON.stringify(rollout.latest?.status, undefined, 1)}`, {
          cause: error,
        });
      });
    },
    podNames: async (version) => pods.names(version),
    kubectl: async (...args) => await kubectl(["--namespace", namespace, ...args]),
  };
  await made.apply({ version: "v1", ...(autoscaled ? {} : { replicas }), ...manifest });
  if (autoscaled) await made.scale(replicas);
  await made.settled({ v1: replicas });
  await made.release(first);
  await rollout.waitForReady();
  pods.reset();
  return made;
}

/** `spec` and the metadata that is the user's, without what Kubernetes counts. */
export function ownFields({ metadata, spec }: UserDeployment): object {
  const foreign = ([key]: [string, string]): boolean => !key.startsWith("modelrollout.dev/");
  const kept = (pairs: Record<string, string> = {}): object =>
    Object.fromEntries(
      Object.entries(pairs).filter(
        (pair) => foreign(pair) && pair[0] !== "deployment.kubernetes.io/revision",
      ),
    );
  return { labels: kept(metadata.labels), annotations: kept(metadata.annotations), spec };
}

/** ReplicaSets of a Deployment, with the tag of their image. */
export async function podSetsOf(
  client: ApiClient,
  namespace: string,
  name: string,
): Promise<readonly string[]> {
  type Set = KubeObject & { spec: { template: Template } };
  const selector = encodeURIComponent(`app=${name}`);
  const path = `/apis/apps/v1/namespaces/${namespace}/replicasets?labelSelector=${selector}`;
  const { items } = await client.get<KubeList<Set>>(path);
  return items.map(({ spec }) => spec.template.spec.containers[0]?.image.split(":")[1] ?? "").sort();
}
