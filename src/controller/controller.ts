import type { Logger } from "pino";
import { type AlarmPollers, createAlarmPollers } from "../alarms/pollers.ts";
import { annotations, labels } from "../api/group.ts";
import type { ModelRollout } from "../api/types.ts";
import type { AwsScopes } from "../aws/accounts.ts";
import { inSpan } from "../observability/spans.ts";
import type { Clock, Random } from "../runtime/clock.ts";
import type { EventRecorder } from "../runtime/event-recorder.ts";
import type { KubeApi } from "../runtime/kube-api.ts";
import type { KubeObject } from "../runtime/kube-object.ts";
import type { ReflectorListener } from "../runtime/reflector.ts";
import { type QueueListener, Runner } from "../runtime/runner.ts";
import { createInPlaceWorkload } from "../workloads/in-place/workload.ts";
import { createSlotsWorkload } from "../workloads/slots/workload.ts";
import { deploymentClaim, nameOf, rulesOf } from "./claims.ts";
import { isExposed } from "./first-watch.ts";
import { Memories } from "./memory.ts";
import { type ReconcileDeps, reconcile } from "./reconcile.ts";
import { byRule, ClusterCache, type RolloutObject } from "./reflectors.ts";
import { createRouters, fleetsOf } from "./routers.ts";
import { Watching } from "./watching.ts";

export interface ControllerOptions {
  readonly api: KubeApi;
  readonly aws: AwsScopes;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly recorder: Pick<EventRecorder, "record">;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** The operator's own AWS region, for alarms that name none. */
  readonly region: string;
  readonly alarmPollMs: number;
  readonly driftPollMs: number;
  readonly requireGrant: boolean;
  readonly clusterName?: string;
  readonly mayWrite: () => boolean;
  /** See `BlindGuardDeps`. */
  readonly blindForMs?: () => number | undefined;
  readonly queueListener?: QueueListener;
  readonly reflectorListener?: ReflectorListener;
  /** A rollout's stored state changed; undefined: it did not, or does not, exist. */
  readonly changed?: (before: ModelRollout | undefined, after: ModelRollout | undefined) => void;
}

const WORKERS = 16;
/** Of them, those that one namespace may fill: with thousands of rollouts whose calls hang, others find a place at once. */
const NAMESPACE_WORKERS = 12;
/** Places that only releases to be taken back may take, so that none waits behind slow calls of others. */
const URGENT_WORKERS = 16;

