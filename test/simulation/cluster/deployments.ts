import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../../src/runtime/kube-object.ts";
import type { DeploymentObject } from "../../../src/workloads/slots/objects.ts";
import { isAlive, isReady } from "../../../src/workloads/slots/pods.ts";
import type { Change } from "../kube/etcd.ts";
import { type ClusterOptions, Kubelet } from "./kubelet.ts";

const DEPLOYMENTS = "deployments.apps";

/**
 * Deployments and their pods, as far as slots need them: as many pods of the present template as asked for, made and
 * ended with the delays of real controllers. (A slot is never rolled in place; see rolled.ts for what is.)
 */
export class Deployments {
  readonly kubelet: Kubelet;
  readonly #options: ClusterOptions;
  readonly #due = new Set<string>();
  #names = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.kubelet = new Kubelet(options);
    options.server.etcd.onChange((change) => this.#onChange(change));
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
      for (const pod of this.kubelet.podsOf(before)) this.kubelet.end(pod);
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
    const alive = this.kubelet
      .podsOf(deployment)
      .filter((pod) => isAlive(pod) && pod.metadata.deletionTimestamp === undefined);
    for (let missing = replicas - alive.length; missing > 0; missing -= 1) {
      this.#names += 1;
      const name = `${deployment.metadata.name}-${this.#names.toString(36).padStart(5, "0")}`;
      this.kubelet.make(deployment, name, deployment.spec.template);
    }
    // Those that serve nothing go first, as the ReplicaSet controller chooses.
    const ranked = [...alive].sort((one, other) => Number(isReady(other)) - Number(isReady(one)));
    for (const pod of ranked.slice(replicas)) this.kubelet.end(pod);
    const status = {
      observedGeneration: deployment.metadata.generation ?? 0,
      replicas: Math.max(replicas, 0),
      readyReplicas: alive.filter(isReady).length,
    };
    if (!isDeepStrictEqual(status, deployment.status))
      etcd.put(DEPLOYMENTS, key, { ...deployment, status } as KubeObject);
  }
}
