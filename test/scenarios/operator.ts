import { isDeepStrictEqual } from "node:util";
import type { ModelRolloutStatus } from "../../src/api/types.ts";
import type { Observed } from "../../src/core/observed.ts";
import { plan } from "../../src/core/plan.ts";
import type { Plan } from "../../src/core/plan-data.ts";
import { millis } from "../../src/core/time.ts";
import { perform } from "./effects.ts";
import { Invariants } from "./invariants.ts";
import { Memory, pollMs, readAlarm, readHealth, readRouter, region, snapshot } from "./snapshot.ts";
import type { World } from "./world.ts";

/** One plan as it was made and carried out. */
export interface Turn {
  readonly at: number;
  readonly before: ModelRolloutStatus;
  readonly observed: Observed;
  readonly plan: Plan;
  /** What the first action that failed was told. */
  readonly failure?: string;
  /** The same weights again at once: put off to the next poll. */
  readonly deferred: boolean;
}

const ROUNDS = 12;
const TURNS = 100;
const DRIFT_POLL_MS = 60_000;
const RETRY_MS = 10_000;
/** For so long a read from before a write is old, not drift; one poll on top. */
const STALE_MS = 50_000;

/**
 * The operator as src/controller has it, in virtual time: observe, plan, store the status, perform in order, stop at
 * the first failure, look again. Every plan is checked against the invariants.
 */
export class Operator {
  readonly #world: World;
  readonly #tell: (turn: Turn) => void;
  readonly #invariants: Invariants;
  #memory = new Memory();
  #watch: Plan["watch"] = { alarms: false, traffic: "active", health: true };
  #due: number | undefined;
  #pollAt: number;
  statusWrites = 0;
  /** How often the world had changed at the last poll, and whether nothing has since. */
  #changesAtPoll = -1;
  #quiet = false;

  constructor(world: World, tell: (turn: Turn) => void) {
    this.#world = world;
    this.#tell = tell;
    this.#invariants = new Invariants(world);
    this.#pollAt = world.now + pollMs;
  }

  restart(): void {
    this.#memory = new Memory();
    this.#watch = { alarms: false, traffic: "active", health: true };
    this.#changesAtPoll = -1;
    this.#due = undefined;
    this.#pollAt = this.#world.now + pollMs;
  }