/** Watches, queue and polls around `reconcile`. `start` fills the caches, `lead` begins to act. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #cache: ClusterCache;
  readonly #memories = new Memories();
  readonly #alarms: AlarmPollers;
  readonly #watching: Watching;
  readonly runner: Runner;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { api, aws, clock, random, alarmPollMs, driftPollMs, region } = options;
    this.#cache = new ClusterCache({
      api,
      clock,
      random,
      namespaces: options.namespaces,
      region,
      ...(options.reflectorListener ? { listener: options.reflectorListener } : {}),
    });
    this.#alarms = createAlarmPollers(aws, { clock, random, intervalMs: alarmPollMs });
    this.#watching = new Watching({
      alarms: this.#alarms,
      memories: this.#memories,
      clock,
      random,
      region,
      alarmPollMs,
      driftPollMs,
    });
    const deps = this.#dependencies();
    this.runner = new Runner({
      clock,
      random,
      workers: WORKERS,
      groupWorkers: NAMESPACE_WORKERS,
      urgentWorkers: URGENT_WORKERS,
      reconcile: async (key, context) =>
        await inSpan(
          "reconcile",
          { "modelrollout.rollout": key },
          async () => await reconcile(deps, key, context),
        ),
      ...(options.queueListener ? { listener: options.queueListener } : {}),
    });
    this.#listen();
  }

  #dependencies(): ReconcileDeps {
    const { api, aws, clock, log, region, alarmPollMs, driftPollMs, mayWrite, recorder } = this.#options;
    const { blindForMs } = this.#options;
    return {
      api,
      clock,
      log,
      region,
      alarmPollMs,
      driftPollMs,
      mayWrite,
      ...(blindForMs ? { blindForMs } : {}),
      cache: this.#cache,
      memories: this.#memories,
      watching: this.#watching,
      alarms: this.#alarms,
      workload: createSlotsWorkload({ api, stores: this.#cache.slots, clock }),
      inPlace: createInPlaceWorkload({
        api,
        stores: this.#cache.inPlace,
        revisions: { api, stores: this.#cache.slots },
        clock,
      }),
      routers: createRouters(fleetsOf(aws, clock), {
        region,
        requireGrant: this.#options.requireGrant,
        ...(this.#options.clusterName === undefined ? {} : { clusterName: this.#options.clusterName }),
      }),
      changed: (before, after) => this.#options.changed?.(before, after),
      wake: (key) => this.runner.enqueue(key),
      tell: (rollout, events) => {
        for (const event of events) recorder.record({ regarding: rollout, ...event });
      },
    };
  }

  /** Begins to watch; resolves when everything is known. */
  async start(): Promise<void> {
    this.#cache.start();
    await this.#cache.synced();
  }

  get hasSynced(): boolean {
    return this.#cache.hasSynced;
  }

  /** Begins to act: from here on this process is the leader, as long as `mayWrite` says so. */
  lead(): void {
    this.#watching.start(this.runner);
    this.runner.start();
  }

  /** Looks at every rollout, as after a restart. */
  lookAgain(): void {
    for (const rollout of this.#cache.rollouts.list()) {
      this.runner.enqueue(nameOf(rollout), { urgent: isExposed(rollout) });
    }
  }

  /** Finishes or abandons what is at hand within `timeoutMs`, then stops watching. */
  async stop(timeoutMs: number): Promise<void> {
    this.#watching.stop();
    await this.runner.drain(timeoutMs);
    this.#alarms.stop();
    await this.#cache.stop();
  }

  /** Every change of an object leads to the rollouts it concerns. */
  #listen(): void {
    const { rollouts, slots } = this.#cache;
    const changed = this.#options.changed;
    const rivals = (rollout: RolloutObject): void => {
      for (const rule of rulesOf(rollout, this.#options.region)) {
        for (const other of rollouts.byIndex(byRule, rule)) this.runner.enqueue(nameOf(other));
      }
    };
    rollouts.addHandlers({
      onAdd: (rollout) => {
        changed?.(undefined, rollout);
        // After a restart: those with traffic on two versions before the thousand settled ones.
        this.runner.enqueue(nameOf(rollout), { urgent: isExposed(rollout) });
      },
      onUpdate: (rollout, previous) => {
        if (onlyStatusChanged(rollout, previous)) return;
        this.runner.enqueue(nameOf(rollout), { urgent: isTakenBack(rollout, previous) });
      },
      onDelete: (rollout) => {
        changed?.(rollout, undefined);
        this.runner.enqueue(nameOf(rollout));
        rivals(rollout);
      },
    });
    const toOwner = (object: KubeObject): void => {
      const rollout = object.metadata.labels?.[labels.rollout];
      if (rollout !== undefined) this.runner.enqueue(`${object.metadata.namespace}/${rollout}`);
    };
    for (const store of [slots.deployments, slots.services, slots.revisions, slots.pods]) {
      store.addHandlers({ onAdd: toOwner, onUpdate: toOwner, onDelete: toOwner });
    }
    this.#listenInPlace();
    const toGroup = (binding: Parameters<typeof this.bindingGroup>[0]): void => {
      toOwner(binding);
      this.bindingGroup(binding);
    };
    slots.bindings.addHandlers({ onAdd: toGroup, onDelete: toGroup });
  }

  /** A Deployment that is rolled in place, or one of its ReplicaSets, changed: its rollouts look again. */
  #listenInPlace(): void {
    const { rollouts, inPlace } = this.#cache;
    const drivers = (namespace: string | undefined, name: string | undefined): void => {
      const claim = deploymentClaim(namespace ?? "", name ?? "");
      for (const rollout of rollouts.byIndex(byRule, claim)) this.runner.enqueue(nameOf(rollout));
    };
    const ofDeployment = ({ metadata }: KubeObject): void => drivers(metadata.namespace, metadata.name);
    inPlace.deployments.addHandlers({ onAdd: ofDeployment, onUpdate: ofDeployment, onDelete: ofDeployment });
    const ofSet = ({ metadata }: KubeObject): void => {
      const owner = metadata.ownerReferences?.find(({ kind }) => kind === "Deployment");
      if (owner) drivers(metadata.namespace, owner.name);
    };
    inPlace.sets.addHandlers({ onAdd: ofSet, onUpdate: ofSet, onDelete: ofSet });
  }

  /** Somebody's binding came or went: the rollouts whose group it fills look again. */
  private bindingGroup(binding: KubeObject & { readonly spec: { readonly targetGroupARN?: string } }): void {
    const arn = binding.spec.targetGroupARN;
    if (arn === undefined) return;
    for (const rollout of this.#cache.rollouts.list()) {
      const groups = rollout.spec.traffic.alb?.targetGroups;
      if (groups?.a === arn || groups?.b === arn) this.runner.enqueue(nameOf(rollout));
    }
  }
}

/** A person takes a release back, by annotation, by another spec or by deletion: that stands in no line either. */
function isTakenBack(now: RolloutObject, before: RolloutObject): boolean {
  const aborts = ({ metadata }: RolloutObject) => metadata.annotations?.[annotations.abort];
  const edited = now.metadata.generation !== before.metadata.generation;
  return isExposed(now) && (edited || aborts(now) !== aborts(before));
}

/** Our own status writes come back as events; what they brought was planned on already. */
function onlyStatusChanged(now: RolloutObject, before: RolloutObject): boolean {
  return (
    now.metadata.generation === before.metadata.generation &&
    now.metadata.deletionTimestamp === before.metadata.deletionTimestamp &&
    JSON.stringify(now.metadata.annotations) === JSON.stringify(before.metadata.annotations) &&
    JSON.stringify(now.metadata.finalizers) === JSON.stringify(before.metadata.finalizers)
  );
}
