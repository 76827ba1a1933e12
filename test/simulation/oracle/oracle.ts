import { parseDuration } from "../../../src/api/duration.ts";
import { labels } from "../../../src/api/group.ts";
import type { ModelRolloutStatus } from "../../../src/api/types.ts";
import type { AwsWitness, AwsWrite } from "../aws/port.ts";
import type { Host } from "../host.ts";
import type { KubeWrite, Witness } from "../kube/port.ts";
import { LEASE_PATH } from "../replica.ts";
import type { RolloutObject, World } from "../world.ts";
import { isExcused, judging } from "./alarms.ts";
import { isQuiet, sharesOf, summary } from "./telling.ts";

type Slot = "a" | "b";
const slots = ["a", "b"] as const;

export interface OracleOptions {
  readonly world: World;
  readonly alarmPollMs: number;
  readonly driftPollMs: number;
  /** Nobody breaks pods in this run: every group with weight must have a healthy target, at every instant. */
  readonly gentle: boolean;
  /** Nobody sets a clock in this run. A drain is reckoned by the wall clock of whoever leads. */
  readonly steadyClocks: boolean;
  /** Nothing is lost, late or refused, and nobody kills or freezes replicas. */
  readonly reachable: boolean;
}

/** What an effect outside was, for whoever counts or interrupts them. */
export interface Effect {
  readonly host: Host;
  readonly what: string;
  readonly moment: "before" | "after";
}

/** How much later than it happens the operator may learn of something: two polls, the reads, the way of the write. */
const SLACK_MS = 12_000;
const HEALTH_SAMPLE_MS = 1_000;

/**
 * The invariants I1-I9 (design, "What must hold, always"), judged on the world alone: weights in the rule, pods, the
 * stored status. It shares no code with the operator but types and the names of labels.
 */
export class Oracle implements Witness, AwsWitness {
  readonly violations: string[] = [];
  /** Effects outside by what they were. */
  readonly effects = new Map<string, number>();
  /** Asked at each effect; true ends the process there. */
  deadly: (effect: Effect) => boolean = () => false;
  readonly #options: OracleOptions;
  readonly #weightedAt: Record<Slot, number> = { a: -Infinity, b: -Infinity };
  readonly #serving: { at: number; a: number; b: number; drain: number }[] = [];
  /** Slots of which a pod has ever had requests. */
  readonly #served = new Set<Slot>();
  /** What the last check was made on. */
  #seen = -1;
  #sizes: Record<Slot, number> | undefined;
  /** The last raise that was carried out. */
  #raise: { readonly release: string | undefined; readonly at: number } | undefined;
  #before: { readonly shares: Record<Slot, number>; readonly rule: string } | undefined;

