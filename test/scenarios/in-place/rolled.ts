import { isDeepStrictEqual } from "node:util";
import type { RollSettings } from "../../../src/core/observed.ts";
import {
  type Cluster,
  createDeployment,
  type Deployment,
  type DeploymentSpec,
  deleteDeployment,
  editDeployment,
  isActive,
  type Pod,
  removePod,
  setReady,
} from "../deployment-controller/cluster.ts";
import { syncDeployment } from "../deployment-controller/deployment.ts";
import { nextAvailability, syncReplicaSet } from "../deployment-controller/pods.ts";
import { isScaled } from "../deployment-controller/scaling.ts";

/** From a pod's creation to Ready, and from deletion to gone. */
const START_MS = 20_000;
const GONE_MS = 10_000;

/** How pods of one template behave. */
interface Behaviour {
  startMs: number;
  /** New pods never get Ready. */
  broken: boolean;
}

export type Policies = "present" | "absent" | { readonly refused: string };

/** One turn of the controllers: what stood before, what after, and whether it shared out a change of size. */
export interface Turned {
  readonly before: Cluster;
  readonly after: Cluster;
  readonly scaled: boolean;
}

/** What of a spec a roll in place changes besides the template. */
export const settingsOf = ({
  strategy,
  minReadySeconds,
  progressDeadlineSeconds,
}: DeploymentSpec): RollSettings => ({
  ...strategy,
  minReadySeconds,
  progressDeadlineSeconds,
});

/** Settings as fields of the spec. */
export function inSpec({ type, maxSurge, maxUnavailable, ...rest }: RollSettings): Partial<DeploymentSpec> {
  return { ...rest, strategy: { type, maxSurge, maxUnavailable } };
}

/** The Deployment that a story rolls in place, with its controllers, its pods, and everybody who writes it. */
export class Rolled {
  readonly name = "sentiment";
  cluster: Cluster;
  /** Another one for every Deployment of the name. */
  uid = "uid-1";
  labels: { adopted?: string; released?: string } = {};
  /** The operator makes it, from the spec's template; until then it does not exist. */
  readonly owned: boolean;
  /** Somebody else's object has its name. */
  taken = false;
  /** Another controller drives it, in the words of src/workloads/in-place/controllers.ts. */
  driven: string | undefined;
  /** The operator has an entry in managedFields. */
  held = false;
  policies: Policies = "present";
  /** The user's own settings, as last written by the user, and as they were before the release under way. */
  own: RollSettings;
  before: RollSettings;
  /** The same, with each stored revision, and what was asked for in its release. */
  readonly kept = new Map<string, RollSettings>();
  readonly later = new Map<string, RollSettings>();
  /** What the operator wrote last in a release, as it notes it on the Deployment. */
  written: RollSettings | undefined;
  /** Somebody but the operator wrote settings or started a template, and nothing kept it off. */
  foreign = false;
  /** The Deployment was made anew, and runs whatever template it was made with. */
  anew = false;
  /** A tool that writes its whole manifest by force again and again. */
  insisting: { readonly template: string; readonly everyMs: number; at: number } | undefined;
  /** Deployment controller and operator see a change at the same time: who is quicker. */
  hasty = false;
  readonly #behaviours = new Map<string, Behaviour>();
  #made = 1;
  /** Replicas that the user's manifest has. */
  #size: number;

  constructor(spec: Partial<DeploymentSpec> & Pick<DeploymentSpec, "template">, owned = false) {
    this.cluster = createDeployment(this.name, spec);
    this.#size = this.standing.spec.replicas;
    this.own = settingsOf(this.standing.spec);
    this.before = this.own;
    this.owned = owned;
    if (owned) this.cluster = { sets: [], pods: [], made: 0 };
  }

  get deployment(): Deployment | undefined {
    return this.cluster.deployment;
  }

  get standing(): Deployment {
    const { deployment } = this.cluster;
    if (!deployment) throw new Error("the Deployment does not exist");
    return deployment;
  }

  behaviour(template: string): Behaviour {
    const known = this.#behaviours.get(template) ?? { startMs: START_MS, broken: false };
    this.#behaviours.set(template, known);
    return known;
  }

  /** The Deployment with all its pods Ready, as it has stood for long. */
  ripen(now: number): void {
    for (;;) {
      while (this.turn(now)) {
        // Until the controllers are done.
      }
      const loading = this.cluster.pods.filter(({ readySince }) => readySince === undefined);
      if (loading.length === 0) return;
      for (const { name } of loading) this.cluster = setReady(this.cluster, name, true, now - 3_600_000);
    }
  }

