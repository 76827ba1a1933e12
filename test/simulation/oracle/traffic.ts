import { parseDuration } from "../../../src/api/duration.ts";
import { labels } from "../../../src/api/group.ts";
import type { ModelRolloutStatus } from "../../../src/api/types.ts";
import type { AwsWrite } from "../aws/port.ts";
import type { RolloutObject } from "../world.ts";
import { isExcused } from "./alarms.ts";
import { Evidence } from "./evidence.ts";
import { Exposure } from "./exposure.ts";
import { type Judge, type JudgeOptions, SLACK_MS } from "./judge.ts";
import { Serving } from "./serving.ts";
import { sharesOf } from "./telling.ts";

type Slot = "a" | "b";
const slots = ["a", "b"] as const;

interface Standing {
  readonly shares: readonly Readonly<Record<Slot, number>>[];
  readonly rest: readonly string[];
}

/** Weights of rules and routes, and the slots behind them. */
export class TrafficJudge implements Judge {
  readonly #options: JudgeOptions;
  readonly #evidence: Evidence;
  readonly #serving: Serving;
  readonly #exposure: Exposure;
  /** Slots of which a pod has ever had requests. */
  readonly #served = new Set<Slot>();
  #sizes: Record<Slot, number> | undefined;
  #before: Standing | undefined;

  constructor(options: JudgeOptions) {
    this.#options = options;
    this.#evidence = new Evidence(options);
    this.#serving = new Serving(options.world);
    this.#exposure = new Exposure(options.world);
  }

  reaches(): void {
    this.#sizes = this.#sizesNow();
  }

  applied(): void {
    const before = this.#sizes;
    const after = this.#sizesNow();
    for (const slot of slots) if (before) this.#scaled(slot, before[slot], after[slot]);
  }

  /** I4: the stored status names the write, or says that traffic is being taken back. */
  sendingAws(write: AwsWrite, what: string): void {
    const { world, violated } = this.#options;
    const status = world.rollout?.status;
    if (write.use === "rollback") {
      if (!status?.rollback) world.unstoredRollbacks += 1;
      return;
    }
    const shares = sharesOf(write, world).split(":").map(Number);
    const named = status?.intent?.action === "SetWeights" && shares.includes(status.intent.weight ?? -1);
    if (!named && status?.rollback === undefined)
      violated("I4", `${what} is sent without a stored intent (${JSON.stringify(status?.intent ?? null)})`);
  }

  reachesAws(): void {
    this.#before = this.#standing();
  }