  constructor(options: OracleOptions) {
    this.#options = options;
    const { world } = options;
    world.timeline.every(HEALTH_SAMPLE_MS, () => this.#sample());
  }

  sending(host: Host, write: KubeWrite): boolean {
    if (isQuiet(write.path)) return true;
    const what = `${write.verb} ${write.path.split("/").slice(-3).join("/")}`;
    if (write.dryRun) return true;
    this.#count(what);
    if (this.#dies(host, what, "before")) return false;
    this.#leads(host, what);
    return true;
  }

  /** Just before the server carries it out. */
  reaches(): void {
    this.#sizes = this.#sizesNow();
  }

  applied(host: Host, write: KubeWrite): void {
    if (isQuiet(write.path) || write.dryRun) return;
    const { world } = this.#options;
    const what = `${write.verb} ${write.path.split("/").slice(-3).join("/")}`;
    world.story.tell(host.name, `${what}${summary(write)}`);
    this.#compareSizes();
    this.#dies(host, what, "after");
  }

  sendingAws(host: Host, write: AwsWrite): boolean {
    const what = `${write.operation} ${sharesOf(write, this.#options.world)}`;
    this.#count(write.operation);
    if (this.#dies(host, what, "before")) return false;
    this.#leads(host, what);
    this.#hasIntent(write, what);
    return true;
  }

  reachesAws(): void {
    const { world } = this.#options;
    this.#before = { shares: this.#shares(), rule: world.edge.rest() };
  }

  appliedAws(host: Host, write: AwsWrite): void {
    const { world } = this.#options;
    const what = `${write.operation} ${sharesOf(write, world)}`;
    world.story.tell(host.name, `${what} (${write.use})`);
    const before = this.#before;
    const after = this.#shares();
    if (before && world.edge.rest() !== before.rule)
      this.#violated(
        "I5",
        `${what} changed more than the two weights: ${before.rule} -> ${world.edge.rest()}`,
      );
    if (before) {
      for (const slot of slots)
        if (after[slot] > before.shares[slot]) this.#raised(slot, after[slot], write, what);
    }
    this.#dies(host, what, "after");
  }

  /** After every event of the world. */
  check(): void {
    const { world, gentle } = this.#options;
    const second = Math.floor(world.timeline.now / HEALTH_SAMPLE_MS);
    const seen = world.changes + second;
    if (seen === this.#seen) return;
    this.#seen = seen;
    const shares = this.#shares();
    for (const slot of slots) if (shares[slot] > 0) this.#weightedAt[slot] = world.timeline.now;
    if (shares.a + shares.b < 1) this.#violated("I5", "both weights are 0");
    if (this.#options.reachable) this.#takesBackInTime(shares);
    if (gentle && world.rollout?.status?.stable !== undefined) this.#servesEverywhere(shares);
  }

  /** I3: where all is reachable, a firing alarm leaves no traffic on the version that it judges. */
  #takesBackInTime(shares: Record<Slot, number>): void {
    const { world } = this.#options;
    const { rollout } = world;
    const slot = rollout?.status?.canary?.slot;
    if (!rollout || slot === undefined || shares[slot] === 0 || isExcused(rollout)) return;
    for (const { name, onAlarm } of judging(rollout, slot)) {
      if (onAlarm === "Rollback" && world.hasFiredFor(name, this.#lag))
        this.#violated(
          "I3",
          `alarm ${name} has fired for ${this.#lag} ms, and ${shares[slot]} % are on the canary`,
        );
    }
  }

  /** Where nobody else breaks anything, every group with weight has somebody to answer. */
  #servesEverywhere(shares: Record<Slot, number>): void {
    const { world } = this.#options;
    for (const slot of slots) {
      const serving = world.serving(slot);
      if (serving > 0) this.#served.add(slot);
      const expected = shares[slot] > 0 && this.#served.has(slot) && !this.#isLeaving(slot);
      if (expected && serving === 0 && this.#lastServing(slot) === 0)
        this.#violated("I1", `slot ${slot} has ${shares[slot]} % of the traffic and no healthy target`);
    }
  }

  #sizesNow(): Record<Slot, number> {
    const { world } = this.#options;
    return { a: world.deployment("a")?.spec.replicas ?? 0, b: world.deployment("b")?.spec.replicas ?? 0 };
  }

  #compareSizes(): void {
    const before = this.#sizes;
    const after = this.#sizesNow();
    for (const slot of slots) if (before) this.#scaled(slot, before[slot], after[slot]);
  }

  /** I1: what a write of ours did to the size of a slot. */
  #scaled(slot: Slot, was: number, is: number): void {
    const { world } = this.#options;
    const { rollout, timeline } = world;
    if (is >= was || !rollout || this.#neverServed(rollout.status, slot) || this.#isLeaving(slot)) return;
    if (timeline.now - world.lastForeignAt < SLACK_MS + this.#options.driftPollMs) return;
    const share = this.#shares()[slot];
    const need = Math.ceil((share * (rollout.spec.replicas ?? 1)) / 100 - 1e-9);
    if (share > 0 && is < need)
      this.#violated("I1", `slot ${slot} is scaled from ${was} to ${is} with ${share} % of the traffic`);
    // Edited meanwhile, the one that the drain was begun with counts.
    const drain = Math.min(...this.#serving.slice(-60).map((sample) => sample.drain));
    const idle = timeline.now - this.#weightedAt[slot];
    if (!this.#options.steadyClocks) return;
    // The instant that the operator reckons from is that of a read's beginning, rounded to milliseconds.
    if (share === 0 && is === 0 && idle < drain - 2)
      this.#violated(
        "I1",
        `slot ${slot} is emptied ${Math.round(idle)} ms after it had weight (drain ${drain} ms)`,
      );
  }

  /** The rollout is deleted, and all that is left of it is on stable: that goes too, with all that carries it. */
  #isLeaving(slot: Slot): boolean {
    const { rollout } = this.#options.world;
    const deleted = rollout === undefined || rollout.metadata.deletionTimestamp !== undefined;
    return (
      deleted && rollout?.status?.canary === undefined && (rollout?.status?.stable?.slot ?? slot) === slot
    );
  }

  #neverServed(status: ModelRolloutStatus | undefined, slot: Slot): boolean {
    return status?.beginning !== undefined && this.#options.world.serving(slot) === 0;
  }

  /** I2, I3 and I7: what must be true of the world when a version gets more traffic. */
  #raised(slot: Slot, share: number, write: AwsWrite, what: string): void {
    const { world } = this.#options;
    const { rollout } = world;
    if (!rollout?.status) return this.#violated("I4", `${what} for a rollout that is not there`);
    const { failedRevision, canary, retained, stable, beginning } = rollout.status;
    const revision = world.deployment(slot)?.metadata.labels?.[labels.revision];
    if (revision !== undefined && revision === failedRevision && write.use === "write")
      this.#violated("I7", `${what}: ${revision} failed and gets traffic again`);
    const suspect = canary?.slot ?? (retained ? stable?.slot : undefined);
    if (slot !== suspect || beginning !== undefined) return;
    this.#noAlarmFires(rollout, slot, what);
    this.#hasCapacity(rollout, slot, share, what);
  }

  #hasCapacity({ spec, status }: RolloutObject, slot: Slot, share: number, what: string): void {
    const needed = Math.max(1, Math.ceil((share * (spec.replicas ?? 1)) / 100));
    // `replicas` may have been edited since the plan was made; the status tells for how many it was made.
    const need = Math.min(needed, status?.canary?.replicas ?? Infinity);
    const most = this.#mostServing(slot, this.#lag);
    if (most < need) this.#violated("I2", `${what}: ${most} of ${need} pods of slot ${slot} serve`);
  }

