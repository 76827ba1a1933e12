import type { ApiClient, KubeObject } from "../../control-plane/api-client.ts";
import { isReady, type Pod } from "../../control-plane/deployments.ts";
import { eventually } from "../../control-plane/eventually.ts";
import { watchObjects } from "../../target-binder/watched-objects.ts";
import { Modelled, type SetSizes, textOf } from "./modelled.ts";
import { broken, type Edit, inWords, type Step, stepsOf } from "./steps.ts";

type Deployment = KubeObject & {
  spec: { replicas: number };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
  };
};
type ReplicaSet = KubeObject & {
  spec: { replicas: number; minReadySeconds?: number; template: Template };
  status: {
    observedGeneration?: number;
    replicas: number;
    readyReplicas?: number;
    availableReplicas?: number;
  };
};
type Template = { spec: { containers: { image: string }[] } };
type PodWithImage = Pod & { spec: Template["spec"] };

const desired = "deployment.kubernetes.io/desired-replicas";
const max = "deployment.kubernetes.io/max-replicas";

/** Nothing was written for so long: the controllers are done. */
const QUIET_MS = 800;
/** Orders of the model's actors that are tried where the first does not lead to what is seen. */
const ORDERS = 400;

const versionOf = ({ spec }: { readonly spec: Template["spec"] }): string =>
  spec.containers[0]?.image.split(":")[1] ?? "";

/** What was compared, for whoever reads the run. */
export type Report = {
  readonly sequences: number;
  readonly quietPoints: number;
  /** Quiet points that the model reaches in another order of its actors only. */
  readonly reordered: number;
};

/**
 * Random sequences, each on a Deployment of its own, on the real controllers and on the model: the ReplicaSets are
 * compared at every quiet point. All go step by step together. Throws with the story of the first that differs.
 */
export async function replay(
  client: ApiClient,
  namespace: string,
  {
    firstSeed,
    sequences,
    steps,
  }: { readonly firstSeed: number; readonly sequences: number; readonly steps: number },
): Promise<Report> {
  const cluster = await Watched.start(client, namespace);
  try {
    const all = Array.from(
      { length: sequences },
      (_, index) => new Sequence(cluster, firstSeed + index, steps),
    );
    await Promise.all(all.map(async (each) => await each.create()));
    await met(cluster, all, "the beginning");
    for (let index = 0; index < steps; index += 1) {
      await Promise.all(all.map(async (each) => await each.go(index)));
      await met(cluster, all, `step ${index + 1}`);
    }
    await Promise.all(all.map(async (each) => await each.delete()));
    return {
      sequences,
      quietPoints: sequences * (steps + 1),
      reordered: all.reduce((sum, { reordered }) => sum + reordered, 0),
    };
  } finally {
    await cluster.stop();
  }
}

/** All are quiet, and as the model says. */
async function met(cluster: Watched, all: readonly Sequence[], when: string): Promise<void> {
  const waiting = new Set(all);
  const check = (): boolean => {
    if (!cluster.isQuiet) return false;
    for (const each of waiting) if (each.meets()) waiting.delete(each);
    return waiting.size === 0;
  };
  await eventually(`the model is where the controllers are at ${when}`, check, { withinMs: 40_000 }).catch(
    (error: unknown) => {
      const stories = [...waiting].slice(0, 3).map((each) => each.story());
      throw new Error(`${waiting.size} of ${all.length} differ at ${when}\n${stories.join("\n\n")}`, {
        cause: error,
      });
    },
  );
}

/** The Deployments, ReplicaSets and pods of a namespace. */
class Watched {
  readonly client: ApiClient;
  readonly namespace: string;
  #changedAt = performance.now();
  deployments: ReadonlyMap<string, Deployment> = new Map();
  sets: ReadonlyMap<string, ReplicaSet> = new Map();
  pods: ReadonlyMap<string, PodWithImage> = new Map();
  readonly #stops: (() => Promise<void>)[] = [];

  private constructor(client: ApiClient, namespace: string) {
    this.client = client;
    this.namespace = namespace;
  }

  static async start(client: ApiClient, namespace: string): Promise<Watched> {
    const made = new Watched(client, namespace);
    const watch = async <T extends KubeObject>(path: string): Promise<ReadonlyMap<string, T>> => {
      const watched = await watchObjects<T>(client, path, () => {
        made.#changedAt = performance.now();
      });
      made.#stops.push(async () => await watched.stop());
      return watched.byKey;
    };
    made.deployments = await watch(`/apis/apps/v1/namespaces/${namespace}/deployments`);
    made.sets = await watch(`/apis/apps/v1/namespaces/${namespace}/replicasets`);
    made.pods = await watch(`/api/v1/namespaces/${namespace}/pods`);
    return made;
  }

  get isQuiet(): boolean {
    return performance.now() - this.#changedAt > QUIET_MS;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stops.map(async (stop) => await stop()));
  }
}

/** One seed: a Deployment, and its model. */
class Sequence {
  readonly #cluster: Watched;
  readonly #seed: number;
  readonly #name: string;
  readonly #steps: readonly Step[];
  readonly #told: string[] = [];
  #model: Modelled;
  /** The quiet point before, and what happened since. */
  #before: { readonly model: Modelled; readonly step: Step } | undefined;
  reordered = 0;

