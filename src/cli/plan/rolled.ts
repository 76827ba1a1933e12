import type { Action } from "../../core/action.ts";
import { allowance } from "../../core/in-place/pace.ts";
import { isBraked } from "../../core/in-place/posture.ts";
import type { InPlaceRead, PodSetRead, RolledDeployment, RollSettings } from "../../core/observed.ts";

/** The user's own, as the API server fills them in. */
export const usualSettings: RollSettings = {
  type: "RollingUpdate",
  maxUnavailable: "25%",
  maxSurge: "25%",
  minReadySeconds: 0,
  progressDeadlineSeconds: 600,
};

export interface RolledOptions {
  /** `namespace/name`. */
  readonly id: string;
  readonly replicas: number;
  readonly own: RollSettings;
  readonly podStartMs: number;
  /** Made by the operator, from `spec.template`. */
  readonly owned: boolean;
}

type Shape = Extract<Action, { kind: "ShapeDeployment" }>;
type Creation = Extract<Action, { kind: "CreateDeployment" }>;

/**
 * One Deployment as the Deployment controller rolls it, in virtual time: new pods as far as maxSurge lets it, old ones
 * away as far as maxUnavailable does. Under the brake (minReadySeconds of 68 years) a new pod never counts as available.
 */
export class Rolled {
  readonly #options: RolledOptions;
  /** When each pod serves, by revision. */
  readonly #pods = new Map<string, readonly number[]>();
  readonly #kept = new Set<string>();
  #deployment: RolledDeployment | undefined;

  /** `template`: what it has; absent: nobody has made it yet. */
  constructor(options: RolledOptions, template: string | undefined) {
    this.#options = options;
    if (template !== undefined) this.#make(template, options.replicas, options.own);
  }

  create({ revision, replicas, settings }: Creation): void {
    this.#make(revision, replicas, settings);
  }

  #make(template: string, replicas: number, settings: RollSettings): void {
    this.#deployment = {
      uid: "deployment",
      generation: 1,
      current: true,
      replicas,
      paused: false,
      template,
      settings,
      mark: this.#options.owned ? "adopted" : "none",
      holdsFields: false,
    };
  }

  /** Pods of a revision that are there already, so many of them serving. */
  occupy(revision: string, pods: number, serving: number, now: number): void {
    const all = Array.from({ length: pods }, (_, index) =>
      index < serving ? now : now + this.#options.podStartMs,
    );
    this.#pods.set(revision, all);
    this.#kept.add(revision);
  }

  /** Somebody applies another template; with the admission policies it comes out paused. Not to a Deployment of ours. */
  apply(template: string): void {
    if (!this.owned) this.#change({ template, paused: true });
  }

  /** As it stands in the middle of a release. */
  standing(change: Pick<RolledDeployment, "template" | "settings" | "mark">): void {
    this.#change(change);
  }

  shape({ template, settings, replicas, paused, mark }: Shape): void {
    this.#change({
      paused,
      mark,
      holdsFields: true,
      ...(template === undefined ? {} : { template }),
      ...(settings === undefined ? {} : { settings }),
      ...(replicas === undefined ? {} : { replicas }),
    });
  }

  keep(revision: string): void {
    this.#kept.add(revision);
  }

  forget(revision: string): void {
    this.#pods.delete(revision);
  }

  disown(): void {
    this.#change({ holdsFields: false });
  }

  #change(change: Partial<RolledDeployment>): void {
    const standing = this.#deployment;
    if (standing !== undefined)
      this.#deployment = { ...standing, ...change, generation: standing.generation + 1 };
  }

  /** What the Deployment controller has done by now. */
  settle(now: number): void {
    const standing = this.#deployment;
    if (standing === undefined || standing.paused) return;
    while (this.#roll(now, standing)) {
      // Each round makes or takes away pods; with none of either it stands.
    }
  }

  #roll(now: number, standing: RolledDeployment): boolean {
    const { replicas, template, settings } = standing;
    const { unavailable, surge } = allowance(replicas, settings.maxUnavailable, settings.maxSurge);
    const fresh = this.#pods.get(template) ?? [];
    const old = this.#countBeside(template);
    const wanted = Math.min(replicas, Math.max(fresh.length, replicas + surge - old));
    const more = Array.from(
      { length: Math.max(0, wanted - fresh.length) },
      () => now + this.#options.podStartMs,
    );
    this.#pods.set(template, [...fresh, ...more]);
    const available = isBraked(standing) ? 0 : fresh.filter((at) => at <= now).length;
    const spare = Math.min(old, Math.max(0, old + available - (replicas - unavailable)));
    this.#takeAway(template, spare);
    return more.length > 0 || spare > 0;
  }

  #countBeside(revision: string): number {
    return [...this.#pods].reduce((sum, [name, pods]) => sum + (name === revision ? 0 : pods.length), 0);
  }

  #takeAway(template: string, count: number): void {
    let left = count;
    for (const [name, pods] of this.#pods) {
      if (name === template) continue;
      const taken = Math.min(left, pods.length);
      this.#pods.set(name, pods.slice(0, pods.length - taken));
      left -= taken;
    }
  }

  nextPod(now: number): number | undefined {
    const later = [...this.#pods.values()].flat().filter((at) => at > now);
    return later.length === 0 ? undefined : Math.min(...later);
  }

  get replicas(): number {
    return this.#options.replicas;
  }

  get own(): RollSettings {
    return this.#options.own;
  }

  get owned(): boolean {
    return this.#options.owned;
  }

  get template(): string | undefined {
    return this.#deployment?.template;
  }

  /** Pods of a revision, or of all others. */
  count(revision: string, now: number): { readonly fresh: PodSetRead; readonly old: PodSetRead } {
    const empty = { revision: "", wanted: 0, pods: 0, ready: 0 };
    const sum = (left: PodSetRead, right: PodSetRead): PodSetRead => ({
      revision: right.revision,
      wanted: left.wanted + right.wanted,
      pods: left.pods + right.pods,
      ready: left.ready + right.ready,
    });
    const sets = this.#sets(now);
    return {
      fresh: sets.filter((set) => set.revision === revision).reduce(sum, empty),
      old: sets.filter((set) => set.revision !== revision).reduce(sum, empty),
    };
  }

  #sets(now: number): readonly PodSetRead[] {
    return [...this.#pods].map(([revision, pods]) => ({
      revision,
      wanted: pods.length,
      pods: pods.length,
      ready: pods.filter((at) => at <= now).length,
    }));
  }

  read(now: number): InPlaceRead {
    const { id, own, owned } = this.#options;
    return {
      id,
      own,
      ...(owned ? { owned: { taken: false, going: false } } : {}),
      ...(this.#deployment === undefined ? {} : { deployment: this.#deployment }),
      sets: this.#sets(now),
      kept: [...this.#kept],
      policies: "present",
    };
  }
}
