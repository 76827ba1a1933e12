import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../../src/runtime/kube-object.ts";
import type { InPlaceDeployment } from "../../../src/workloads/in-place/objects.ts";
import type { PodObject } from "../../../src/workloads/slots/objects.ts";
import type { Cluster } from "../../scenarios/deployment-controller/cluster.ts";
import { syncDeployment } from "../../scenarios/deployment-controller/deployment.ts";
import { nextAvailability, syncReplicaSet } from "../../scenarios/deployment-controller/pods.ts";
import { isScaled } from "../../scenarios/deployment-controller/scaling.ts";
import type { Change } from "../kube/etcd.ts";
import { type ClusterOptions, Kubelet, keyOf, type Template } from "./kubelet.ts";
import { clusterOf, type PodSet, setObject } from "./rolled-objects.ts";

const DEPLOYMENTS = "deployments.apps";
const SETS = "replicasets.apps";

/** One sync of one of the two controllers. */
export interface Sync {
  readonly before: Cluster;
  readonly after: Cluster;
  /** It shared out a change of size. */
  readonly scaled: boolean;
}

/**
 * Kubernetes' Deployment and ReplicaSet controllers (test/scenarios/deployment-controller), each at its own pace, over
 * the objects of the API server: what one knows of the other's work is what stands in there.
 */
export class RolledDeployments {
  readonly kubelet: Kubelet;
  /** Told of every sync that changes something, before it does. */
  onSync: (sync: Sync) => void = () => {};
  readonly #options: ClusterOptions;
  readonly #due = new Set<string>();
  #made = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.kubelet = new Kubelet(options);
    options.server.etcd.onChange((change) => this.#onChange(change));
  }

  setsOf({ metadata }: KubeObject): readonly PodSet[] {
    const sets = this.#options.server.etcd.list(SETS) as readonly PodSet[];
    return sets.filter((set) => set.metadata.ownerReferences?.[0]?.uid === metadata.uid);
  }

  podsOf(deployment: KubeObject): readonly PodObject[] {
    return this.setsOf(deployment).flatMap((set) => this.kubelet.podsOf(set));
  }

