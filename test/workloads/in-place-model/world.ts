import type { ModelRolloutSpec } from "../../../src/api/types.ts";
import { allowance, podsForShare } from "../../../src/core/in-place/pace.ts";
import { ModelCluster } from "./cluster.ts";
import { type ModelDeployment, type ModelPod, versionIn } from "./objects.ts";
import { ModelOperator, type Point, rolloutSpec } from "./operator.ts";

/** A deterministic source of numbers below `count` (mulberry32). */
export function randomOf(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, count);
  };
}

export interface WorldOptions {
  readonly seed: number;
  readonly replicas?: number;
  readonly guarded?: boolean;
  readonly maxSurge?: number | string;
  readonly maxUnavailable?: number | string;
  readonly spec?: Partial<ModelRolloutSpec>;
  /** Load times by version; default 1 s. */
  readonly loadMs?: Readonly<Record<string, number>>;
  readonly deployment?: Partial<ModelDeployment["spec"]>;
}

export const templateOf = (version: string): ModelDeployment["spec"]["template"] => ({
  metadata: { labels: { app: "model" } },
  spec: { containers: [{ name: "server", image: `registry.example/model:${version}` }] },
});

/**
 * One Deployment, the controllers of Kubernetes and the operator, all of which act in an order that the seed says. Every
 * pod that comes or goes is checked against what must hold; `broken` has what did not.
 */
export class InterleavedWorld {
  readonly cluster = new ModelCluster();
  readonly operator: ModelOperator;
  readonly random: (count: number) => number;
  readonly broken: string[] = [];
  readonly log: string[] = [];
  /** Points that the operator has passed. */
  points = 0;
  /** Called at each of them. */
  onPoint: ((point: Point, count: number) => void) | undefined;
  /** Replicas that count for the checks: the least since the Deployment controller last caught up. */
  leastReady = Infinity;

  constructor(options: WorldOptions) {
    const { seed, replicas = 10, guarded = false, maxSurge = 1, maxUnavailable = 0 } = options;
    this.random = randomOf(seed);
    this.own = { maxSurge, maxUnavailable };
    this.cluster.guarded = guarded;
    for (const [version, loadMs] of Object.entries(options.loadMs ?? {}))
      this.cluster.behaviours.set(version, { loadMs });
    this.make("v1", replicas, { maxSurge, maxUnavailable }, options.deployment);
    this.operator = new ModelOperator(this.cluster);
    while (this.#controllersStep() || this.#age(100)) {
      if (this.cluster.ready === replicas && !this.#pending()) break;
    }
    this.operator.create(rolloutSpec(options.spec));
    this.operator.tell = (sentence) => this.log.push(`${this.time}    ${sentence}`);
    this.cluster.podWatchers.add((event, pod) => {
      this.log.push(`${this.time} ${event} ${pod.version} ${this.cluster.count(pod.version)}`);
      if (event === "gone") this.#checkReady(pod);
    });
    this.cluster.growthWatchers.add((...grown) => this.#checkGrowth(...grown));
  }

  get time(): string {
    return new Date(this.cluster.now).toISOString().slice(11, 23);
  }

  /** The Deployment, new or made anew. */
  make(
    version: string,
    replicas: number,
    rollingUpdate: { maxSurge: number | string; maxUnavailable: number | string },
    spec: Partial<ModelDeployment["spec"]> = {},
  ): void {
    const labels = { app: "model" };
    const name = "model";
    this.cluster.writeDeployment({
      metadata: {
        name,
        namespace: "prod",
        uid: `deployment-${this.cluster.nextName()}`,
        labels: { ...labels },
      },
      spec: {
        replicas,
        selector: { matchLabels: { ...labels } },
        strategy: { type: "RollingUpdate", rollingUpdate },
        progressDeadlineSeconds: 600,
        template: templateOf(version),
        ...spec,
      },
    });
  }

  /** A new template, as `kubectl set image` writes it. */
  setImage(version: string): void {
    this.log.push(`${this.time} template ${version}`);
    this.cluster.user((deployment) => (deployment.spec.template = templateOf(version)));
  }

  scale(replicas: number): void {
    this.log.push(`${this.time} scale ${replicas}`);
    this.cluster.scale(replicas);
  }

  #fail(sentence: string): void {
    this.broken.push(`${this.time} ${sentence}`);
    this.log.push(`${this.time} !!! ${sentence}`);
  }

  /** Never more of a version than the step allows, and never one that failed. */
  #checkGrowth(version: string, count: number, scaling: boolean): void {
    const { status, rollout } = this.operator;
    const { stable, canary, rollback } = status;
    // What an autoscaler adds Kubernetes shares out as it finds the pods; the stories check that.
    if (scaling || !rollout || version === versionOfRole(stable)) return;
    if (version !== versionOfRole(canary) || (rollback && this.#wentBack()))
      this.#fail(`pods of ${version} are asked for, which is to have none`);
    else if (count > this.#allowed())
      this.#fail(`${count} pods of ${version}, where ${this.#allowed()} are allowed`);
  }

  #allowed(): number {
    const { weight, intent } = this.operator.status;
    const asked = Math.max(weight?.acknowledged ?? 0, intent?.weight ?? 0);
    return podsForShare(asked, this.cluster.deployment?.spec.replicas ?? 1);
  }

  /** The operator has put the stable template back. */
  #wentBack(): boolean {
    const { template } = this.cluster.deployment?.spec ?? {};
    return template !== undefined && versionIn(template) === versionOfRole(this.operator.status.stable);
  }

  /** A Ready pod is taken away only where enough others are Ready. */
  #checkReady({ version, ready: wasReady, set }: ModelPod): void {
    const { ready, deployment } = this.cluster;
    if (!deployment || !wasReady || this.cluster.wasScaled(set)) return;
    const replicas = deployment.spec.replicas ?? 1;
    this.leastReady = Math.min(this.leastReady, ready);
    const bound = replicas - this.unavailable(replicas);
    if (ready < bound)
      this.#fail(`${ready} Ready after one of ${version} was taken: ${bound} of ${replicas} must be`);
  }

