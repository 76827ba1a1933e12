import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../test/runtime/virtual-clock.ts";
import { createBatchedReads } from "./batched-reads.ts";
import { type BudgetSize, createBudget, type Priority } from "./budget.ts";

const size: BudgetSize = { burst: 20, perSecond: 6 };

/** Reads of one group that share a budget; notes when each key was read, in seconds since the start. */
function scene({ batchSize = 1 }: { readonly batchSize?: number } = {}) {
  const clock = new VirtualClock();
  const budget = createBudget(clock, size);
  const start = clock.monotonic();
  const seconds = (): number => (clock.monotonic() - start) / 1_000;
  const requests: { readonly keys: readonly string[]; readonly at: number }[] = [];
  const reads = createBatchedReads<string>({
    clock,
    batchSize,
    groupOf: () => "group",
    turn: (_group, priority, signal) => budget.take(priority, signal),
    crowded: () => budget.waiting > 0,
    fetch: async (keys) => {
      requests.push({ keys, at: seconds() });
      await new Promise<void>((resolve) => void clock.setTimer(resolve, 50));
      return new Map(keys.map((key) => [key, { ok: true, value: key }]));
    },
  });
  /** Asks again and again, as a plan does at every poll, each time with little patience. */
  const insist = (key: string, priority: Priority, everyMs = 1_000): (() => void) => {
    let cancel = (): void => {};
    const ask = (): void => {
      void reads.get(key, { maxAgeMs: 12_000, priority });
      cancel = clock.setTimer(ask, everyMs);
    };
    ask();
    return () => cancel();
  };
  const firstOf = (key: string): number => requests.find(({ keys }) => keys.includes(key))?.at ?? Infinity;
  return { clock, budget, reads, requests, insist, firstOf, seconds };
}

const named = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `k${index}`);

/** What a bucket of this size needs for so many requests. */
const secondsFor = (requests: number): number => Math.max(0, requests - size.burst) / size.perSecond;

describe("the line of reads that wait for the budget", () => {
  it("300 that ask again every second: each is read once before anybody twice, in the time that their requests need", async () => {
    const { clock, requests, insist } = scene();
    for (const key of named(300)) insist(key, "capacity");
    await clock.advance(secondsFor(300) * 1_000 + 2_000);
    const first = requests.slice(0, 300).flatMap(({ keys }) => keys);
    expect(first).toEqual(named(300));
    // 4 tokens stay behind for raises.
    expect(requests[299]?.at).toBeLessThan(secondsFor(304) + 0.5);
  });

  it("who comes late goes behind those who wait, not behind all that they will ask for later", async () => {
    const { clock, insist, firstOf } = scene();
    for (const key of named(300)) insist(key, "capacity");
    await clock.advance(30_000);
    insist("late", "capacity");
    await clock.advance(100_000);
    expect(firstOf("late")).toBeLessThan(30 + 300 / size.perSecond + 1);
  });

  it("what only guards is read too while the others never have enough, by every fourth request at the latest", async () => {
    const { clock, insist, firstOf } = scene();
    for (const key of named(300)) insist(key, "capacity");
    await clock.advance(60_000);
    insist("guard", "drift");
    await clock.advance(300_000);
    expect(firstOf("guard")).toBeLessThan(60 + (4 * 300) / size.perSecond);
  });

  it("a raise in this crowd waits for a second at most", async () => {
    const { clock, budget, insist, seconds } = scene();
    for (const key of named(300)) insist(key, "capacity");
    await clock.advance(60_000);
    const waits: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      const since = seconds();
      void budget.take("raise").then(() => waits.push(seconds() - since));
      await clock.advance(2_500);
    }
    expect(waits).toHaveLength(20);
    expect(Math.max(...waits)).toBeLessThan(1);
  });

  it("keys that come one by one share requests while others wait, and keep no turn from them", async () => {
    const { clock, budget, requests, reads } = scene({ batchSize: 20 });
    let others = 0;
    for (let index = 0; index < 300; index += 1) void budget.take("capacity").then(() => (others += 1));
    await clock.advance(1_000);
    const before = others;
    for (const key of named(300)) {
      void reads.get(key, { maxAgeMs: 0, priority: "raise" });
      await clock.advance(100);
    }
    await clock.advance(1_000);
    expect(requests.flatMap(({ keys }) => keys).toSorted()).toEqual(named(300).toSorted());
    expect(requests.length).toBeLessThanOrEqual(32);
    expect(others - before).toBeGreaterThan(31 * size.perSecond - 32 - size.burst);
  });

  it("one that is full, or belongs to what has begun, waits for no more", async () => {
    const { clock, budget, reads, firstOf } = scene({ batchSize: 3 });
    for (let index = 0; index < 300; index += 1) void budget.take("capacity");
    for (const key of ["k1", "k2", "k3"]) void reads.get(key, { maxAgeMs: 0, priority: "raise" });
    await clock.advance(500);
    expect(firstOf("k3")).toBeLessThan(0.5);
    void reads.get("k4", { maxAgeMs: 0, priority: "raise" });
    void reads.get("k5", { maxAgeMs: 0, priority: "begun" });
    await clock.advance(100);
    expect(firstOf("k4")).toBe(firstOf("k5"));
    expect(firstOf("k5")).toBeLessThan(0.6);
  });

  it("a more urgent asker takes the key with it, and nothing is asked for twice", async () => {
    const { clock, requests, reads, firstOf } = scene();
    for (const key of named(100)) void reads.get(key, { maxAgeMs: 0 });
    await clock.advance(1_000);
    void reads.get("k99", { maxAgeMs: 0, priority: "raise" });
    await clock.advance(60_000);
    expect(firstOf("k99")).toBeLessThan(2);
    expect(requests).toHaveLength(100);
  });
});