  #onChange({ resource, before, after }: Change): void {
    const object = after ?? before;
    if (!object) return;
    const { namespace, ownerReferences } = object.metadata;
    const owner = `${namespace}/${ownerReferences?.[0]?.name}`;
    if (resource === DEPLOYMENTS) this.#soon(DEPLOYMENTS, keyOf(object));
    if (resource === SETS) {
      this.#soon(DEPLOYMENTS, owner);
      this.#soon(SETS, keyOf(object));
    }
    if (resource === "pods") this.#soon(SETS, owner);
    if (after || !before) return;
    // The garbage collector's part.
    if (resource === DEPLOYMENTS) for (const set of this.setsOf(before)) this.#later(() => this.#drop(set));
    if (resource === SETS)
      for (const pod of this.kubelet.podsOf(before)) this.#later(() => this.kubelet.end(pod));
  }

  #later(act: () => void): void {
    const { timeline, dice } = this.#options;
    timeline.in(dice.between(50, 1_000), act);
  }

  #drop(set: KubeObject): void {
    const { etcd } = this.#options.server;
    if (etcd.get(SETS, keyOf(set))?.metadata.uid === set.metadata.uid) etcd.put(SETS, keyOf(set), undefined);
  }

  #soon(resource: string, key: string): void {
    const work = `${resource} ${key}`;
    if (this.#due.has(work)) return;
    this.#due.add(work);
    const { timeline, dice } = this.#options;
    timeline.in(dice.between(10, 250), () => {
      this.#due.delete(work);
      if (resource === DEPLOYMENTS) this.#syncDeployment(key);
      else this.#syncSet(key);
    });
  }

  #deployment(key: string): InPlaceDeployment | undefined {
    const found = this.#options.server.etcd.get(DEPLOYMENTS, key) as InPlaceDeployment | undefined;
    return found?.metadata.deletionTimestamp === undefined ? found : undefined;
  }

  #cluster(deployment: InPlaceDeployment): Cluster {
    return clusterOf(deployment, this.setsOf(deployment), this.podsOf(deployment), this.#made);
  }

  #syncDeployment(key: string): void {
    const { timeline, server } = this.#options;
    const deployment = this.#deployment(key);
    if (!deployment) return;
    const before = this.#cluster(deployment);
    const after = syncDeployment(before, timeline.wall);
    if (isDeepStrictEqual(after, before)) return;
    this.onSync({ before, after, scaled: isScaled(before) || deployment.spec.paused === true });
    for (const set of before.sets) {
      if (!after.sets.some(({ name }) => name === set.name))
        server.etcd.put(SETS, `${deployment.metadata.namespace}/${set.name}`, undefined);
    }
    for (const set of after.sets) {
      const known = before.sets.find(({ name }) => name === set.name);
      if (!isDeepStrictEqual(known, set)) this.#writeSet(deployment, set);
    }
    const { status } = after.deployment ?? {};
    if (!isDeepStrictEqual(status, before.deployment?.status))
      server.etcd.put(DEPLOYMENTS, key, { ...deployment, status } as KubeObject);
  }

  #writeSet(deployment: InPlaceDeployment, set: Cluster["sets"][number]): void {
    const { server } = this.#options;
    const key = `${deployment.metadata.namespace}/${set.name}`;
    const known = server.etcd.get(SETS, key) as PodSet | undefined;
    const isOurs = known?.metadata.ownerReferences?.[0]?.uid === deployment.metadata.uid;
    // One of a Deployment that was deleted has the name yet: again when it is gone.
    if (known && !isOurs) return this.#later(() => this.#soon(DEPLOYMENTS, keyOf(deployment)));
    server.etcd.put(SETS, key, setObject(deployment, set, known, server.etcd.newUid()));
  }

  #syncSet(key: string): void {
    const { timeline, server } = this.#options;
    const object = server.etcd.get(SETS, key) as PodSet | undefined;
    const deployment = object && this.#ownerOf(object);
    if (!object || !deployment) return;
    const before = this.#cluster(deployment);
    const name = object.metadata.name ?? "";
    const after = syncReplicaSet(before, name, timeline.wall);
    const next = nextAvailability(before, timeline.wall);
    if (next !== undefined) timeline.in(next - timeline.wall, () => this.#soon(SETS, key));
    if (isDeepStrictEqual(after, before)) return;
    this.onSync({ before, after, scaled: true });
    this.#made = after.made;
    for (const pod of after.pods) this.#bring(object, before, pod);
    const status = after.sets.find((set) => set.name === name)?.status;
    const live = server.etcd.get(SETS, key) as PodSet | undefined;
    if (live && !isDeepStrictEqual(status, live.status))
      server.etcd.put(SETS, key, { ...live, status } as KubeObject);
  }

  /** Undefined where another Deployment has its name now. */
  #ownerOf({ metadata: { namespace, ownerReferences } }: PodSet): InPlaceDeployment | undefined {
    const owner = ownerReferences?.[0];
    const found = this.#deployment(`${namespace}/${owner?.name}`);
    return found?.metadata.uid === owner?.uid ? found : undefined;
  }

  #bring(set: PodSet, before: Cluster, pod: Cluster["pods"][number]): void {
    const known = before.pods.find(({ name }) => name === pod.name);
    const { namespace } = set.metadata;
    if (!known) return this.kubelet.make(set, pod.name, set.spec.template as Template);
    if (known.terminatingSince !== undefined || pod.terminatingSince === undefined) return;
    const object = this.#options.server.etcd.get("pods", `${namespace}/${pod.name}`);
    if (object) this.kubelet.end(object);
  }
}
