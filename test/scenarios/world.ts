import { apiVersion, finalizer, kind } from "../../src/api/group.ts";
import type { ModelRolloutSpec, ModelRolloutStatus } from "../../src/api/types.ts";
import type { AccessProblem, Destination, RouterRefusal } from "../../src/core/observed.ts";
import { instant } from "../../src/core/time.ts";
import type { Rolled } from "./in-place/rolled.ts";

/** Where every story begins: 10:00:00 UTC on a Monday. Stories print the time of day only. */
export const epoch = 1_767_607_200_000;

/** From a pod's creation to Ready, from Ready to healthy in its target group, from deletion to gone. Pods live by the monotonic clock. */
const START_MS = 20_000;
const HEALTH_MS = 10_000;
const GONE_MS = 10_000;

export interface Pod {
  readonly ip: string;
  readonly revision: string;
  readyAt: number;
  healthyAt: number;
  /** Set once it terminates: it is not Ready from then on, and gone at this time. */
  goneAt?: number;
}

export interface Slot {
  deployment?: { uid: string; revision: string; replicas: number; current: boolean; deleting: boolean };
  pods: Pod[];
  endpoints: boolean;
  /** Objects of its names that are not ours. */
  foreign: string[];
  foreignBinding?: string;
  /** Registered targets that are no pods of ours: address, and whether healthy. */
  strangers: { ip: string; healthy: boolean }[];
  /** New pods never get Ready, and old ones are not any more. */
  broken: boolean;
  /** Pods are Ready but their health checks fail. */
  unhealthy: boolean;
  trouble?: string;
}

export interface Rule {
  readonly id: string;
  weights: Record<Destination, number>;
  stickySeconds?: number;
  problem?: AccessProblem;
  refusal?: { reason: RouterRefusal; message: string };
}

export interface Alarm {
  readonly name: string;
  state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  transitionedAt: number;
  /** Missing, or why it cannot be read or is not evaluated. */
  missing?: boolean;
  problem?: AccessProblem;
  broken?: string;
  windowMs?: number;
  /** Every change of state so far. */
  readonly changes: { at: number; to: Alarm["state"] }[];
  historyUnreadable?: boolean;
}

/** What the next writes of weights meet. */
export interface WriteFault {
  readonly kind: "throttled" | "denied" | "lost" | "hangs";
  /** The one rule that it strikes; absent: all. */
  readonly only?: string;
}

export interface Rollout {
  name: string;
  annotations: Record<string, string>;
  finalizers: string[];
  deletionTimestamp?: string;
  generation: number;
  spec: ModelRolloutSpec;
  status?: ModelRolloutStatus;
}

/** A small world in memory, in virtual time: everything that exists outside the operator. */
export class World {
  /** Wall clock and monotonic clock, in milliseconds. */
  now = epoch;
  monotonic = 0;
  /** Counts every change outside, so that a test can tell when nothing has happened. */
  changes = 0;
  rollout: Rollout | undefined;
  readonly slots: Record<Destination, Slot> = { a: emptySlot(), b: emptySlot() };
  rules: Rule[] = [{ id: "rule-1", weights: { a: 100, b: 0 } }];
  readonly alarms = new Map<string, Alarm>();
  readonly stored = new Set<string>();
  hasWorkload = true;
  /** The Deployment that is rolled in place; then there are no slots and no rules. */
  rolled: Rolled | undefined;
  /** What the next writes of the Deployment meet: it changed meanwhile, an error, or an answer that is lost. */
  apiFaults: ("conflict" | "refused" | "lost")[] = [];
  /** The service knows no targets, as App Mesh: Ready pods are the capacity. */
  targetless = false;
  healthProblem: AccessProblem | undefined;
  writeFaults: WriteFault[] = [];
  scaleFaults = 0;
  /** Writes that AWS took but has not carried out yet. */
  late: { id: string; weights: Record<Destination, number> }[] = [];
  rival: string | undefined;
  unsupported: string | undefined;
  badTemplate: string | undefined;
  bindings = true;
  #address = 10;

  touch(): void {
    this.changes += 1;
  }

  rule(id: string): Rule {
    const rule = this.rules.find((candidate) => candidate.id === id);
    if (!rule) throw new Error(`no rule ${id}`);
    return rule;
  }

  alarm(name: string): Alarm {
    const known = this.alarms.get(name);
    if (known) return known;
    const made: Alarm = { name, state: "OK", transitionedAt: epoch - 3_600_000, changes: [] };
    this.alarms.set(name, made);
    return made;
  }

  setAlarm(name: string, state: Alarm["state"]): void {
    const alarm = this.alarm(name);
    if (alarm.state === state) return;
    alarm.state = state;
    alarm.transitionedAt = this.now;
    alarm.changes.push({ at: this.now, to: state });
    this.touch();
  }

