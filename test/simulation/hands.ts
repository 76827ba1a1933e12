import { isDeepStrictEqual } from "node:util";
import { labels } from "../../src/api/group.ts";
import type { PodTemplate } from "../../src/api/types.ts";
import { KubeError } from "../../src/runtime/kube-error.ts";
import { type InPlaceDeployment, settingsOf } from "../../src/workloads/in-place/objects.ts";
import { hashOf, revisionNumber, templateOf } from "./cluster/rolled-objects.ts";
import { BAD_IMAGE } from "./kube/server.ts";
import { DEPLOYMENT_PATH, DEPLOYMENTS_PATH, NAME, NAMESPACE } from "./names.ts";
import { imageOf } from "./spec.ts";
import type { World } from "./world.ts";

/** What of a Deployment a release changes besides the template, as its user writes it. */
export type OwnSettings = Pick<
  InPlaceDeployment["spec"],
  "strategy" | "minReadySeconds" | "progressDeadlineSeconds"
>;

export interface Manifest {
  readonly version: string;
  /** At its creation; afterwards an autoscaler's business. */
  readonly replicas: number;
  readonly settings: OwnSettings;
}

/** `kubectl` refuses `rollout restart` and `rollout undo` of a paused Deployment. */
const isPaused = ({ spec }: InPlaceDeployment): boolean => spec.paused === true;

/**
 * Everybody but the operator and the controllers who writes the Deployment that is rolled in place: its user, an
 * autoscaler, a GitOps tool; and what of their writes nothing kept off.
 */
export class Hands {
  readonly #world: World;
  #manifest: Manifest = { version: "v1", replicas: 1, settings: {} };
  /** Settings that may stand at rest: as last written at rest, and all that was written since. */
  #own: readonly OwnSettings[] = [];
  /** Pods may do what somebody else's write asked for, until the operator has answered it. */
  #loose = false;
  #looseUntil = -Infinity;
  #keptPaused = false;
  /** When it was last scaled to nothing with pods in it that were somebody's doing. */
  #emptiedAt = -Infinity;
  readonly #started = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  get deployment(): InPlaceDeployment | undefined {
    return this.#world.server.peek(DEPLOYMENT_PATH) as InPlaceDeployment | undefined;
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  get own(): readonly OwnSettings[] {
    return this.#own;
  }

  get isLoose(): boolean {
    return this.#loose || this.#world.timeline.now < this.#looseUntil;
  }