  appliedAws(write: AwsWrite, what: string): void {
    const before = this.#before;
    if (!before) return;
    const after = this.#standing();
    before.rest.forEach((rest, index) => {
      if (after.rest[index] !== rest)
        this.#options.violated(
          "I5",
          `${what} changed more than the two weights: ${rest} -> ${after.rest[index]}`,
        );
    });
    for (const slot of slots) {
      const risen = after.shares.flatMap((share, index) =>
        share[slot] > (before.shares[index]?.[slot] ?? 0) ? [share[slot]] : [],
      );
      if (risen.length > 0) this.#raised(slot, Math.max(...risen), write, what);
    }
  }

  check(): void {
    const { world, gentle, reachable } = this.#options;
    for (const { a, b } of world.shares()) {
      if (a + b < 1) this.#options.violated("I5", "both weights are 0");
    }
    const shares = this.#shares();
    this.#exposure.note();
    this.#serving.look();
    if (reachable) this.#takesBackInTime(shares);
    const undisturbed = gentle && world.lastForeignAt === -Infinity;
    if (undisturbed && world.rollout?.status?.stable !== undefined) this.#servesEverywhere(shares);
  }

  /** I3: where all is reachable, a firing alarm leaves no traffic on the version that it judges. */
  #takesBackInTime(shares: Record<Slot, number>): void {
    const { rollout } = this.#options.world;
    const slot = rollout?.status?.canary?.slot;
    if (!rollout || slot === undefined || shares[slot] === 0 || isExcused(rollout)) return;
    this.#evidence.stands(rollout, slot, `${shares[slot]} % are`);
  }

  /** Where nobody else breaks anything, every group with weight has somebody to answer. */
  #servesEverywhere(shares: Record<Slot, number>): void {
    const { world, violated } = this.#options;
    for (const slot of slots) {
      const serving = world.serving(slot);
      if (serving > 0) this.#served.add(slot);
      const expected = shares[slot] > 0 && this.#served.has(slot) && !this.#isLeaving(slot);
      if (expected && serving === 0 && this.#serving.last(slot) === 0)
        violated("I1", `slot ${slot} has ${shares[slot]} % of the traffic and no healthy target`);
    }
  }

  #sizesNow(): Record<Slot, number> {
    const { world } = this.#options;
    return { a: world.deployment("a")?.spec.replicas ?? 0, b: world.deployment("b")?.spec.replicas ?? 0 };
  }

  /** I1: what a write of ours did to the size of a slot. */
  #scaled(slot: Slot, was: number, is: number): void {
    const { world, violated } = this.#options;
    const { rollout, timeline } = world;
    if (is >= was || !rollout || this.#neverServed(rollout.status, slot) || this.#isLeaving(slot)) return;
    if (timeline.now - world.lastForeignAt < SLACK_MS + this.#options.driftPollMs) return;
    const share = this.#shares()[slot];
    const need = Math.ceil((share * (rollout.spec.replicas ?? 1)) / 100 - 1e-9);
    if (share > 0 && is < need)
      violated("I1", `slot ${slot} is scaled from ${was} to ${is} with ${share} % of the traffic`);
    // Edited meanwhile, the one that the drain was begun with counts.
    const drain = this.#serving.shortestDrain(parseDuration(rollout.spec.strategy.drain ?? "60s"));
    const idle = timeline.now - this.#exposure.lastAt(slot);
    // The instant that the operator reckons from is that of a read's beginning, rounded to milliseconds.
    if (share === 0 && is === 0 && idle < drain - 2)
      violated(
        "I1",
        `slot ${slot} is emptied ${Math.round(idle)} ms after it had weight, or cookies led to it (drain ${drain} ms)`,
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
    const { world, violated } = this.#options;
    const { rollout } = world;
    if (!rollout?.status) return violated("I4", `${what} for a rollout that is not there`);
    const { failedRevision, canary, retained, stable, beginning } = rollout.status;
    const revision = this.#revisionAt(slot, canary);
    if (revision !== undefined && revision === failedRevision && write.use === "write")
      violated("I7", `${what}: ${revision} failed and gets traffic again`);
    const suspect = canary?.slot ?? (retained ? stable?.slot : undefined);
    if (slot !== suspect || beginning !== undefined) return;
    this.#evidence.raised(rollout, slot, what);
    this.#hasCapacity(rollout, slot, share, what);
  }

  #revisionAt(slot: Slot, canary: ModelRolloutStatus["canary"]): string | undefined {
    const { world } = this.#options;
    if (world.setup.way === "outside") return canary?.slot === slot ? canary.revision : undefined;
    return world.deployment(slot)?.metadata.labels?.[labels.revision];
  }

  /** I2. */
  #hasCapacity({ spec, status }: RolloutObject, slot: Slot, share: number, what: string): void {
    // Outside nobody knows how many a share needs.
    if (this.#options.world.setup.way === "outside") return this.#hasAny(slot, what);
    const needed = Math.max(1, Math.ceil((share * (spec.replicas ?? 1)) / 100));
    // `replicas` may have been edited since the plan was made; the status tells for how many it was made.
    const need = Math.min(needed, status?.canary?.replicas ?? Infinity);
    const most = this.#serving.most(slot, this.#evidence.lag);
    if (most < need) this.#options.violated("I2", `${what}: ${most} of ${need} pods of slot ${slot} serve`);
  }

  #hasAny(slot: Slot, what: string): void {
    if (this.#serving.most(slot, this.#evidence.lag) === 0)
      this.#options.violated("I2", `${what}: nothing serves at ${slot}`);
  }

  #shares(): Record<Slot, number> {
    const { world } = this.#options;
    return { a: world.shareOf("a"), b: world.shareOf("b") };
  }

  #standing(): Standing {
    const { world } = this.#options;
    return { shares: world.shares(), rest: world.edge.targets.map((target) => target.rest()) };
  }
}
