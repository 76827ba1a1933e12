import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../../src/runtime/kube-object.ts";
import type { DeploymentObject, PodObject } from "../../../src/workloads/slots/objects.ts";
import { isAlive, isReady } from "../../../src/workloads/slots/pods.ts";
import type { Dice } from "../dice.ts";
import type { Change } from "../kube/etcd.ts";
import { type ApiServer, seconds } from "../kube/server.ts";
import type { Timeline } from "../timeline.ts";
import { type Behaviour, crashing, newPod, withReady } from "./pods.ts";

export interface ClusterOptions {
  readonly server: ApiServer;
  readonly timeline: Timeline;
  readonly dice: Dice;
  /** By the container's image. */
  readonly behaviourOf: (image: string) => Behaviour;
}

const DEPLOYMENTS = "deployments.apps";
const NODES = ["node-1", "node-2", "node-3"];

/**
 * Deployments and their pods, as far as slots need them: as many pods of the present template as asked for, made and
 * ended with the delays of real controllers. (A slot is never rolled in place.)
 */
export class Deployments {
  readonly #options: ClusterOptions;
  readonly #due = new Set<string>();
  #addresses = 0;
  #names = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    options.server.etcd.onChange((change) => this.#onChange(change));
  }

  /** Pods of a Deployment, whatever their state. */
  podsOf({ metadata }: KubeObject): readonly PodObject[] {
    const pods = this.#options.server.etcd.list("pods") as readonly PodObject[];
    return pods.filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === metadata.uid);
  }

  /** Ends a pod gracefully: not Ready for new requests any more, gone when it has finished its own. */
  end(pod: PodObject): void {
    const { server, timeline } = this.#options;
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const live = server.etcd.get("pods", key);
    if (!live || live.metadata.deletionTimestamp !== undefined) return;
    const going = { ...live.metadata, deletionTimestamp: seconds(timeline.wall) };
    server.etcd.put("pods", key, { ...live, metadata: going });
    timeline.in(this.#behaviour(live).stopMs(), () => this.remove(live));
  }

  remove(pod: PodObject): void {
    const { etcd } = this.#options.server;
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    if (etcd.get("pods", key)?.metadata.uid === pod.metadata.uid) etcd.put("pods", key, undefined);
  }

  /** Tries again what a pod that crashes, or one that was just healed, would do by itself. */
  restart(pod: PodObject): void {
    this.#start(pod);
  }

  #onChange({ resource, before, after }: Change): void {
    const object = after ?? before;
    if (!object) return;
    if (resource === DEPLOYMENTS) this.#soon(`${object.metadata.namespace}/${object.metadata.name}`);
    if (resource === "pods") {
      const owner = object.metadata.ownerReferences?.[0];
      if (owner) this.#soon(`${object.metadata.namespace}/${owner.name}`);
    }
    if (resource === DEPLOYMENTS && !after && before) {
      for (const pod of this.podsOf(before)) this.end(pod);
    }
  }

  #soon(key: string): void {
    if (this.#due.has(key)) return;
    this.#due.add(key);
    const { timeline, dice } = this.#options;
    timeline.in(dice.between(20, 300), () => {
      this.#due.delete(key);
      this.#reconcile(key);
    });
  }

  #reconcile(key: string): void {
    const { etcd } = this.#options.server;
    const deployment = etcd.get(DEPLOYMENTS, key) as DeploymentObject | undefined;
    if (!deployment || deployment.metadata.deletionTimestamp !== undefined) return;
    const { replicas = 1 } = deployment.spec;
    const alive = this.podsOf(deployment).filter(
      (pod) => isAlive(pod) && pod.metadata.deletionTimestamp === undefined,
    );
    for (let missing = replicas - alive.length; missing > 0; missing -= 1) this.#make(deployment);
    // Those that serve nothing go first, as the ReplicaSet controller chooses.
    const ranked = [...alive].sort((one, other) => Number(isReady(other)) - Number(isReady(one)));
    for (const pod of ranked.slice(replicas)) this.end(pod);
    const status = {
      observedGeneration: deployment.metadata.generation ?? 0,
      replicas: Math.max(replicas, 0),
      readyReplicas: alive.filter(isReady).length,
    };
    if (!isDeepStrictEqual(status, deployment.status))
      etcd.put(DEPLOYMENTS, key, { ...deployment, status } as KubeObject);
  }

  #make(deployment: DeploymentObject): void {
    const { server, dice } = this.#options;
    this.#addresses += 1;
    this.#names += 1;
    const { namespace, name } = deployment.metadata;
    const template = deployment.spec.template as {
      metadata?: { labels?: Record<string, string> };
      spec?: { containers?: { image?: string }[] };
    };
    const pod = newPod({
      name: `${name}-${this.#names.toString(36).padStart(5, "0")}`,
      owner: deployment,
      labels: template.metadata?.labels ?? {},
      ip: `10.0.${this.#addresses >> 8}.${this.#addresses & 255}`,
      node: dice.pick(NODES),
    });
    const image = template.spec?.containers?.[0]?.image ?? "";
    const annotated = { ...pod, metadata: { ...pod.metadata, annotations: { image } } };
    const made = server.create(`/api/v1/namespaces/${namespace}/pods`, annotated);
    // The registry strips a status from what is created; the kubelet writes it.
    const stored = server.etcd.put("pods", `${namespace}/${made.metadata.name}`, {
      ...made,
      status: pod.status,
    } as KubeObject);
    this.#start(stored);
  }

  #behaviour(pod: PodObject): Behaviour {
    return this.#options.behaviourOf(pod.metadata.annotations?.["image"] ?? "");
  }

  #start(pod: PodObject): void {
    const { timeline } = this.#options;
    const behaviour = this.#behaviour(pod);
    timeline.in(behaviour.startMs(), () =>
      this.#become(pod, behaviour.crashes ? crashing : (live) => withReady(live, true)),
    );
  }

  #become(pod: PodObject, change: (live: PodObject) => PodObject): void {
    const { etcd } = this.#options.server;
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const live = etcd.get("pods", key);
    if (!live || live.metadata.uid !== pod.metadata.uid) return;
    if (live.metadata.deletionTimestamp !== undefined || !isAlive(live)) return;
    etcd.put("pods", key, change(live));
  }
}