  constructor(cluster: Watched, seed: number, steps: number) {
    this.#cluster = cluster;
    this.#seed = seed;
    this.#name = `seed-${seed}`;
    this.#steps = stepsOf(seed, steps);
    this.#model = Modelled.of(4);
  }

  get #path(): string {
    return `/apis/apps/v1/namespaces/${this.#cluster.namespace}/deployments`;
  }

  async create(): Promise<void> {
    const labels = { app: this.#name };
    await this.#cluster.client.create(this.#path, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: this.#name, labels },
      spec: {
        replicas: 4,
        selector: { matchLabels: labels },
        progressDeadlineSeconds: 2_147_483_647,
        template: { metadata: { labels }, ...inTemplate("v1") },
      },
    });
  }

  async go(index: number): Promise<void> {
    const step = this.#steps[index];
    if (step === undefined) throw new Error(`seed ${this.#seed} has no step ${index}`);
    this.#told.push(`${this.#model.sizes}\n  ${inWords(step)}`);
    this.#before = { model: this.#model, step };
    const { client, namespace } = this.#cluster;
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    const annotate = async (pod: string, value: string | null): Promise<void> => {
      await client.patch(`${pods}/${pod}`, "merge", {
        metadata: { annotations: { "modelrollout.dev/test-unready": value } },
      });
    };
    if (step.kind === "edit") {
      await client.patch(`${this.#path}/${this.#name}`, "merge", { spec: inSpec(step.change) });
    } else if (step.kind === "heal") {
      for (const { metadata } of this.#pods()) await annotate(metadata.name, null);
    } else {
      const name = this.#pods().find((pod) => versionOf(pod) === step.version && isReady(pod))?.metadata.name;
      if (name !== undefined && step.kind === "unready") await annotate(name, "true");
      if (name !== undefined && step.kind === "evict") await client.delete(`${pods}/${name}`);
    }
    this.#model = this.#model.after(step);
  }

  /** What is seen is settled, and the model gets there, too. */
  meets(): boolean {
    const seen = this.#seen();
    if (seen === undefined) return false;
    if (seen === this.#model.sizes) return true;
    const { model, step } = this.#before ?? {};
    if (!model || !step) return false;
    for (let order = 1; order <= ORDERS; order += 1) {
      const other = model.after(step, order);
      if (other.sizes !== seen) continue;
      this.#model = other;
      this.reordered += 1;
      return true;
    }
    return false;
  }

  #pods(): readonly PodWithImage[] {
    return [...this.#cluster.pods.values()].filter(
      ({ metadata }) => metadata.labels?.["app"] === this.#name && metadata.deletionTimestamp === undefined,
    );
  }

  /** Undefined while somebody has something to count or to make. */
  #seen(): string | undefined {
    const { deployments, sets: all, namespace } = this.#cluster;
    const deployment = deployments.get(`${namespace}/${this.#name}`);
    const sets = [...all.values()].filter(({ metadata }) => metadata.labels?.["app"] === this.#name);
    if (!deployment || !isCounted(deployment, sets)) return undefined;
    return textOf(sets.map(sizesOf));
  }

  story(): string {
    const found = this.#seen() ?? "nothing that is settled";
    return [
      `seed ${this.#seed}`,
      ...this.#told,
      `the controllers: ${found}`,
      `the model:       ${this.#model.sizes}`,
    ].join("\n");
  }

  async delete(): Promise<void> {
    await this.#cluster.client.delete(`${this.#path}/${this.#name}`);
  }
}

function isCounted({ metadata, status }: Deployment, sets: readonly ReplicaSet[]): boolean {
  const sum = (of: (set: ReplicaSet) => number): number => sets.reduce((total, set) => total + of(set), 0);
  return (
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    (status?.replicas ?? 0) === sum((set) => set.status.replicas) &&
    (status?.readyReplicas ?? 0) === sum((set) => set.status.readyReplicas ?? 0) &&
    (status?.availableReplicas ?? 0) === sum((set) => set.status.availableReplicas ?? 0) &&
    sets.every(
      (set) =>
        (set.status.observedGeneration ?? 0) >= (set.metadata.generation ?? 0) &&
        set.status.replicas === set.spec.replicas,
    )
  );
}

function sizesOf({ metadata, spec, status }: ReplicaSet): SetSizes {
  const noted = (key: string): number => Number(metadata.annotations?.[key] ?? -1);
  return {
    version: spec.template.spec.containers[0]?.image.split(":")[1] ?? "",
    replicas: spec.replicas,
    ready: status.readyReplicas ?? 0,
    available: status.availableReplicas ?? 0,
    minReadySeconds: spec.minReadySeconds ?? 0,
    desired: noted(desired),
    max: noted(max),
  };
}

function inTemplate(version: string): object {
  return { spec: { containers: [{ name: "server", image: `registry.example/model:${version}` }] } };
}

function inSpec({ template, strategy, ...rest }: Edit): object {
  const never = { "modelrollout.dev/test-never-ready": template === broken ? "true" : null };
  return {
    ...rest,
    ...(template === undefined
      ? {}
      : { template: { metadata: { annotations: never }, ...inTemplate(template) } }),
    ...(strategy === undefined
      ? {}
      : {
          strategy:
            strategy === "Recreate"
              ? { type: "Recreate", rollingUpdate: null }
              : { type: "RollingUpdate", rollingUpdate: strategy },
        }),
  };
}
