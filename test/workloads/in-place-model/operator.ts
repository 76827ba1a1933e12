import { isDeepStrictEqual } from "node:util";
import { finalizer } from "../../../src/api/group.ts";
import type { ModelRollout, ModelRolloutSpec, ModelRolloutStatus } from "../../../src/api/types.ts";
import type { Action } from "../../../src/core/action.ts";
import type { AlarmRead, Observed } from "../../../src/core/observed.ts";
import { plan } from "../../../src/core/plan.ts";
import type { Plan } from "../../../src/core/plan-data.ts";
import { Store } from "../../../src/runtime/store.ts";
import { inPlaceSpecOf } from "../../../src/workloads/in-place/in-place-spec.ts";
import type { InPlaceDeployment, PodSetObject } from "../../../src/workloads/in-place/objects.ts";
import { inPlaceWatches } from "../../../src/workloads/in-place/stores.ts";
import { createInPlaceWorkload } from "../../../src/workloads/in-place/workload.ts";
import type { ControllerRevisionObject } from "../../../src/workloads/slots/objects.ts";
import { pruneRevisions, readRevisions } from "../../../src/workloads/slots/revision-store.ts";
import { slotWatches } from "../../../src/workloads/slots/stores.ts";
import { modelApi } from "./api.ts";
import type { Change, ModelCluster } from "./cluster.ts";

type Rollout = {
  metadata: {
    namespace: string;
    name: string;
    uid: string;
    generation: number;
    annotations: Record<string, string>;
    finalizers?: string[];
    creationTimestamp: string;
    deletionTimestamp?: string;
  };
  spec: ModelRolloutSpec;
  status?: ModelRolloutStatus;
};

/** One plan as it was made. */
export interface Turn {
  readonly before: ModelRolloutStatus;
  readonly observed: Observed;
  readonly plan: Plan;
}

/** Where a reconcile stands between two of its writes: there others act, and there the process may be killed. */
export type Point = "observed" | "stored" | Action["kind"];

/**
 * The operator over a {@link ModelCluster}: the real plans, reads and writes, in steps between which everything else
 * may happen, and with caches that a test lets lag behind.
 */
export class ModelOperator {
  readonly #cluster: ModelCluster;
  rollout: Rollout | undefined;
  readonly turns: Turn[] = [];
  readonly alarms = new Map<string, "OK" | "ALARM">();
  /** Hears of every effect. */
  tell: (sentence: string) => void = () => undefined;
  /** Set by every write of a status, for whoever counts. */
  statusWrites = 0;
  /** Problems that effects have met, with their kind. */
  readonly problems: string[] = [];
  #process: Process;
  #running: AsyncGenerator<Point> | undefined;
  #wakeAt: number | undefined;
  #dirty = true;

  constructor(cluster: ModelCluster) {
    this.#cluster = cluster;
    this.#process = new Process(cluster, () => (this.#dirty = true));
  }

  create(spec: ModelRolloutSpec, name = "model"): void {
    this.rollout = {
      metadata: {
        namespace: "prod",
        name,
        uid: "rollout-1",
        generation: 1,
        annotations: {},
        creationTimestamp: new Date(this.#cluster.now).toISOString(),
      },
      spec,
    };
    this.#dirty = true;
  }

  get status(): ModelRolloutStatus {
    return this.rollout?.status ?? {};
  }

  annotate(name: string, value: string): void {
    if (!this.rollout) return;
    this.rollout.metadata.annotations[`modelrollout.dev/${name}`] = value;
    this.#dirty = true;
  }

  delete(): void {
    if (!this.rollout) return;
    this.rollout.metadata.deletionTimestamp ??= new Date(this.#cluster.now).toISOString();
    this.#dirty = true;
    this.#gone();
  }

  poke(): void {
    this.#dirty = true;
  }

  /** Kill -9, and another process that lists everything anew. */
  kill(): void {
    this.#process.stop();
    this.#process = new Process(this.#cluster, () => (this.#dirty = true));
    this.#running = undefined;
    this.#wakeAt = undefined;
    this.#dirty = true;
  }

  /** Lets its caches hear of the next change that they have not heard of; false: there is none. */
  hear(pick: (count: number) => number): boolean {
    return this.#process.hear(pick);
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** When it looks again by itself. */
  get wakeAt(): number | undefined {
    return this.#dirty ? this.#cluster.now : this.#wakeAt;
  }

  /** To the next point between two writes; false: it has nothing to do now. */
  async step(): Promise<Point | undefined> {
    const due = this.#dirty || (this.#wakeAt !== undefined && this.#wakeAt <= this.#cluster.now);
    if (!this.#running) {
      if (!due || !this.rollout) return undefined;
      this.#dirty = false;
      this.#wakeAt = undefined;
      this.#running = this.#reconcile();
    }
    const next = await this.#running.next();
    if (next.done !== true) return next.value;
    this.#running = undefined;
    return undefined;
  }

  async *#reconcile(): AsyncGenerator<Point> {
    for (let round = 0; round < 8 && this.rollout; round += 1) {
      const given = structuredClone(this.rollout) as unknown as ModelRollout;
      const observed = await this.#observe(given);
      yield "observed";
      const planned = plan(given, observed);
      this.turns.push({ before: given.status ?? {}, observed, plan: planned });
      if (!this.#store(given, planned.status)) continue;
      yield "stored";
      for (const action of planned.actions) {
        const failure = await this.#perform(given, action);
        this.tell(`${planned.status.state} ${JSON.stringify(action)} ${failure ?? ""}`);
        yield action.kind;
        if (failure !== undefined) return this.#failed(failure);
      }
      if (planned.actions.length > 0 || planned.requeueAfter === 0) continue;
      this.#wake(planned.requeueAfter ?? 60_000);
      return;
    }
    this.#wake(1_000);
  }

  #failed(problem: string): void {
    this.problems.push(problem);
    this.#wake(problem.startsWith("conflict") ? 100 : 2_000);
  }

  /** False: the resource was written meanwhile, so the status is refused and all is planned anew. */
  #store(given: ModelRollout, status: ModelRolloutStatus): boolean {
    if (isDeepStrictEqual(json(given.status ?? {}), json(status))) return true;
    if (!this.rollout || !isDeepStrictEqual(json(this.rollout.metadata), json(given.metadata))) return false;
    this.rollout.status = json(status);
    this.statusWrites += 1;
    return true;
  }

  #wake(ms: number): void {
    this.#wakeAt = this.#cluster.now + ms;
  }

