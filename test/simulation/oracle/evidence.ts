import type { RolloutObject } from "../world.ts";
import { judging } from "./alarms.ts";
import { type JudgeOptions, SLACK_MS } from "./judge.ts";

type Slot = "a" | "b";

/** I3: what alarms say against a raise, and against a canary that stands. */
export class Evidence {
  readonly #options: JudgeOptions;
  /** The last raise that was carried out. */
  #raise: { readonly release: string | undefined; readonly at: number } | undefined;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** So much later than it happens the operator may still act as if it had not. */
  get lag(): number {
    return 2 * this.#options.alarmPollMs + SLACK_MS;
  }

  /** The version in this slot got more traffic. */
  raised(rollout: RolloutObject, slot: Slot, what: string): void {
    const { world, violated } = this.#options;
    const release = rollout.status?.release;
    const { lag } = this;
    const since = this.#raise?.release === release ? this.#raise?.at : undefined;
    for (const { name, onAlarm } of judging(rollout, slot)) {
      if (world.hasFiredFor(name, lag))
        violated("I3", `${what}: alarm ${name} has been in ALARM for more than ${lag} ms`);
      const forgotten = since !== undefined && world.hasFiredBetween(name, since, world.timeline.now - lag);
      if (forgotten && onAlarm === "Rollback")
        violated("I3", `${what}: alarm ${name} was in ALARM since the last raise`);
    }
    this.#raise = { release, at: world.timeline.now };
  }

  /** Where all is reachable, a firing alarm leaves no traffic on the version that it judges. */
  stands(rollout: RolloutObject, slot: Slot, how: string): void {
    const { world, violated } = this.#options;
    for (const { name, onAlarm } of judging(rollout, slot)) {
      if (onAlarm === "Rollback" && world.hasFiredFor(name, this.lag))
        violated("I3", `alarm ${name} has fired for ${this.lag} ms, and ${how} on the canary`);
    }
  }
}