  /** The operator has written the Deployment: what was let loose is caught, as soon as the controllers have seen it. */
  answered(): void {
    if (!this.#loose) return;
    this.#loose = false;
    this.#looseUntil = this.#world.timeline.now + CATCH_MS;
  }

  /** Made as it stands in the manifest, running at once. */
  create(manifest = this.#manifest): void {
    const { version, replicas, settings } = manifest;
    this.#manifest = manifest;
    this.#own = [settings];
    this.#world.server.create(DEPLOYMENTS_PATH, {
      metadata: { name: NAME, namespace: NAMESPACE, labels: { app: NAME } },
      spec: {
        replicas,
        selector: { matchLabels: { app: NAME } },
        template: templateFor(version),
        ...settings,
      },
    });
  }

  /** Another version in the manifest, and all of it applied; without a version it is applied as it stands. */
  apply(version = this.#manifest.version): void {
    const isRefused = imageOf(version).startsWith(BAD_IMAGE);
    if (!isRefused) this.#manifest = { ...this.#manifest, version };
    if (!this.deployment) {
      this.#letLoose("the Deployment is made anew");
      return this.create();
    }
    const { settings } = this.#manifest;
    const metadata = { labels: { app: NAME } };
    this.#writeSettings("apply", ({ spec, ...object }) => ({
      ...object,
      metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...metadata.labels } },
      spec: { ...spec, ...settings, template: templateFor(version) },
    }));
  }

  /** `kubectl set image`. */
  setImage(version: string): void {
    this.#write(`set image ${version}`, ({ spec, ...object }) => ({
      ...object,
      spec: { ...spec, template: withImage(spec.template, imageOf(version)) },
    }));
  }

  /** `kubectl rollout restart`. */
  restart(): void {
    const { deployment } = this;
    if (!deployment || isPaused(deployment)) return;
    const at = String(this.#world.timeline.wall);
    this.#write("rollout restart", ({ spec, ...object }) => {
      const { metadata } = spec.template;
      const annotations = { ...metadata?.annotations, "kubectl.kubernetes.io/restartedAt": at };
      return {
        ...object,
        spec: { ...spec, template: { ...spec.template, metadata: { ...metadata, annotations } } },
      };
    });
  }

  /** `kubectl rollout undo`. */
  undo(): void {
    const { deployment } = this;
    if (!deployment || isPaused(deployment)) return;
    const present = hashOf(deployment.spec.template);
    const [last] = this.#world
      .setsOf(deployment)
      .filter((set) => hashOf(templateOf(set)) !== present)
      .sort((one, other) => revisionNumber(other) - revisionNumber(one));
    if (!last) return;
    this.#write("rollout undo", ({ spec, ...object }) => ({
      ...object,
      spec: { ...spec, template: templateOf(last) },
    }));
  }

  /** Somebody has paused the Deployment after its rollout was gone. */
  get isKeptPaused(): boolean {
    return this.#keptPaused;
  }

  pause(paused: boolean): void {
    this.#keptPaused = paused && this.#world.rollout === undefined;
    this.#write(paused ? "rollout pause" : "rollout resume", ({ spec, ...object }) => ({
      ...object,
      spec: { ...spec, paused },
    }));
  }

  /** Other settings, in the manifest too. */
  set(settings: OwnSettings): void {
    this.#manifest = { ...this.#manifest, settings };
    this.#writeSettings("settings", ({ spec, ...object }) => ({ ...object, spec: { ...spec, ...settings } }));
  }

  unlabel(): void {
    this.#letLoose("the labels are taken off");
    this.#write("unlabel", (object) => {
      const { [labels.adopted]: _a, [labels.released]: _r, ...kept } = object.metadata.labels ?? {};
      return { ...object, metadata: { ...object.metadata, labels: kept } };
    });
  }

  /**
   * An autoscaler: by the scale subresource. While the Deployment controller rolls it goes by older counts; and back from
   * nothing it starts whatever template stands there, until the operator has put stable's back (docs/in-place.md, "Limits").
   */
  scale(replicas: number): void {
    const { deployment } = this;
    if (!deployment || deployment.spec.replicas === replicas) return;
    this.#world.story.tell("somebody", `scale the Deployment to ${replicas}`);
    const released = deployment.metadata.labels?.[labels.released] !== undefined;
    if (released && !isPaused(deployment)) this.#letLoose("scaled in the middle of a move");
    if (released && replicas === 0) this.#letLoose("scaled to nothing in mid-release");
    // Before a start the same goes for what somebody has started: Kubernetes fills the ReplicaSet that is the newest.
    const { now } = this.#world.timeline;
    if (replicas === 0 && this.#runsStarted(deployment)) this.#emptiedAt = now;
    else if (now - this.#emptiedAt < MOMENTS_MS) this.#letLoose("scaled to nothing and back within moments");
    this.#world.server.scale(DEPLOYMENT_PATH, replicas);
  }

  #runsStarted(deployment: InPlaceDeployment): boolean {
    return this.#world
      .setsOf(deployment)
      .some((set) => set.spec.replicas > 0 && this.hasStarted(hashOf(templateOf(set))));
  }

  delete(): void {
    if (!this.deployment) return;
    this.#letLoose("the Deployment is deleted");
    this.#world.server.delete(DEPLOYMENT_PATH);
  }

  /** Those of the manifest, unless the API server refuses all that comes with them. */
  #writeSettings(what: string, change: (before: InPlaceDeployment) => object): void {
    const { settings } = this.#manifest;
    const inRelease = this.deployment?.metadata.labels?.[labels.released] !== undefined;
    if (this.#write(what, change)) this.#own = inRelease ? [...this.#own, settings] : [settings];
  }

  /** False when the API server refuses it. */
  #write(what: string, change: (before: InPlaceDeployment) => object): boolean {
    const before = this.deployment;
    if (!before) return false;
    try {
      this.#world.server.replace(DEPLOYMENT_PATH, change(before));
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      this.#world.story.tell("somebody", `${what}: refused`);
      return false;
    }
    const after = this.deployment;
    if (!after || isDeepStrictEqual(after.spec, before.spec)) return true;
    this.#world.story.tell("somebody", `${what}: ${after.spec.paused === true ? "paused" : "not paused"}`);
    const template = hashOf(after.spec.template) !== hashOf(before.spec.template);
    const runs = (template || (isPaused(before) && !isPaused(after))) && !isPaused(after);
    const released = before.metadata.labels?.[labels.released] !== undefined;
    const unbraked = released && !isDeepStrictEqual(settingsOf(after), settingsOf(before));
    if (runs || unbraked) this.#letLoose(`${what} got through`);
    return true;
  }

  /** Pods of this template, by its hash, were somebody's doing once. */
  hasStarted(template: string): boolean {
    return this.#started.has(template);
  }

  #letLoose(what: string): void {
    this.#loose = true;
    const { deployment } = this;
    if (deployment) this.#started.add(hashOf(deployment.spec.template));
    this.#world.noteForeign(what);
  }
}

/** From the operator's write to the last thing that the controllers do because of what stood there before. */
const CATCH_MS = 5_000;

/** Nobody can answer a scale to nothing that is taken back so soon. */
const MOMENTS_MS = 5_000;

export function templateFor(version: string): PodTemplate {
  return {
    metadata: { labels: { app: NAME } },
    spec: { containers: [{ name: "server", image: imageOf(version) }] },
  };
}

function withImage(template: PodTemplate, image: string): PodTemplate {
  const containers = template.spec.containers.map((container) => ({ ...container, image }));
  return { ...template, spec: { ...template.spec, containers } };
}
