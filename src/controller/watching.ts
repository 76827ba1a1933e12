import type { AlarmPollers } from "../alarms/pollers.ts";
import type { ModelRollout } from "../api/types.ts";
import type { Plan } from "../core/plan-data.ts";
import type { Clock, Random } from "../runtime/clock.ts";
import { startDeadline } from "../runtime/deadline.ts";
import type { Runner } from "../runtime/runner.ts";
import { type Memories, type RolloutMemory, rememberHealth } from "./memory.ts";
import { alarmRegion } from "./observe.ts";

export interface WatchingOptions {
  readonly alarms: AlarmPollers;
  readonly memories: Memories;
  readonly clock: Clock;
  readonly random: Random;
  readonly region: string;
  readonly alarmPollMs: number;
  readonly driftPollMs: number;
}

/** Rollouts per second of a poll whose targets' health is asked for: two groups each, two thirds of ELB's budget. */
const HEALTH_PER_SECOND = 2;
/** So many at least, however often is polled. */
const HEALTH_AT_LEAST = 8;

/**
 * What makes the fleet look again without an event: alarm polls, and two ticks that read the weights of all active
 * (every alarm poll) or idle rollouts (every drift poll) together, so that many rules are one request.
 */
export class Watching {
  readonly #options: WatchingOptions;
  readonly #cancel: (() => void)[] = [];
  #runner: Pick<Runner, "enqueue"> | undefined;

  constructor(options: WatchingOptions) {
    this.#options = options;
  }

  start(runner: Pick<Runner, "enqueue">): void {
    this.#runner = runner;
    const { alarms, alarmPollMs, driftPollMs } = this.#options;
    this.#cancel.push(
      alarms.onPoll((keys, { urgent }) => {
        for (const key of keys) {
          if (urgent) this.#options.memories.interrupt(key);
          runner.enqueue(key, { urgent });
        }
      }),
    );
    this.#every("active", alarmPollMs);
    this.#every("idle", driftPollMs);
  }

  stop(): void {
    for (const cancel of this.#cancel.splice(0)) cancel();
    this.#runner = undefined;
  }

  /** Takes from a plan how closely its rollout is to be watched. */
  follow(key: string, rollout: ModelRollout, memory: RolloutMemory, planned: Plan): void {
    memory.watch = planned.watch;
    const { region: own } = this.#options;
    const alarms = this.#alarmsOf(key);
    if (!planned.watch.alarms) {
      alarms.unsubscribe(key);
      return;
    }
    const wanted = (rollout.spec.analysis?.alarms ?? []).map((alarm) => {
      const region = alarmRegion(rollout, alarm.region, own);
      const known = planned.status.alarms?.find(
        (entry) => entry.name === alarm.name && entry.region === region,
      );
      return {
        name: alarm.name,
        region,
        ...(known?.baseline === undefined ? {} : { baseline: known.baseline }),
      };
    });
    alarms.subscribe(key, wanted);
    if (waitsForRead(planned)) alarms.requestNow(key);
  }

  unfollow(key: string): void {
    this.#alarmsOf(key).unsubscribe(key);
  }

  #alarmsOf(key: string): ReturnType<AlarmPollers["of"]> {
    return this.#options.alarms.of(key.split("/")[0] ?? "");
  }

  #every(traffic: "active" | "idle", periodMs: number): void {
    const { clock, random } = this.#options;
    let cancelled = false;
    let cancelTimer = (): void => {};
    const again = (): void => {
      if (cancelled) return;
      cancelTimer = clock.setTimer(
        () => void this.#tick(traffic, periodMs).then(again),
        periodMs * (0.95 + 0.1 * random()),
      );
    };
    again();
    this.#cancel.push(() => {
      cancelled = true;
      cancelTimer();
    });
  }

  /** One request for many rules first; the plans then find the answers there. */
  async #tick(traffic: "active" | "idle", periodMs: number): Promise<void> {
    const watched = this.#options.memories.watched(traffic);
    const deadline = startDeadline(this.#options.clock, Math.min(periodMs, 5_000), undefined);
    const { signal } = deadline;
    const pace = traffic === "idle" ? { priority: "drift" as const } : {};
    for (const each of this.#turnOf(watched, periodMs)) void this.#askHealth(each, periodMs);
    await Promise.all(
      watched.map(
        async ({ memory }) =>
          await memory.router?.router.read({
            maxAgeMs: periodMs / 2,
            signal,
            weightsOnly: true,
            ...pace,
          }),
      ),
    );
    deadline.release();
    for (const { key } of watched) this.#runner?.enqueue(key);
  }

  /** However long it stands in line: the next poll does not wait for it, and the rollout is looked at when it has come. */
  async #askHealth({ key, memory }: Watched[number], periodMs: number): Promise<void> {
    const router = memory.router?.router;
    if (!router) return;
    const read = await router.health({ maxAgeMs: periodMs / 2, priority: "drift" });
    if (memory.router?.router !== router) return;
    rememberHealth(memory, router, read);
    this.#runner?.enqueue(key);
  }

  /**
   * Whose targets' health is asked for with this poll: those for whom it was not for longest. Where a plan turns on it, the
   * plan asks.
   */
  #turnOf(watched: Watched, periodMs: number): Watched {
    const most = Math.max(HEALTH_AT_LEAST, Math.floor((periodMs / 1_000) * HEALTH_PER_SECOND));
    const askedAt = ({ memory }: Watched[number]): number => memory.healthAskedAt ?? -Infinity;
    const turn = watched
      .filter(
        ({ memory: { watch, router, inTurn = true } }) =>
          inTurn && watch?.health === true && router?.router.capacity === "targets",
      )
      .sort((one, other) => askedAt(one) - askedAt(other))
      .slice(0, most);
    const now = this.#options.clock.monotonic();
    for (const { memory } of turn) memory.healthAskedAt = now;
    return turn;
  }
}

type Watched = ReturnType<Memories["watched"]>;

/**
 * A start that lacks nothing but a newer read of an alarm need not wait for the next poll. Any other wait for alarms
 * (no data, missing, firing) may last, and would only be asked about at every poll on demand.
 */
function waitsForRead({ status }: Plan): boolean {
  const why = status.conditions?.find(({ type }) => type === "Ready")?.reason;
  return status.state === "Starting" && why === "AlarmUnread";
}
