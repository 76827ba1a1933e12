import type { KubeObject } from "../../../src/runtime/kube-object.ts";
import { syncObjects } from "./deployment-controller.ts";
import { type ModelDeployment, type ModelPod, type ModelSet, versionIn } from "./objects.ts";

/** What happened to the API server's objects, for whoever watches. */
export interface Change {
  readonly kind: "deployments" | "replicasets" | "controllerrevisions";
  readonly type: "put" | "delete";
  readonly object: KubeObject;
}

/** How the pods of a version behave; times in ms. */
export interface PodBehaviour {
  readonly loadMs: number;
}

/**
 * One Deployment with its ReplicaSets and pods, and the controllers that act on them, one small step at a time. Nothing
 * happens by itself: a test says which controller works next, and may so let any of them be late.
 */
export class ModelCluster {
  now = Date.UTC(2026, 0, 5, 10);
  deployment: ModelDeployment | undefined;
  readonly sets = new Map<string, ModelSet>();
  readonly pods = new Map<string, ModelPod>();
  readonly revisions = new Map<string, KubeObject>();
  readonly behaviours = new Map<string, PodBehaviour>();
  readonly watchers = new Set<(change: Change) => void>();
  /** Called when the Deployment controller asks for more pods of a version: how many in all. */
  readonly growthWatchers = new Set<(version: string, replicas: number, scaling: boolean) => void>();
  /** Called before a pod is made and after one has gone. */
  readonly podWatchers = new Set<(event: "made" | "gone" | "unready", pod: ModelPod) => void>();
  /** The two admission policies stand. */
  guarded = false;
  /** A Kubernetes that gives every pod template a default more. */
  upgraded = false;
  readonly #scaled = new Map<string, boolean>();
  #version = 100;
  #names = 0;

  nextVersion(): string {
    this.#version += 1;
    return String(this.#version);
  }

  nextName(): number {
    this.#names += 1;
    return this.#names;
  }

  #tell(kind: Change["kind"], type: Change["type"], object: object): void {
    for (const watcher of this.watchers)
      watcher({ kind, type, object: structuredClone(object) as KubeObject });
  }

  /** The template as this Kubernetes has it. */
  defaulted<T extends { readonly spec: object }>(template: T): T {
    return this.upgraded ? { ...template, spec: { aDefault: "new", ...template.spec } } : template;
  }

  /** Stores the Deployment: another spec is another generation. */
  writeDeployment(next: ModelDeployment): ModelDeployment {
    const before = this.deployment;
    // As the API server stores it: 0 is not written.
    if (next.spec.minReadySeconds === 0) delete next.spec.minReadySeconds;
    const changed = JSON.stringify(before?.spec) !== JSON.stringify(next.spec);
    const generation = (before?.metadata.generation ?? 0) + (changed ? 1 : 0);
    const metadata = { ...next.metadata, generation, resourceVersion: this.nextVersion() };
    this.deployment = { ...next, metadata };
    this.#tell("deployments", "put", this.deployment);
    return structuredClone(this.deployment);
  }