  /** One turn of both controllers; undefined when they have nothing to do. */
  turn(now: number): Turned | undefined {
    const before = this.cluster;
    const synced = syncDeployment(before, now);
    const after = synced.sets.reduce((next, { name }) => syncReplicaSet(next, name, now), synced);
    if (isDeepStrictEqual(after, before)) return undefined;
    this.cluster = after;
    return { before, after, scaled: isScaled(before) || before.deployment?.spec.paused === true };
  }

  /** The operator's own write, which no policy that lets it through touches. */
  shape(change: Partial<DeploymentSpec>): void {
    this.cluster = editDeployment(this.cluster, change);
    this.held = true;
  }

  /** Anybody else's write of the Deployment, as the policies let it through. */
  write(change: Partial<DeploymentSpec>): void {
    const { spec } = this.standing;
    const wanted = { ...spec, ...change };
    const guards = this.policies !== "absent";
    const starts = wanted.template !== spec.template || (spec.paused && !wanted.paused);
    const started = guards && this.labels.adopted !== undefined && starts;
    const braked = guards && this.labels.released !== undefined;
    const settings = braked ? inSpec(settingsOf(spec)) : {};
    const next = { ...wanted, ...(started ? { paused: true } : {}), ...settings };
    const runs = starts && !next.paused;
    const released = this.labels.released !== undefined;
    if ((released && !isDeepStrictEqual(settingsOf(next), settingsOf(spec))) || runs) this.foreign = true;
    this.cluster = editDeployment(this.cluster, next);
  }

  /** The whole manifest by force, as a GitOps tool that heals itself does. */
  insist(template: string): void {
    if (!this.deployment) this.create(template, this.#size);
    else this.write({ template, ...inSpec(this.own) });
  }

  /** The user changes settings of the Deployment. */
  setOwn(change: Partial<RollSettings>): void {
    if (this.owned) {
      this.write(inSpec({ ...settingsOf(this.standing.spec), ...change }));
      return;
    }
    this.own = { ...this.own, ...change };
    if (this.labels.released === undefined) this.before = this.own;
    this.write(inSpec(this.own));
  }

  /** The scale subresource, which goes past the policies. */
  scale(replicas: number): void {
    this.#size = replicas;
    this.cluster = editDeployment(this.cluster, { replicas });
  }

  delete(now: number): void {
    this.cluster = deleteDeployment(this.cluster, now);
    this.labels = {};
    this.held = false;
  }

  /** Made anew under the name, as the user has it in Git: another object. */
  create(template: string, replicas: number): void {
    this.#size = replicas;
    const { pods, made } = this.cluster;
    this.#made += 1;
    this.anew = true;
    this.uid = `uid-${this.#made}`;
    this.cluster = {
      ...createDeployment(this.name, { template, replicas, ...inSpec(this.own) }),
      pods,
      made,
    };
  }

  /** The operator makes its own. */
  make(template: string, replicas: number, settings: RollSettings): void {
    const { sets, pods, made } = this.cluster;
    this.#made += 1;
    this.uid = `uid-${this.#made}`;
    this.cluster = {
      ...createDeployment(this.name, { template, replicas, ...inSpec(settings) }),
      sets,
      pods,
      made,
    };
    this.labels = { adopted: this.name };
    this.foreign = false;
  }

  /** The next instant at which a pod changes by itself. */
  nextChange(now: number): number | undefined {
    const times = this.cluster.pods.flatMap((pod) => this.#nextOf(pod));
    const available = nextAvailability(this.cluster, now);
    const hand = this.insisting?.at;
    const later = [...times, available, hand].filter((at) => at !== undefined).filter((at) => at > now);
    return later.length > 0 ? Math.min(...later) : undefined;
  }

  #nextOf(pod: Pod): readonly number[] {
    if (pod.terminatingSince !== undefined) return [pod.terminatingSince + GONE_MS];
    const { startMs, broken } = this.behaviour(pod.template);
    return pod.readySince === undefined && !broken ? [pod.createdAt + startMs] : [];
  }

  /** What pods do by themselves until `now`; true when one changed, or becomes available. */
  age(before: number, now: number): boolean {
    const available = nextAvailability(this.cluster, before);
    const { pods } = this.cluster;
    for (const pod of pods) {
      const [at] = this.#nextOf(pod);
      if (at === undefined || at > now) continue;
      if (isActive(pod)) this.cluster = setReady(this.cluster, pod.name, true, at);
      else this.cluster = removePod(this.cluster, pod.name);
    }
    const insisted = this.#insistUntil(now);
    return insisted || this.cluster.pods !== pods || (available !== undefined && available <= now);
  }

  #insistUntil(now: number): boolean {
    const { insisting, cluster } = this;
    if (!insisting || insisting.at > now) return false;
    insisting.at = now + insisting.everyMs;
    this.insist(insisting.template);
    return this.cluster !== cluster;
  }
}
