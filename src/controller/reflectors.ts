import { group, plural, version } from "../api/group.ts";
import type { ModelRollout } from "../api/types.ts";
import type { Clock, Random } from "../runtime/clock.ts";
import type { KubeApi } from "../runtime/kube-api.ts";
import type { KubeObject } from "../runtime/kube-object.ts";
import { type Handlers, Reflector, type ReflectorListener } from "../runtime/reflector.ts";
import { resourcePath } from "../runtime/resource-path.ts";
import { dropManagedFields, type Store } from "../runtime/store.ts";
import { type InPlaceStores, inPlaceWatches } from "../workloads/in-place/stores.ts";
import { type SlotStores, slotWatches, type Watch } from "../workloads/slots/stores.ts";
import { rulesOf } from "./claims.ts";

/** A ModelRollout as the cache holds it. */
export type RolloutObject = ModelRollout & KubeObject;

/** Index of rollouts: ARNs of the rules and listeners that they drive. */
export const byRule = "rule";

/** One type over all watched namespaces: a reflector for all of them, or one for each that was named. */
class Reflectors<T extends KubeObject> {
  readonly #all: ReadonlyMap<string | undefined, Reflector<T>>;

  constructor(namespaces: readonly string[], make: (namespace?: string) => Reflector<T>) {
    const scopes = namespaces.length === 0 ? [undefined] : namespaces;
    this.#all = new Map(scopes.map((namespace) => [namespace, make(namespace)]));
  }

  get reflectors(): readonly Reflector<T>[] {
    return [...this.#all.values()];
  }

  addHandlers(handlers: Handlers<T>): void {
    for (const reflector of this.reflectors) reflector.addHandlers(handlers);
  }

  #storeOf(namespace: string | undefined): Store<T> | undefined {
    return (this.#all.get(undefined) ?? this.#all.get(namespace))?.store;
  }

  get(key: string): T | undefined {
    return this.#storeOf(key.slice(0, key.indexOf("/")))?.get(key);
  }

  list(): T[] {
    return this.reflectors.flatMap(({ store }) => store.list());
  }

  byIndex(index: string, value: string): T[] {
    return this.reflectors.flatMap(({ store }) => store.byIndex(index, value));
  }

  get size(): number {
    return this.reflectors.reduce((sum, { store }) => sum + store.size, 0);
  }

  noteWrite(object: T): void {
    this.#storeOf(object.metadata.namespace)?.noteWrite(object);
  }

  noteDelete(object: T): void {
    this.#storeOf(object.metadata.namespace)?.noteDelete(object);
  }
}

export interface FleetOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly random: Random;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** The operator's own AWS region. */
  readonly region: string;
  readonly listener?: ReflectorListener;
}

/** Everything that is watched in the cluster: one watch per type (and per named namespace). */
export class ClusterCache {
  readonly rollouts: Reflectors<RolloutObject>;
  readonly slots: SlotStores & { readonly [Name in keyof SlotStores]: Reflectors<Watched<Name>> };
  readonly inPlace: InPlaceStores & {
    readonly [Name in keyof InPlaceStores]: Reflectors<InPlaceObject<Name>>;
  };
  #inPlaceStarted = false;
  readonly #optional: readonly Reflector[];
  /** Resolves when the API server says that it has no TargetGroupBindings. */
  readonly #bindingsAbsent = Promise.withResolvers<void>();

