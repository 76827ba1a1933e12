import { finalizer } from "../../api/group.ts";
import type { ModelRollout, ModelRolloutStatus } from "../../api/types.ts";
import type { Destination, TargetRead, WantedRevision } from "../../core/observed.ts";
import type { Rolled } from "./rolled.ts";

/** An alarm as it was last read; it stays so. */
export interface SimulatedAlarm {
  readonly name: string;
  readonly region: string;
  readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  readonly transitionedAt: string;
}

/** A pod: its address, and when it serves. */
export interface SimulatedPod {
  readonly address: string;
  readonly servesAt: number;
}

export interface SimulatedSlot {
  readonly revision?: string;
  readonly replicas: number;
  readonly pods: readonly SimulatedPod[];
  readonly endpoints: boolean;
}

export interface SimulatedTarget {
  readonly kind: TargetRead["kind"];
  readonly id: string;
  /** Absent: it has no weights at all. */
  shares?: Readonly<Record<Destination, number>>;
  stickySeconds?: number;
}

export interface WorldOptions {
  readonly rollout: ModelRollout;
  readonly now: number;
  /** From a pod's creation until it serves, in milliseconds. */
  readonly podStartMs: number;
  readonly wanted: WantedRevision;
  readonly targets: readonly SimulatedTarget[];
  /** Slots of ours run the pods; false: healthy targets live at both destinations, outside, or `rolled` has them. */
  readonly hasSlots: boolean;
  /** Only for a Deployment that is rolled in place. */
  readonly rolled?: Rolled;
  /** The service of the targets knows nothing of their health (App Mesh). */
  readonly blind: boolean;
  readonly defaultRegion: string;
  readonly alarms: readonly SimulatedAlarm[];
}

/**
 * A world in memory, in virtual time, in which everything goes well: pods come up, AWS answers, alarms stay as they
 * are. Only what the operator itself does changes it.
 */
export class World {
  readonly options: WorldOptions;
  now: number;
  wanted: WantedRevision;
  rollout: ModelRollout;
  proven: string | undefined;
  readonly stored = new Set<string>();
  readonly targets: SimulatedTarget[];
  alarms: readonly SimulatedAlarm[];
  readonly #slots = new Map<Destination, SimulatedSlot>();
  #address = 0;

  constructor(options: WorldOptions) {
    this.options = options;
    this.now = options.now;
    this.wanted = options.wanted;
    const { metadata } = options.rollout;
    const finalizers = [...new Set([...(metadata.finalizers ?? []), finalizer])];
    this.rollout = { ...options.rollout, metadata: { ...metadata, finalizers } };
    this.targets = options.targets.map((target) => ({ ...target }));
    this.alarms = options.alarms;
  }

  slot(destination: Destination): SimulatedSlot {
    return this.#slots.get(destination) ?? { replicas: 0, pods: [], endpoints: false };
  }

  change(destination: Destination, change: Partial<SimulatedSlot>): void {
    this.#slots.set(destination, { ...this.slot(destination), ...change });
  }

  /** Makes pods, which serve after a while, or takes them away at once. `serving` of them serve already. */
  scale(destination: Destination, replicas: number, serving = 0): void {
    const { pods } = this.slot(destination);
    const more = Array.from({ length: Math.max(0, replicas - pods.length) }, (_, index): SimulatedPod => {
      this.#address += 1;
      const servesAt = index < serving ? this.now : this.now + this.options.podStartMs;
      return { address: `10.0.0.${this.#address}`, servesAt };
    });
    this.change(destination, { replicas, pods: [...pods.slice(0, replicas), ...more] });
  }

  serving(destination: Destination): readonly SimulatedPod[] {
    return this.slot(destination).pods.filter(({ servesAt }) => servesAt <= this.now);
  }

  /** The next instant after now at which a pod begins to serve. */
  nextPod(): number | undefined {
    if (this.options.rolled !== undefined) return this.options.rolled.nextPod(this.now);
    const later = (["a", "b"] as const)
      .flatMap((destination) => this.slot(destination).pods.map(({ servesAt }) => servesAt))
      .filter((at) => at > this.now);
    return later.length > 0 ? Math.min(...later) : undefined;
  }

  set status(status: ModelRolloutStatus) {
    this.rollout = { ...this.rollout, status };
  }

  annotate(name: string, value: string): void {
    const { metadata } = this.rollout;
    const annotations = { ...metadata.annotations, [name]: value };
    this.rollout = { ...this.rollout, metadata: { ...metadata, annotations } };
  }

  /** Another spec is applied. */
  apply(rollout: ModelRollout, wanted: WantedRevision): void {
    const { status } = this.rollout;
    const { finalizers = [], generation } = this.rollout.metadata;
    const metadata = { ...rollout.metadata, finalizers, generation: generation + 1 };
    this.rollout = { ...rollout, metadata, ...(status === undefined ? {} : { status }) };
    this.wanted = wanted;
    this.options.rolled?.apply(wanted.revision);
  }
}