  /** Makes and ends pods until a Deployment has as many as it asks for. */
  scale(destination: Destination): void {
    const slot = this.slots[destination];
    const { deployment } = slot;
    const alive = slot.pods.filter(({ goneAt }) => goneAt === undefined);
    const wanted = deployment && !deployment.deleting ? deployment.replicas : 0;
    for (const pod of alive.slice(wanted)) pod.goneAt = this.monotonic + GONE_MS;
    if (deployment) this.#start(destination, deployment.revision, Math.max(0, wanted - alive.length));
    this.touch();
  }

  #start(destination: Destination, revision: string, count: number): void {
    const slot = this.slots[destination];
    for (let missing = count; missing > 0; missing -= 1) {
      this.#address += 1;
      slot.pods.push({
        ip: `10.0.${destination === "a" ? 1 : 2}.${this.#address}`,
        revision,
        readyAt: this.monotonic + START_MS,
        healthyAt: this.monotonic + START_MS + HEALTH_MS,
      });
    }
  }

  /** Ready pods of the Deployment's own revision. */
  readyPods(destination: Destination): readonly Pod[] {
    const { pods, deployment, broken } = this.slots[destination];
    if (broken || !deployment) return [];
    return pods.filter(
      ({ revision, readyAt, goneAt }) =>
        revision === deployment.revision && readyAt <= this.monotonic && goneAt === undefined,
    );
  }

  /** Addresses in a destination's target group, whatever their health. */
  registered(destination: Destination): readonly string[] {
    const { strangers, endpoints } = this.slots[destination];
    const ours = endpoints ? this.readyPods(destination).map(({ ip }) => ip) : [];
    return [...strangers.map(({ ip }) => ip), ...ours];
  }

  healthy(destination: Destination): readonly string[] {
    const { strangers, endpoints, unhealthy } = this.slots[destination];
    const ours =
      endpoints && !unhealthy
        ? this.readyPods(destination).filter(({ healthyAt }) => healthyAt <= this.monotonic)
        : [];
    return [...strangers.filter(({ healthy }) => healthy).map(({ ip }) => ip), ...ours.map(({ ip }) => ip)];
  }

  /** The next instant after now at which a pod changes, if any. */
  nextPodChange(): number | undefined {
    const times = (["a", "b"] as const).flatMap((destination) =>
      this.slots[destination].pods.flatMap(({ readyAt, healthyAt, goneAt }) => [
        readyAt,
        healthyAt,
        goneAt ?? 0,
      ]),
    );
    const rolled = this.rolled?.nextChange(this.monotonic);
    const later = [...times, rolled ?? 0].filter((at) => at > this.monotonic);
    return later.length > 0 ? this.now + Math.min(...later) - this.monotonic : undefined;
  }

  /** Moves both clocks; removes pods that are gone. Returns true when a pod changed. */
  advance(ms: number): boolean {
    const before = this.monotonic;
    this.now += ms;
    this.monotonic += ms;
    let changed = this.rolled?.age(before, this.monotonic) === true;
    for (const destination of ["a", "b"] as const) {
      const slot = this.slots[destination];
      changed ||= slot.pods.some(
        ({ readyAt, healthyAt, goneAt }) =>
          crossed(readyAt, before, this.monotonic) ||
          crossed(healthyAt, before, this.monotonic) ||
          (goneAt !== undefined && crossed(goneAt, before, this.monotonic)),
      );
      slot.pods = slot.pods.filter(({ goneAt }) => goneAt === undefined || goneAt > this.monotonic);
    }
    if (changed) this.touch();
    return changed;
  }

  create(spec: ModelRolloutSpec): void {
    this.rollout = { name: "sentiment", annotations: {}, finalizers: [], generation: 1, spec };
    this.touch();
  }

  get resource() {
    const { rollout } = this;
    if (!rollout) throw new Error("there is no ModelRollout yet");
    const { name, annotations, finalizers, deletionTimestamp, generation, spec, status } = rollout;
    return {
      apiVersion,
      kind,
      metadata: {
        name,
        namespace: "prod",
        uid: "11111111-0000-0000-0000-000000000000",
        resourceVersion: "1",
        generation,
        creationTimestamp: instant(epoch),
        annotations,
        finalizers,
        ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      },
      spec,
      ...(status === undefined ? {} : { status }),
    } as const;
  }

  get held(): boolean {
    return this.rollout?.finalizers.includes(finalizer) === true;
  }
}

const crossed = (at: number, before: number, after: number) => at > before && at <= after;

export function emptySlot(): Slot {
  return { pods: [], endpoints: false, foreign: [], strangers: [], broken: false, unhealthy: false };
}
