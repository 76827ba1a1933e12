import type { Aws } from "../aws/clients.ts";
import type { AlarmRead } from "../core/observed.ts";
import { type Clock, type Random, systemClock } from "../runtime/clock.ts";
import { RegionAlarms } from "./region-alarms.ts";

/** One alarm that a rollout listens to. */
export interface AlarmSubscription {
  readonly name: string;
  readonly region: string;
  /**
   * StateTransitionedTimestamp (as in AlarmRead) of the read on which the weight was raised. When a later read
   * differs and is quiet, the poller asks the alarm's history.
   */
  readonly baseline?: string;
}

/** Told after every poll which rollouts have new reads; `urgent`: an alarm of theirs came into ALARM. */
export type PollListener = (rollouts: readonly string[], info: { readonly urgent: boolean }) => void;

export interface AlarmPollerOptions {
  readonly aws: Aws;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Time between two polls of all alarms of a region, in milliseconds. Default 10 000. */
  readonly intervalMs?: number;
}

/**
 * One poller for the whole fleet: ceil(distinct names / 100) DescribeAlarms per region and poll, only while somebody
 * is subscribed. It reads; what a read means is decided in src/core.
 */
export interface AlarmPoller {
  /** Replaces what this rollout listens to. Alarms that were never read are read at once. */
  subscribe(rollout: string, alarms: readonly AlarmSubscription[]): void;
  unsubscribe(rollout: string): void;
  /** Reads this rollout's alarms (absent: all) soon, out of turn; at most once a second. */
  requestNow(rollout?: string): void;
  /** The newest answer; with `baseline` also what the history since then said, once that is known. */
  latest(name: string, region: string, baseline?: string): AlarmRead | undefined;
  /** Returns the way out. */
  onPoll(listener: PollListener): () => void;
  /** Ends polls and lookups; nothing is told any more. */
  stop(): void;
}

class FleetPoller implements AlarmPoller {
  readonly #options: AlarmPollerOptions;
  readonly #subscriptions = new Map<string, readonly AlarmSubscription[]>();
  readonly #regions = new Map<string, RegionAlarms>();
  readonly #listeners = new Set<PollListener>();

  constructor(options: AlarmPollerOptions) {
    this.#options = options;
  }

  subscribe(rollout: string, alarms: readonly AlarmSubscription[]): void {
    const before = this.#subscriptions.get(rollout) ?? [];
    if (JSON.stringify(before) === JSON.stringify(alarms)) return;
    this.#subscriptions.set(rollout, alarms);
    this.#rewatch([...before, ...alarms]);
  }

  unsubscribe(rollout: string): void {
    const before = this.#subscriptions.get(rollout);
    this.#subscriptions.delete(rollout);
    if (before) this.#rewatch(before);
  }

  requestNow(rollout?: string): void {
    for (const [region, alarms] of this.#regions) {
      if (rollout === undefined) {
        alarms.requestNow();
        continue;
      }
      const mine = this.#subscriptions.get(rollout) ?? [];
      alarms.requestNow(mine.filter((alarm) => alarm.region === region).map(({ name }) => name));
    }
  }

  latest(name: string, region: string, baseline?: string): AlarmRead | undefined {
    return this.#regions.get(region)?.latest(name, baseline);
  }

  onPoll(listener: PollListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  stop(): void {
    for (const region of this.#regions.values()) region.stop();
    this.#regions.clear();
    this.#subscriptions.clear();
    this.#listeners.clear();
  }

  /** Tells the regions of these alarms what is watched there now. */
  #rewatch(changed: readonly AlarmSubscription[]): void {
    for (const region of new Set(changed.map((alarm) => alarm.region))) {
      const watched = new Map<string, Set<string>>();
      for (const alarm of [...this.#subscriptions.values()].flat()) {
        if (alarm.region !== region) continue;
        const baselines = watched.get(alarm.name) ?? new Set<string>();
        if (alarm.baseline !== undefined) baselines.add(alarm.baseline);
        watched.set(alarm.name, baselines);
      }
      this.#region(region).watch(watched);
    }
  }

  #region(region: string): RegionAlarms {
    const { aws, clock = systemClock, random = Math.random, intervalMs = 10_000 } = this.#options;
    const known = this.#regions.get(region);
    if (known) return known;
    const onRead = (names: readonly string[], firing: ReadonlySet<string>): void =>
      this.#tell(region, new Set(names), firing);
    const made = new RegionAlarms({ aws, clock, region, intervalMs, random, onRead });
    this.#regions.set(region, made);
    return made;
  }

  /** The urgent ones first. */
  #tell(region: string, names: ReadonlySet<string>, firing: ReadonlySet<string>): void {
    const urgent: string[] = [];
    const others: string[] = [];
    for (const [rollout, alarms] of this.#subscriptions) {
      const here = alarms.filter((alarm) => alarm.region === region && names.has(alarm.name));
      if (here.length === 0) continue;
      (here.some(({ name }) => firing.has(name)) ? urgent : others).push(rollout);
    }
    for (const listener of this.#listeners) {
      if (urgent.length > 0) listener(urgent, { urgent: true });
      if (others.length > 0) listener(others, { urgent: false });
    }
  }
}

export function createAlarmPoller(options: AlarmPollerOptions): AlarmPoller {
  return new FleetPoller(options);
}
