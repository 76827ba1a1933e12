import {
  type Cluster,
  createDeployment,
  type DeploymentSpec,
  deletePod,
  editDeployment,
  isActive,
  type Pod,
  removePod,
  setReady,
} from "../../scenarios/deployment-controller/cluster.ts";
import { syncDeployment } from "../../scenarios/deployment-controller/deployment.ts";
import { syncReplicaSet } from "../../scenarios/deployment-controller/pods.ts";
import { broken, type Edit, randomOf, type Step } from "./steps.ts";

/** What a ReplicaSet is compared by, at a quiet point. */
export type SetSizes = {
  readonly version: string;
  readonly replicas: number;
  readonly ready: number;
  readonly available: number;
  readonly minReadySeconds: number;
  readonly desired: number;
  readonly max: number;
};

/** By version; the same text is the same state. */
export const textOf = (sets: readonly SetSizes[]): string =>
  [...sets]
    .sort((left, right) => (left.version < right.version ? -1 : 1))
    .map(
      ({ version, replicas, ready, available, minReadySeconds, desired, max }) =>
        `${version} ${replicas} (${ready} Ready, ${available} available after ${minReadySeconds} s; of ${desired}/${max})`,
    )
    .join("; ");

/** How the next actor is chosen among those that may act; absent: by turns. */
type Order = ((count: number) => number) | undefined;

/** One Deployment of the model, at a quiet point. Pods that are not well stay so until `heal`. */
export class Modelled {
  readonly cluster: Cluster;
  readonly #ill: ReadonlySet<string>;
  readonly #now: number;

  private constructor(cluster: Cluster, ill: ReadonlySet<string>, now: number) {
    this.cluster = cluster;
    this.#ill = ill;
    this.#now = now;
  }

  static of(replicas: number): Modelled {
    const spec = {
      template: "v1",
      replicas,
      strategy: { type: "RollingUpdate", maxUnavailable: "25%", maxSurge: "25%" },
    };
    return new Modelled(createDeployment("x", spec), new Set(), 0).#settled(undefined);
  }

  get sizes(): string {
    return textOf(
      this.cluster.sets.map(({ template, replicas, status, minReadySeconds, desired = -1, max = -1 }) => ({
        version: template,
        replicas,
        ready: status.readyReplicas,
        available: status.availableReplicas,
        minReadySeconds,
        desired,
        max,
      })),
    );
  }

  /** Ready pods of a version. */
  wellOf(version: string): readonly Pod[] {
    return this.cluster.pods.filter(
      (pod) => pod.template === version && isActive(pod) && pod.readySince !== undefined,
    );
  }

  /** The next quiet point. Who acts first may matter: another `seed` is another order. */
  after(step: Step, seed?: number): Modelled {
    const now = this.#now + 2_000;
    const order = seed === undefined ? undefined : randomOf(seed);
    if (step.kind === "edit") {
      return new Modelled(editDeployment(this.cluster, inSpec(step.change)), this.#ill, now).#settled(order);
    }
    if (step.kind === "heal") return new Modelled(this.cluster, new Set(), now).#settled(order);
    const name = this.wellOf(step.version)[0]?.name;
    if (name === undefined) return new Modelled(this.cluster, this.#ill, now).#settled(order);
    return step.kind === "evict"
      ? new Modelled(deletePod(this.cluster, name, now), this.#ill, now).#settled(order)
      : new Modelled(setReady(this.cluster, name, false, now), new Set([...this.#ill, name]), now).#settled(
          order,
        );
  }

  #settled(order: Order): Modelled {
    let current = this.cluster;
    for (let round = 0; round < 2_000; round += 1) {
      const next = this.#turn(current, order);
      if (next === undefined) return new Modelled(current, this.#ill, this.#now);
      current = next;
    }
    throw new Error(`the controllers come to no end: ${JSON.stringify(current)}`);
  }

  /** One actor's act that changes something. */
  #turn(cluster: Cluster, order: Order): Cluster | undefined {
    const before = JSON.stringify(cluster);
    const actors: ((from: Cluster) => Cluster)[] = [
      (from) => syncDeployment(from, this.#now),
      ...cluster.sets.map(
        ({ name }) =>
          (from: Cluster) =>
            syncReplicaSet(from, name, this.#now),
      ),
      (from) => this.#podsAct(from),
    ];
    while (actors.length > 0) {
      const [act] = actors.splice(order?.(actors.length) ?? 0, 1);
      const after = act?.(cluster) ?? cluster;
      if (JSON.stringify(after) !== before) return after;
    }
    return undefined;
  }

  #podsAct(cluster: Cluster): Cluster {
    return cluster.pods.reduce((next, { name, template, readySince, terminatingSince }) => {
      if (terminatingSince !== undefined) return removePod(next, name);
      const loads = readySince === undefined && template !== broken && !this.#ill.has(name);
      return loads ? setReady(next, name, true, this.#now) : next;
    }, cluster);
  }
}

function inSpec({ strategy, ...rest }: Edit): Partial<DeploymentSpec> {
  if (strategy === undefined) return rest;
  return strategy === "Recreate"
    ? { ...rest, strategy: { type: "Recreate", maxSurge: 0, maxUnavailable: 0 } }
    : { ...rest, strategy: { type: "RollingUpdate", ...strategy } };
}
