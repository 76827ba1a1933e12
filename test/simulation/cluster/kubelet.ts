import type { KubeObject } from "../../../src/runtime/kube-object.ts";
import type { PodObject } from "../../../src/workloads/slots/objects.ts";
import { isAlive } from "../../../src/workloads/slots/pods.ts";
import type { Dice } from "../dice.ts";
import { type ApiServer, seconds } from "../kube/server.ts";
import type { Timeline } from "../timeline.ts";
import { type Behaviour, crashing, newPod, withReady } from "./pods.ts";

export interface ClusterOptions {
  readonly server: ApiServer;
  readonly timeline: Timeline;
  readonly dice: Dice;
  /** By the container's image. */
  readonly behaviourOf: (image: string) => Behaviour;
  /** Told when a pod that was Ready breaks down by itself. */
  readonly crashed: (name: string) => void;
}

/** Of a pod template, what a kubelet looks at. */
export interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: { readonly containers?: readonly { readonly image?: string }[] };
}

const NODES = ["node-1", "node-2", "node-3"];

/** All nodes in one: it starts pods, lets them crash or get Ready as their image does, and ends them. */
export class Kubelet {
  readonly #options: ClusterOptions;
  #addresses = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  podsOf({ metadata }: KubeObject): readonly PodObject[] {
    const pods = this.#options.server.etcd.list("pods") as readonly PodObject[];
    return pods.filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === metadata.uid);
  }

  /** A pod of that name, for an owner; the name must be free. */
  make(owner: KubeObject, name: string, template: Template): void {
    const { server, dice, timeline } = this.#options;
    const { namespace } = owner.metadata;
    this.#addresses += 1;
    const pod = newPod({
      name,
      owner,
      labels: template.metadata?.labels ?? {},
      ip: `10.0.${this.#addresses >> 8}.${this.#addresses & 255}`,
      node: dice.pick(NODES),
      now: timeline.wall,
    });
    const image = template.spec?.containers?.[0]?.image ?? "";
    const annotated = { ...pod, metadata: { ...pod.metadata, annotations: { image } } };
    const made = server.create(`/api/v1/namespaces/${namespace}/pods`, annotated);
    // The registry strips a status from what is created; the kubelet writes it.
    const stored = server.etcd.put("pods", `${namespace}/${made.metadata.name}`, {
      ...made,
      status: pod.status,
    } as KubeObject);
    this.start(stored);
  }

  /** Ends a pod gracefully: not Ready for new requests any more, gone when it has finished its own. */
  end(pod: KubeObject): void {
    const { server, timeline } = this.#options;
    const live = server.etcd.get("pods", keyOf(pod));
    if (!live || live.metadata.deletionTimestamp !== undefined) return;
    const going = { ...live.metadata, deletionTimestamp: seconds(timeline.wall) };
    server.etcd.put("pods", keyOf(pod), { ...live, metadata: going });
    timeline.in(this.#behaviour(live).stopMs(), () => this.remove(live));
  }

  remove(pod: KubeObject): void {
    const { etcd } = this.#options.server;
    if (etcd.get("pods", keyOf(pod))?.metadata.uid === pod.metadata.uid)
      etcd.put("pods", keyOf(pod), undefined);
  }

  /** What its image does: gets Ready after a while (and may crash later), or crashes over and over. */
  start(pod: KubeObject): void {
    const { timeline } = this.#options;
    timeline.in(this.#behaviour(pod).startMs(), () => {
      const { crashes, livesMs } = this.#behaviour(pod);
      this.#become(pod, crashes ? crashing : (live) => withReady(live, true, timeline.wall));
      if (livesMs === undefined) return;
      // Unless it has been mended by then.
      timeline.in(livesMs(), () => this.#behaviour(pod).livesMs && this.#crash(pod));
    });
  }

  #crash(pod: KubeObject): void {
    this.#options.crashed(pod.metadata.name ?? "");
    this.#become(pod, crashing);
  }

  /** A pod stops to be Ready, and is so again after a while. */
  falter(pod: PodObject, forMs: number): void {
    const { timeline } = this.#options;
    this.#become(pod, (live) => withReady(live, false, timeline.wall));
    timeline.in(forMs, () => this.#become(pod, (live) => withReady(live, true, timeline.wall)));
  }

  #behaviour(pod: KubeObject): Behaviour {
    return this.#options.behaviourOf(pod.metadata.annotations?.["image"] ?? "");
  }

  #become(pod: KubeObject, change: (live: PodObject) => PodObject): void {
    const { etcd } = this.#options.server;
    const live = etcd.get("pods", keyOf(pod));
    if (!live || live.metadata.uid !== pod.metadata.uid) return;
    if (live.metadata.deletionTimestamp !== undefined || !isAlive(live)) return;
    etcd.put("pods", keyOf(pod), change(live));
  }
}

export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}