  constructor(options: FleetOptions) {
    const { namespaces } = options;
    const patient: FleetOptions = { ...options, listener: this.#patientListener(options.listener) };
    this.rollouts = new Reflectors(namespaces, (namespace) =>
      reflect<RolloutObject>(options, {
        path: resourcePath({ group, version, plural, ...(namespace === undefined ? {} : { namespace }) }),
        indexes: { [byRule]: (rollout) => rulesOf(rollout, options.region) },
      }),
    );
    const slot = <Name extends keyof SlotStores>(name: Name) =>
      new Reflectors<Watched<Name>>(namespaces, (namespace) =>
        reflect(
          name === "bindings" ? patient : options,
          slotWatches(namespace)[name] as unknown as Watch<Watched<Name>>,
        ),
      );
    this.slots = {
      deployments: slot("deployments"),
      services: slot("services"),
      bindings: slot("bindings"),
      revisions: slot("revisions"),
      pods: slot("pods"),
    };
    const inPlace = <Name extends keyof InPlaceStores>(name: Name) =>
      new Reflectors<InPlaceObject<Name>>(namespaces, (namespace) =>
        reflect(options, inPlaceWatches(namespace)[name] as unknown as TransformedWatch<InPlaceObject<Name>>),
      );
    this.inPlace = { deployments: inPlace("deployments"), sets: inPlace("sets") };
    this.#optional = this.slots.bindings.reflectors as unknown as readonly Reflector[];
  }

  get #reflectors(): readonly Reflector[] {
    const { deployments, services, bindings, revisions, pods } = this.slots;
    return [this.rollouts, deployments, services, bindings, revisions, pods].flatMap(
      ({ reflectors }) => reflectors as unknown as readonly Reflector[],
    );
  }

  start(): void {
    for (const reflector of this.#reflectors) reflector.start();
  }

  /**
   * Begins to watch Deployments rolled in place, and ReplicaSets; resolves when all of them are known. Without a rollout
   * that needs them nobody pays for them.
   */
  async needInPlace(): Promise<void> {
    const { deployments, sets } = this.inPlace;
    const reflectors = [deployments, sets].flatMap(
      (all) => all.reflectors as unknown as readonly Reflector[],
    );
    if (!this.#inPlaceStarted) {
      this.#inPlaceStarted = true;
      for (const reflector of reflectors) reflector.start();
    }
    await Promise.all(reflectors.map((reflector) => reflector.synced()));
  }

  /** Resolves when all is known. A cluster without the AWS Load Balancer Controller has no TargetGroupBindings. */
  async synced(): Promise<void> {
    const needed = this.#reflectors.filter((reflector) => !this.#optional.includes(reflector));
    await Promise.all(needed.map((reflector) => reflector.synced()));
    const bindings = Promise.all(this.#optional.map((reflector) => reflector.synced()));
    await Promise.race([this.#bindingsAbsent.promise, bindings]);
  }

  /**
   * Without the CRD the list is tried for ever, so that the controller may be installed later; nobody is told each time.
   * Without the right to list them (the API server asks for rights before it looks whether a type exists) nothing can be
   * bound either, but that is no reason to leave every release unguarded.
   */
  #patientListener(listener: ReflectorListener | undefined): ReflectorListener {
    return {
      ...listener,
      failed: (path, error) => {
        if (error.code === 404 || error.code === 403) this.#bindingsAbsent.resolve();
        if (error.code !== 404) listener?.failed?.(path, error);
      },
    };
  }

  get hasSynced(): boolean {
    return this.#reflectors.every((reflector) => reflector.hasSynced || this.#optional.includes(reflector));
  }

  async stop(): Promise<void> {
    const { deployments, sets } = this.inPlace;
    const lazy = [deployments, sets].flatMap((all) => all.reflectors as unknown as readonly Reflector[]);
    const started = this.#inPlaceStarted ? lazy : [];
    await Promise.all([...this.#reflectors, ...started].map((reflector) => reflector.stop()));
  }
}

type InPlaceObject<Name extends keyof InPlaceStores> = NonNullable<ReturnType<InPlaceStores[Name]["get"]>>;

/** A watch whose objects are kept in a form of their own. */
type TransformedWatch<T extends KubeObject> = Watch<T> & { readonly transform?: (object: T) => T };

type Watched<Name extends keyof SlotStores> = NonNullable<ReturnType<SlotStores[Name]["get"]>>;

function reflect<T extends KubeObject>(options: FleetOptions, watch: TransformedWatch<T>): Reflector<T> {
  const { api, clock, random, listener } = options;
  return new Reflector<T>({
    api,
    clock,
    random,
    path: watch.path,
    indexes: watch.indexes,
    transform: watch.transform ?? dropManagedFields,
    ...(watch.labelSelector === undefined ? {} : { select: { labelSelector: watch.labelSelector } }),
    ...(listener ? { listener } : {}),
  });
}