  /** After the wall clock was set: polls go by the monotonic clock. */
  clockMoved(by: number): void {
    this.#pollAt += by;
    if (this.#due !== undefined) this.#due += by;
  }

  /** Lets time pass, with its polls, wake-ups and pods. */
  wait(ms: number): void {
    const world = this.#world;
    const end = world.now + ms;
    while (world.now < end) {
      const times = [end, this.#pollAt, this.#due, world.nextPodChange()];
      const next = Math.max(world.now + 1, Math.min(...times.filter((at) => at !== undefined)));
      const podsChanged = world.advance(next - world.now);
      const polled = world.now >= this.#pollAt;
      const due = this.#due !== undefined && world.now >= this.#due;
      this.#quiet = polled && !due && world.changes === this.#changesAtPoll;
      if (polled) {
        const calm = this.#watch.traffic === "idle" && !this.#watch.alarms;
        this.#pollAt = world.now + (calm ? DRIFT_POLL_MS : pollMs);
        this.#poll();
      }
      if (polled || due || podsChanged) this.reconcile();
      this.#quiet = false;
    }
  }

  #poll(): void {
    const { now, changes } = this.#world;
    const period = this.#watch.traffic === "active" ? pollMs : DRIFT_POLL_MS;
    if (now - (this.#memory.router?.at ?? 0) >= period) {
      this.#memory.router = readRouter(this.#world);
      this.#memory.health = this.#watch.health ? readHealth(this.#world) : undefined;
      this.#changesAtPoll = changes;
    } else this.#quiet = false;
    this.#readAlarms();
  }

  #readAlarms(): void {
    if (!this.#watch.alarms) this.#memory.alarms.clear();
    else for (const name of this.#asked()) this.#readAlarm(name);
  }

  #asked(): readonly string[] {
    return (this.#world.rollout?.spec.analysis?.alarms ?? []).map(({ name }) => name);
  }

  #readAlarm(name: string): void {
    this.#memory.alarms.set(`${region}/${name}`, readAlarm(this.#world, this.#world.alarm(name)));
  }

  /** Reads that are too old for how closely this is watched are made anew, as the caches of the real one do. */
  #refresh(): void {
    const { now } = this.#world;
    const period = this.#watch.traffic === "active" ? pollMs : DRIFT_POLL_MS;
    const stale = (at: number | undefined) => at === undefined || now - at > period * 1.2 || at > now;
    if (stale(this.#memory.router?.at)) this.#memory.router = readRouter(this.#world);
    if (!this.#watch.health) this.#memory.health = undefined;
    else if (stale(this.#memory.health?.a.at)) this.#memory.health = readHealth(this.#world);
    if (!this.#watch.alarms) return;
    for (const name of this.#asked()) {
      if (!this.#memory.alarms.has(`${region}/${name}`)) this.#readAlarm(name);
    }
  }

  /** As after an event; what the Deployment controller makes of it is an event too. */
  reconcile(): void {
    for (let turn = 0; turn < TURNS; turn += 1) {
      this.#visit();
      if (!this.controllers()) return;
    }
    throw new Error(
      `no end of it at ${this.#world.now}: operator and Deployment controller answer each other`,
    );
  }

  /** One turn of the Deployment's controllers; false when they have nothing to do. */
  controllers(): boolean {
    const { rolled, monotonic } = this.#world;
    const turned = rolled?.turn(monotonic);
    if (!turned) return false;
    this.#world.touch();
    this.#invariants.checkTurn(turned);
    return true;
  }

  #visit(): void {
    for (let round = 0; round < ROUNDS; round += 1) {
      if (!this.#world.rollout) return;
      this.#refresh();
      const again = this.#turn();
      if (!again) return;
    }
    throw new Error(`no end of it at ${this.#world.now}: the plans keep asking for another look at once`);
  }

  #turn(): boolean {
    const world = this.#world;
    const rollout = world.resource;
    const before = rollout.status ?? {};
    const observed = snapshot(world, this.#memory);
    const planned = plan(rollout, observed);
    this.#invariants.check(rollout, observed, planned);
    const stored = !isDeepStrictEqual(json(before), json(planned.status));
    if (this.#quiet && !countsDown(before, world.now) && (stored || planned.actions.length > 0))
      this.#unquiet(before, planned);
    if (stored) this.#store(planned.status);
    this.#watch = planned.watch;
    const deferred = this.#repeats(planned);
    const failure = deferred ? undefined : this.#perform(planned);
    this.#invariants.checkRest(before, planned);
    if (failure !== undefined) this.#memory.failure = failure;
    else if (planned.actions.length > 0 && !deferred) this.#memory.failure = undefined;
    this.#tell({
      at: world.now,
      before,
      observed,
      plan: planned,
      deferred,
      ...(failure === undefined ? {} : { failure }),
    });
    return this.#next(planned, failure, deferred);
  }

  /** In order, up to the first that fails; returns what that one was told. */
  #perform({ actions }: Plan): string | undefined {
    // What follows from an effect of ours is no write without a cause.
    this.#quiet &&= actions.length === 0;
    for (const action of actions) {
      const failure = perform(this.#world, this.#memory, action);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  #next(planned: Plan, failure: string | undefined, deferred: boolean): boolean {
    const { requeueAfter } = planned;
    const { now } = this.#world;
    this.#due = requeueAfter === undefined ? undefined : now + requeueAfter;
    if (failure !== undefined) this.#due = now + Math.min(RETRY_MS, requeueAfter ?? RETRY_MS);
    const acted = planned.actions.length > 0 && failure === undefined && !deferred;
    if (!acted && planned.watch.alarms && waitsForAlarms(planned)) this.#readAlarmsAtOnce();
    return (
      acted ||
      (requeueAfter === 0 && failure === undefined && !deferred) ||
      this.#due === now ||
      this.#unreadAlarms(planned)
    );
  }

  /** As the poller: an alarm that was never read is read at once. */
  #unreadAlarms({ watch }: Plan): boolean {
    if (!watch.alarms) return false;
    return this.#asked().some((name) => !this.#memory.alarms.has(`${region}/${name}`));
  }

  #readAlarmsAtOnce(): void {
    this.#due = Math.min(this.#due ?? Infinity, this.#world.now + 1_000);
    const stale = [...this.#memory.alarms.values()].some(({ at }) => at < this.#world.now);
    if (stale) this.#readAlarms();
  }

  #store(status: ModelRolloutStatus): void {
    if (this.#world.rollout) this.#world.rollout.status = json(status) as ModelRolloutStatus;
    this.statusWrites += 1;
  }

  #repeats({ actions }: Plan): boolean {
    const weights = actions.find(({ kind }) => kind === "SetWeights");
    if (!weights) {
      this.#memory.lastWeights = undefined;
      return false;
    }
    const key = JSON.stringify(weights);
    const last = this.#memory.lastWeights;
    const repeated = last?.key === key && this.#world.monotonic - last.at < pollMs * 0.9;
    if (!repeated) this.#memory.lastWeights = { key, at: this.#world.monotonic };
    return repeated;
  }

  #unquiet(before: ModelRolloutStatus, { status, actions }: Plan): void {
    const differing = Object.keys({ ...before, ...status }).filter(
      (key) =>
        !isDeepStrictEqual(
          json(before[key as keyof ModelRolloutStatus] ?? null),
          json(status[key as keyof ModelRolloutStatus] ?? null),
        ),
    );
    throw new Error(
      `I6: nothing changed outside, but status (${differing.join(", ")}) or ${actions.length} action(s) are written in state ${status.state}: ` +
        JSON.stringify(
          differing.map((key) => [
            before[key as keyof ModelRolloutStatus],
            status[key as keyof ModelRolloutStatus],
          ]),
        ),
    );
  }
}

/** Something has a clock of its own that is looked at with every poll. */
function countsDown(status: ModelRolloutStatus, now: number): boolean {
  const { unavailableSince, drift, intent, alarms, pause, weight } = status;
  const sinceWrite = now - (millis(weight?.changedAt) ?? 0);
  return (
    [unavailableSince, drift, intent, pause].some((clock) => clock !== undefined) ||
    sinceWrite < STALE_MS ||
    alarms?.some(({ unreadableSince }) => unreadableSince !== undefined) === true
  );
}

const waitsForAlarms = ({ explain, status }: Plan) =>
  status.state === "Starting" && explain.some(({ gate, passed }) => !passed && gate.startsWith("alarms"));

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