  removeDeployment(): void {
    if (!this.deployment) return;
    this.#tell("deployments", "delete", {
      ...this.deployment,
      metadata: { ...this.deployment.metadata, resourceVersion: this.nextVersion() },
    });
    this.deployment = undefined;
    for (const set of this.sets.values()) this.removeSet(set);
  }

  removeSet(set: ModelSet): void {
    this.sets.delete(set.metadata.uid);
    for (const pod of this.podsOf(set.metadata.uid)) this.#drop(pod);
    this.#tell("replicasets", "delete", {
      ...set,
      metadata: { ...set.metadata, resourceVersion: this.nextVersion() },
    });
  }

  writeRevision(object: KubeObject): KubeObject {
    const written = {
      ...object,
      metadata: { ...object.metadata, uid: `rev-${this.nextName()}`, resourceVersion: this.nextVersion() },
    };
    this.revisions.set(object.metadata.name ?? "", written);
    this.#tell("controllerrevisions", "put", written);
    return structuredClone(written);
  }

  removeRevision(name: string): boolean {
    const found = this.revisions.get(name);
    if (!found) return false;
    this.revisions.delete(name);
    this.#tell("controllerrevisions", "delete", {
      ...found,
      metadata: { ...found.metadata, resourceVersion: this.nextVersion() },
    });
    return true;
  }

  #writeSet(set: ModelSet): void {
    const metadata = { ...set.metadata, resourceVersion: this.nextVersion() };
    const written = { ...set, metadata };
    this.sets.set(set.metadata.uid, written);
    this.#tell("replicasets", "put", written);
  }

  /** One sync of the Deployment controller. */
  syncDeployment(): void {
    const { deployment } = this;
    if (!deployment) return;
    syncObjects(structuredClone(deployment), structuredClone([...this.sets.values()]), {
      create: ({ spec, metadata }, annotations, replicas) => {
        const count = this.nextName();
        if (replicas > 0) this.#grow(versionIn(spec.template), replicas, false);
        this.#writeSet({
          metadata: {
            name: `${metadata.name}-${count}`,
            namespace: metadata.namespace ?? "",
            uid: `set-${count}`,
            creation: count,
            resourceVersion: "",
            ownerReferences: [
              {
                apiVersion: "apps/v1",
                kind: "Deployment",
                name: metadata.name ?? "",
                uid: metadata.uid ?? "",
              },
            ],
            annotations,
          },
          spec: {
            replicas,
            minReadySeconds: spec.minReadySeconds ?? 0,
            template: structuredClone(spec.template),
          },
          status: { replicas: 0, readyReplicas: 0, availableReplicas: 0 },
        });
      },
      update: (set, scaling) => {
        const before = this.sets.get(set.metadata.uid);
        const more = set.spec.replicas - (before?.spec.replicas ?? 0);
        if (more !== 0) this.#scaled.set(set.metadata.uid, scaling);
        if (more > 0) this.#grow(versionIn(set.spec.template), set.spec.replicas, scaling);
        this.#writeSet({ ...set, status: before?.status ?? set.status });
      },
      remove: (set) => this.removeSet(set),
      status: (status) => {
        const now = this.deployment;
        if (now && JSON.stringify(now.status) !== JSON.stringify(status))
          this.writeDeployment({ ...now, status });
      },
    });
  }

  #grow(version: string, replicas: number, scaling: boolean): void {
    for (const watcher of this.growthWatchers) watcher(version, replicas, scaling);
  }

  /** The last change of this set's size was its part of a change of replicas, no step of a roll. */
  wasScaled(set: string): boolean {
    return this.#scaled.get(set) === true;
  }

  podsOf(set: string): readonly ModelPod[] {
    return [...this.pods.values()].filter((pod) => pod.set === set);
  }

  /** One sync of a ReplicaSet: its status from what is there, then pods made or deleted, the not Ready ones first. */
  syncSet(uid: string): void {
    const set = this.sets.get(uid);
    if (!set) return;
    const pods = this.podsOf(uid);
    const ready = pods.filter((pod) => pod.ready);
    const ripe = ready.filter((pod) => this.now - pod.readyAt >= set.spec.minReadySeconds * 1000);
    const status = {
      replicas: pods.length,
      readyReplicas: ready.length,
      availableReplicas: ripe.length,
    };
    const missing = set.spec.replicas - pods.length;
    for (let count = 0; count < missing; count += 1) this.#make(set);
    const spare = pods.toSorted((left, right) => Number(left.ready) - Number(right.ready));
    for (const pod of spare.slice(0, Math.max(0, -missing))) this.#drop(pod);
    if (JSON.stringify(status) !== JSON.stringify(set.status)) this.#writeSet({ ...set, status });
  }

  /** A set whose status or size is not what its pods say. */
  isBehind(uid: string): boolean {
    const set = this.sets.get(uid);
    if (!set) return false;
    const pods = this.podsOf(uid);
    const ready = pods.filter((pod) => pod.ready).length;
    return (
      pods.length !== set.spec.replicas ||
      set.status.replicas !== pods.length ||
      set.status.readyReplicas !== ready ||
      (set.spec.minReadySeconds === 0 && set.status.availableReplicas !== ready)
    );
  }

  #make({ metadata, spec }: ModelSet): void {
    const version = versionIn(spec.template);
    const name = `pod-${this.nextName()}`;
    const readyAt = this.now + (this.behaviours.get(version)?.loadMs ?? 1_000);
    const pod: ModelPod = { name, set: metadata.uid, version, createdAt: this.now, readyAt, ready: false };
    for (const watcher of this.podWatchers) watcher("made", pod);
    this.pods.set(name, pod);
  }

  #drop(pod: ModelPod): void {
    this.pods.delete(pod.name);
    for (const watcher of this.podWatchers) watcher("gone", pod);
  }

  /** Pods become Ready as time passes. */
  advance(ms: number): void {
    this.now += ms;
    for (const pod of this.pods.values()) if (!pod.ready && pod.readyAt <= this.now) pod.ready = true;
  }

  /** Pods of a version that crash: not Ready, for good. */
  crash(version: string): void {
    this.behaviours.set(version, { loadMs: Infinity });
    for (const pod of this.pods.values()) {
      if (pod.version !== version) continue;
      pod.ready = false;
      pod.readyAt = Infinity;
      for (const watcher of this.podWatchers) watcher("unready", pod);
    }
  }

  count(version: string): number {
    return [...this.pods.values()].filter((pod) => pod.version === version).length;
  }

  get ready(): number {
    return [...this.pods.values()].filter((pod) => pod.ready).length;
  }

  /** A person's or a tool's write, past the admission policies where they stand. */
  user(change: (deployment: ModelDeployment) => void): void {
    const { deployment } = this;
    if (!deployment) return;
    const next = structuredClone(deployment);
    change(next);
    if (this.guarded) admit(deployment, next);
    if (JSON.stringify(next) !== JSON.stringify(deployment)) this.writeDeployment(next);
  }

  /** The scale subresource, which no policy sees. */
  scale(replicas: number): void {
    const { deployment } = this;
    if (!deployment || deployment.spec.replicas === replicas) return;
    this.writeDeployment({ ...deployment, spec: { ...deployment.spec, replicas } });
  }
}

/** deploy/components/admission-policies/policies.yaml. */
function admit(before: ModelDeployment, next: ModelDeployment): void {
  const marked = (label: string): boolean =>
    before.metadata.labels?.[label] !== undefined || next.metadata.labels?.[label] !== undefined;
  const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
  if (marked("modelrollout.dev/adopted")) {
    const resumed = before.spec.paused === true && next.spec.paused !== true;
    if (resumed || !same(before.spec.template, next.spec.template)) next.spec.paused = true;
  }
  if (!marked("modelrollout.dev/released")) return;
  for (const field of ["strategy", "minReadySeconds", "progressDeadlineSeconds"] as const) {
    const value = before.spec[field];
    if (value === undefined) delete next.spec[field];
    else Object.assign(next.spec, { [field]: value });
  }
}
