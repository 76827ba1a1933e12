import { afterAll, beforeAll } from "vitest";
import { systemClock } from "../../src/runtime/clock.ts";
import type { KubeApi } from "../../src/runtime/kube-api.ts";
import { createKubeApi } from "../../src/runtime/kube-client.ts";
import { loadKubeConfig } from "../../src/runtime/kube-config.ts";
import type { KubeObject } from "../../src/runtime/kube-object.ts";
import { Reflector } from "../../src/runtime/reflector.ts";
import { dropManagedFields } from "../../src/runtime/store.ts";
import type { RolloutIdentity } from "../../src/workloads/slots/names.ts";
import type {
  BindingObject,
  ControllerRevisionObject,
  DeploymentObject,
  PodObject,
  ServiceObject,
} from "../../src/workloads/slots/objects.ts";
import type { SlotsSpec } from "../../src/workloads/slots/slots-spec.ts";
import { type SlotStores, slotWatches, type Watch } from "../../src/workloads/slots/stores.ts";
import { createSlotsWorkload, type SlotsWorkload } from "../../src/workloads/slots/workload.ts";
import { eventually, type TestCluster } from "../control-plane/shared.ts";
import { named, slotsSpec } from "./samples.ts";

/** The slots of test rollouts on a real control plane, with the caches that the operator has. */
export interface World {
  readonly api: KubeApi;
  readonly stores: SlotStores;
  readonly workload: SlotsWorkload;
  /** A rollout of this name in the file's namespace. */
  spec(name: string, changes?: Partial<SlotsSpec>): SlotsSpec;
  /** Stores the spec's revision and renders it into a slot; fails the test when the cluster refuses. */
  render(spec: SlotsSpec, destination: "a" | "b", replicas: number): Promise<string>;
  /** Waits until the slot has so many Ready pods, and no other pods. */
  settled(spec: SlotsSpec, destination: "a" | "b", pods: number): Promise<void>;
  get<T extends KubeObject>(path: string): Promise<T>;
}

export function useWorld(cluster: TestCluster): World {
  let api: KubeApi | undefined;
  const reflectors: Reflector[] = [];
  let stores: SlotStores | undefined;
  let workload: SlotsWorkload | undefined;

  beforeAll(async () => {
    api = createKubeApi(loadKubeConfig({ kubeconfig: cluster.kubeconfigPath }), {
      userAgent: "modelrollout-test",
    });
    const opened = openStores(api, cluster.namespace);
    stores = opened.stores;
    reflectors.push(...opened.reflectors);
    await Promise.all(reflectors.map((reflector) => reflector.synced()));
    workload = createSlotsWorkload({ api, stores, clock: systemClock });
  });
  afterAll(async () => {
    await Promise.all(reflectors.map((reflector) => reflector.stop()));
    await api?.close();
  });

  const world: World = {
    get api() {
      return present(api);
    },
    get stores() {
      return present(stores);
    },
    get workload() {
      return present(workload);
    },
    spec: (name, changes = {}) =>
      slotsSpec({
        namespace: cluster.namespace,
        name,
        uid: crypto.randomUUID(),
        ...ownGroups(name),
        ...changes,
      }),
    render: async (spec, destination, replicas) => {
      const { revision } = named(spec);
      succeeded(await world.workload.storeRevision(spec, spec.content, revision));
      succeeded(await world.workload.renderSlot(spec, destination, revision, replicas));
      return revision;
    },
    settled: async (spec, destination, pods) => {
      await eventually(`${spec.name}-${destination} has ${pods} Ready pods`, () => {
        const slot = world.workload.read(spec)[destination];
        return slot.ready === pods && slot.pods === pods;
      });
    },
    get: async (path) => await present(api).get(path),
  };
  return world;
}

/** Throws what is in the way, so that a test fails with the sentence that people would read. */
export function succeeded(outcome: {
  readonly ok: boolean;
  readonly problem?: { readonly message: string };
}): void {
  if (!outcome.ok) throw new Error(outcome.problem?.message);
}

export function identityOf({ namespace, name, uid }: SlotsSpec): RolloutIdentity {
  return { namespace, name, uid };
}

/** Groups that no other rollout of the test has. */
function ownGroups(name: string): Pick<SlotsSpec, "groups"> {
  const arn = `arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/${name}`;
  return { groups: { a: `${arn}-a/01-${crypto.randomUUID()}`, b: `${arn}-b/02-${crypto.randomUUID()}` } };
}

function openStores(api: KubeApi, namespace: string) {
  const watches = slotWatches(namespace);
  const reflectors: Reflector[] = [];
  const open = <T extends KubeObject>({ path, labelSelector, indexes }: Watch<T>) => {
    const reflector = new Reflector<T>({
      api,
      path,
      clock: systemClock,
      random: Math.random,
      indexes,
      transform: dropManagedFields,
      ...(labelSelector === undefined ? {} : { select: { labelSelector } }),
    });
    reflector.start();
    reflectors.push(reflector as unknown as Reflector);
    return reflector.store;
  };
  const stores = {
    deployments: open<DeploymentObject>(watches.deployments),
    services: open<ServiceObject>(watches.services),
    bindings: open<BindingObject>(watches.bindings),
    revisions: open<ControllerRevisionObject>(watches.revisions),
    pods: open<PodObject>(watches.pods),
  };
  return { stores, reflectors };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the world is there in hooks and tests only");
  return value;
}