  #noAlarmFires(rollout: RolloutObject, slot: Slot, what: string): void {
    const { world } = this.#options;
    const release = rollout.status?.release;
    const lag = this.#lag;
    const since = this.#raise?.release === release ? this.#raise?.at : undefined;
    for (const { name, onAlarm } of judging(rollout, slot)) {
      if (world.hasFiredFor(name, lag))
        this.#violated("I3", `${what}: alarm ${name} has been in ALARM for more than ${lag} ms`);
      const forgotten = since !== undefined && world.hasFiredBetween(name, since, world.timeline.now - lag);
      if (forgotten && onAlarm === "Rollback")
        this.#violated("I3", `${what}: alarm ${name} was in ALARM since the last raise`);
    }
    this.#raise = { release, at: world.timeline.now };
  }

  /** So much later than it happens the operator may still act as if it had not. */
  get #lag(): number {
    return 2 * this.#options.alarmPollMs + SLACK_MS;
  }

  /** I4: the stored status names the write, or says that traffic is being taken back. */
  #hasIntent(write: AwsWrite, what: string): void {
    if (write.use === "rollback") return;
    const { world } = this.#options;
    const status = world.rollout?.status;
    const shares = sharesOf(write, world).split(":").map(Number);
    const named = status?.intent?.action === "SetWeights" && shares.includes(status.intent.weight ?? -1);
    if (!named && status?.rollback === undefined)
      this.#violated(
        "I4",
        `${what} is sent without a stored intent (${JSON.stringify(status?.intent ?? null)})`,
      );
  }

  /** I8: whoever writes holds the lease. */
  #leads(host: Host, what: string): void {
    const lease = this.#options.world.server.peek(LEASE_PATH) as
      | { spec?: { holderIdentity?: string } }
      | undefined;
    const holder = lease?.spec?.holderIdentity;
    if (holder !== host.name)
      this.#violated("I8", `${host.name} sends ${what} while ${holder} holds the lease`);
  }

  #shares(): Record<Slot, number> {
    const { world } = this.#options;
    return { a: world.shareOf("a"), b: world.shareOf("b") };
  }

  #sample(): void {
    const { world } = this.#options;
    const drain = parseDuration(world.rollout?.spec.strategy.drain ?? "60s");
    this.#serving.push({ at: world.timeline.now, a: world.serving("a"), b: world.serving("b"), drain });
    if (this.#serving.length > 120) this.#serving.splice(0, 60);
  }

  #mostServing(slot: Slot, ms: number): number {
    const { world } = this.#options;
    const since = world.timeline.now - ms;
    const samples = this.#serving.filter(({ at }) => at >= since).map((sample) => sample[slot]);
    return Math.max(world.serving(slot), ...samples);
  }

  #lastServing(slot: Slot): number {
    return this.#serving.at(-1)?.[slot] ?? 0;
  }

  #dies(host: Host, what: string, moment: "before" | "after"): boolean {
    if (!this.deadly({ host, what, moment })) return false;
    this.#options.world.story.tell(host.name, `dies ${moment} ${what}`);
    host.kill();
    return true;
  }

  #count(what: string): void {
    const kind = what.split(" ")[0] ?? what;
    this.effects.set(kind, (this.effects.get(kind) ?? 0) + 1);
  }

  /** How many effects outside there were. */
  get written(): number {
    return [...this.effects.values()].reduce((sum, count) => sum + count, 0);
  }

  /** A violation that somebody else has found. */
  note(invariant: string, what: string): void {
    this.#violated(invariant, what);
  }

  #violated(invariant: string, what: string): void {
    const { story } = this.#options.world;
    story.tell("VIOLATION", `${invariant}: ${what}`);
    this.violations.push(`${invariant}: ${what}`);
  }
}
