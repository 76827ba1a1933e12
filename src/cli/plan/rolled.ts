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
}

type Shape = Extract<Action, { kind: "ShapeDeployment" }>;

/**
 * One Deployment as the Deployment controller rolls it, in virtual time: new pods as far as maxSurge lets it, old ones
 * away as far as maxUnavailable does. Under the brake (minReadySeconds of 68 years) a new pod never counts as available.
 */
export class Rolled {
  readonly #options: RolledOptions;
  /** When each pod serves, by revision. */
  readonly #pods = new Map<string, readonly number[]>();
  readonly #kept = new Set<string>();
  #deployment: RolledDeployment;

  constructor(options: RolledOptions, template: string) {
    this.#options = options;
    this.#deployment = {
      uid: "deployment",
      generation: 1,
      current: true,
      replicas: options.replicas,
      paused: false,
      template,
      settings: options.own,
      mark: "none",
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

  /** Somebody applies another template; with the admission policies it comes out paused. */
  apply(template: string): void {
    this.#change({ template, paused: true });
  }

  /** As it stands in the middle of a release. */
  standing(change: Pick<RolledDeployment, "template" | "settings" | "mark">): void {
    this.#change(change);
  }

  shape({ template, settings, paused, mark }: Shape): void {
    this.#change({
      paused,
      mark,
      holdsFields: true,
      ...(template === undefined ? {} : { template }),
      ...(settings === undefined ? {} : { settings }),
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
    this.#deployment = { ...this.#deployment, ...change, generation: this.#deployment.generation + 1 };
  }

  /** What the Deployment controller has done by now. */
  settle(now: number): void {
    if (this.#deployment.paused) return;
    while (this.#roll(now)) {
      // Each round makes or takes away pods; with none of either it stands.
    }
  }

  #roll(now: number): boolean {
    const { replicas, template, settings } = this.#deployment;
    const { unavailable, surge } = allowance(replicas, settings.maxUnavailable, settings.maxSurge);
    const fresh = this.#pods.get(template) ?? [];
    const old = this.#countBeside(template);
    const wanted = Math.min(replicas, Math.max(fresh.length, replicas + surge - old));
    const more = Array.from(
      { length: Math.max(0, wanted - fresh.length) },
      () => now + this.#options.podStartMs,
    );
    this.#pods.set(template, [...fresh, ...more]);
    const available = isBraked(this.#deployment) ? 0 : fresh.filter((at) => at <= now).length;
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

  get template(): string {
    return this.#deployment.template;
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
    const { id, own } = this.#options;
    return {
      id,
      own,
      deployment: this.#deployment,
      sets: this.#sets(now),
      kept: [...this.#kept],
      policies: "present",
    };
  }
}