  async #observe(rollout: ModelRollout): Promise<Observed> {
    const spec = inPlaceSpecOf(rollout);
    if (!spec) throw new Error("the model rolls in place only");
    const { now } = this.#cluster;
    const read = await this.#process.workload.read(spec, now);
    return {
      now,
      alarmPollMs: 10_000,
      defaultRegion: "us-east-1",
      ...read,
      storedRevisions: readRevisions(this.#process.revisions, spec).map(({ revision }) => revision),
      alarms: [...this.alarms].map(([name, state]): AlarmRead => {
        return { name, region: "us-east-1", at: now, outcome: "read", state, transitionedAt: state };
      }),
      trafficFrozen: false,
      routerDescription: "Deployment",
    };
  }

  async #perform(rollout: ModelRollout, action: Action): Promise<string | undefined> {
    const spec = inPlaceSpecOf(rollout);
    if (!spec || !this.rollout) return "conflict";
    switch (action.kind) {
      case "AddFinalizer":
        this.rollout.metadata.finalizers = [finalizer];
        return undefined;
      case "RemoveFinalizer":
        this.rollout.metadata.finalizers = [];
        this.#gone();
        return undefined;
      case "PruneRevisions":
        await pruneRevisions(this.#process.revisions, spec, action.keep);
        return undefined;
      case "StoreRevision":
      case "ShapeDeployment":
      case "DeletePodSets":
      case "DisownFields": {
        const outcome = await this.#process.workload.perform(spec, action);
        return outcome.ok ? undefined : `${outcome.problem.kind}: ${outcome.problem.message}`;
      }
      default:
        throw new Error(`${action.kind} has no place in a roll in place`);
    }
  }

  #gone(): void {
    const { deletionTimestamp, finalizers = [] } = this.rollout?.metadata ?? {};
    if (deletionTimestamp !== undefined && finalizers.length === 0) this.rollout = undefined;
  }
}

const json = <T extends object>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** What dies with the process: its caches, each fed by a watch of its own. */
class Process {
  readonly #queues: Record<Change["kind"], Change[]> = {
    deployments: [],
    replicasets: [],
    controllerrevisions: [],
  };
  readonly #stores;
  readonly #cluster: ModelCluster;
  readonly #heard: () => void;
  readonly #watcher: (change: Change) => void;
  readonly workload;
  readonly revisions;

  constructor(cluster: ModelCluster, heard: () => void) {
    this.#cluster = cluster;
    this.#heard = heard;
    const watches = inPlaceWatches();
    this.#stores = {
      deployments: new Store<InPlaceDeployment>({ transform: watches.deployments.transform }),
      replicasets: new Store<PodSetObject>({
        indexes: watches.sets.indexes,
        transform: watches.sets.transform,
      }),
      controllerrevisions: new Store<ControllerRevisionObject>({ indexes: slotWatches().revisions.indexes }),
    };
    const api = modelApi(cluster);
    this.revisions = { api, stores: { revisions: this.#stores.controllerrevisions } };
    this.workload = createInPlaceWorkload({
      api,
      stores: { deployments: this.#stores.deployments, sets: this.#stores.replicasets },
      revisions: this.revisions,
      clock: { monotonic: () => cluster.now },
    });
    this.#watcher = (change) => this.#queues[change.kind].push(change);
    cluster.watchers.add(this.#watcher);
    this.#list();
  }

  #list(): void {
    const { deployment, sets, revisions } = this.#cluster;
    const put = (kind: Change["kind"], object: object): void =>
      this.#apply({ kind, type: "put", object: structuredClone(object) as Change["object"] });
    if (deployment) put("deployments", deployment);
    for (const set of sets.values()) put("replicasets", set);
    for (const revision of revisions.values()) put("controllerrevisions", revision);
  }

  stop(): void {
    this.#cluster.watchers.delete(this.#watcher);
  }

  hear(pick: (count: number) => number): boolean {
    const waiting = Object.values(this.#queues).filter((queue) => queue.length > 0);
    const change = waiting[pick(waiting.length)]?.shift();
    if (!change) return false;
    this.#apply(change);
    this.#heard();
    return true;
  }

  #apply({ kind, type, object }: Change): void {
    const store = this.#stores[kind] as unknown as Store<Change["object"]>;
    const selected =
      kind !== "deployments" || object.metadata.labels?.["modelrollout.dev/adopted"] !== undefined;
    if (type === "put" && selected) store.upsert(object);
    else store.remove(object);
  }
}

/** A ModelRollout's spec with these steps. */
export function rolloutSpec(changes: Partial<ModelRolloutSpec> = {}): ModelRolloutSpec {
  return {
    workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "model" },
    traffic: { rollingUpdate: {} },
    strategy: {
      steps: [
        { weight: 20, hold: "10s" },
        { weight: 50, hold: "10s" },
      ],
      retain: "10s",
      stepTimeout: "10m",
    },
    ...changes,
  };
}