  /** Pods that may be missing now, by the user's own maxUnavailable or, on the way back, by minAvailable. */
  unavailable(replicas: number): number {
    const { status } = this.operator;
    const own = allowance(replicas, this.own.maxUnavailable, this.own.maxSurge).unavailable;
    // What the Deployment controller decided on the way back is carried out after a deletion as well.
    const leaving = !this.operator.rollout?.metadata.finalizers?.length;
    if (!status.rollback && !(leaving && this.#rolledBack)) return own;
    const share = Number.parseInt(this.operator.rollout?.spec.strategy.rollback?.minAvailable ?? "50%", 10);
    return Math.max(own, Math.floor(((100 - share) * replicas) / 100));
  }

  /** The user's own limits. */
  readonly own: { readonly maxSurge: number | string; readonly maxUnavailable: number | string };

  /** One of those who could act does; false: nobody can before time passes. */
  async step(): Promise<boolean> {
    const actors: (() => Promise<boolean> | boolean)[] = [
      () => this.#operatorStep(),
      () => this.operator.hear(this.random),
      () => this.#controllersStep(),
    ];
    while (actors.length > 0) {
      const [actor] = actors.splice(this.random(actors.length), 1);
      if (await actor?.()) {
        this.cluster.advance(this.random(20));
        return true;
      }
    }
    return false;
  }

  #rolledBack = false;

  async #operatorStep(): Promise<boolean> {
    const point = await this.operator.step();
    this.#rolledBack ||= this.operator.status.rollback !== undefined;
    if (point === undefined) return this.operator.busy;
    this.points += 1;
    this.onPoint?.(point, this.points);
    return true;
  }

  #deploymentSeen = "";

  #pending(): boolean {
    return (
      this.#deploymentSeen !== this.#deploymentVersion() ||
      [...this.cluster.sets.keys()].some((uid) => this.cluster.isBehind(uid))
    );
  }

  #deploymentVersion(): string {
    const versions = [...this.cluster.sets.values()].map(({ metadata }) => metadata.resourceVersion);
    return [this.cluster.deployment?.metadata.resourceVersion, ...versions].join();
  }

  #controllersStep(): boolean {
    const behind = [...this.cluster.sets.keys()].filter((uid) => this.cluster.isBehind(uid));
    const unseen = this.#deploymentSeen !== this.#deploymentVersion();
    if (!unseen && behind.length === 0) return false;
    const turn = this.random(behind.length + (unseen ? 1 : 0));
    const uid = behind[turn];
    if (uid !== undefined) this.cluster.syncSet(uid);
    else {
      const version = this.#deploymentVersion();
      this.cluster.syncDeployment();
      if (version === this.#deploymentVersion()) this.#deploymentSeen = version;
    }
    return true;
  }

  /** Time passes, for nobody has anything to do. */
  #age(ms: number): boolean {
    this.cluster.advance(ms);
    return true;
  }

  /** Until the condition holds. @throws Error with the last steps when it does not within `withinMs` of model time */
  async until(what: string, condition: () => boolean, withinMs = 600_000): Promise<void> {
    const deadline = this.cluster.now + withinMs;
    while (!condition()) {
      if (this.cluster.now > deadline) throw new Error(`not within ${withinMs} ms: ${what}\n${this.story()}`);
      if (!(await this.step())) this.#age(this.#untilNext());
    }
  }

  /** Until nobody has anything to do before time passes. */
  async quiet(): Promise<void> {
    for (let still = 0; still < 4; ) still = (await this.step()) ? 0 : still + 1;
  }

  /** Lets everything happen for so long. */
  async pass(ms: number): Promise<void> {
    const end = this.cluster.now + ms;
    await this.until("time passes", () => this.cluster.now >= end, ms + 60_000);
  }

  #untilNext(): number {
    const { now, pods } = this.cluster;
    const times = [
      this.operator.wakeAt ?? Infinity,
      ...[...pods.values()].map(({ ready, readyAt }) => (ready ? Infinity : readyAt)),
    ];
    const next = Math.min(...times.filter((at) => at > now), now + 1_000);
    return Math.max(1, next - now);
  }

  story(): string {
    const { state, weight, canary, stable, conditions } = this.operator.status;
    const ready = conditions?.find(({ type }) => type === "Ready")?.message;
    const { spec, metadata } = this.cluster.deployment ?? {};
    const sets = [...this.cluster.sets.values()].map(
      ({ spec: { replicas, template, minReadySeconds }, status }) =>
        `${versionIn(template)}: ${replicas} ${minReadySeconds} ${JSON.stringify(status)}`,
    );
    return [
      ...this.log.slice(-400),
      JSON.stringify({ state, weight, canary, stable, ready }),
      JSON.stringify({
        replicas: spec?.replicas,
        paused: spec?.paused,
        strategy: spec?.strategy,
        min: spec?.minReadySeconds,
        labels: metadata?.labels,
        image: spec?.template.spec.containers[0],
      }),
      ...sets,
      ...this.operator.problems.slice(-5),
    ].join("\n");
  }
}

function versionOfRole(role: { readonly modelVersion?: string } | undefined): string | undefined {
  return role?.modelVersion;
}
