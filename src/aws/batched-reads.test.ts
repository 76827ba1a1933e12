import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../test/runtime/virtual-clock.ts";
import { createBatchedReads, type TimedOutcome } from "./batched-reads.ts";
import type { Priority } from "./budget.ts";
import type { ReadOutcome } from "./isolation.ts";

/** Reads that take 100 ms each and answer with the number of the request. With a queue, requests wait until it opens. */
function scene(batchSize = 3) {
  const clock = new VirtualClock();
  const requests: string[] = [];
  const state: { failing: boolean; queue?: Promise<void> } = { failing: false };
  const reads = createBatchedReads<number>({
    clock,
    batchSize,
    groupOf: (key) => key.slice(0, 1),
    turn: async (_group, priority: Priority) => {
      if (state.queue !== undefined && priority !== "rollback") await state.queue;
    },
    fetch: async (keys, _group, priority: Priority) => {
      const number = requests.push(`${keys.join(" ")} ${priority}`);
      const outcome: ReadOutcome<number> = state.failing
        ? { ok: false, problem: { kind: "throttled", message: "slow down" } }
        : { ok: true, value: number };
      await new Promise<void>((resolve) => void clock.setTimer(resolve, 100));
      return new Map(keys.map((key) => [key, outcome]));
    },
  });
  const value = async (read: Promise<TimedOutcome<number>>): Promise<number | string> => {
    const outcome = await read;
    return outcome.ok ? outcome.value : outcome.problem.kind;
  };
  return { clock, reads, requests, state, value };
}

const fresh = { maxAgeMs: 0 };

describe("batched reads", () => {
  it("wishes within 20 ms share a request; groups and batch size divide it", async () => {
    const { clock, reads, requests } = scene();
    const all = ["a1", "a2", "b1"].map((key) => reads.get(key, fresh));
    await clock.advance(15);
    all.push(...["a3", "a4", "a1"].map((key) => reads.get(key, fresh)));
    await clock.advance(200);
    await Promise.all(all);
    expect(requests).toEqual(["a1 a2 a3 capacity", "a4 capacity", "b1 capacity"]);
  });

  it("which keys a request is for is decided when its turn has come: the line fills it up", async () => {
    const { clock, reads, requests, state } = scene();
    const queue = Promise.withResolvers<void>();
    state.queue = queue.promise;
    for (const key of ["a1", "a2"]) {
      void reads.get(key, fresh);
      await clock.advance(5_000);
    }
    void reads.get("a3", { maxAgeMs: 0, priority: "rollback" });
    await clock.advance(20);
    expect(requests).toEqual(["a3 a1 a2 rollback"]);
    queue.resolve();
    await clock.advance(200);
    expect(requests).toHaveLength(1);
  });

  it("a read that waits in line is joined, also by who is more urgent, and ages from when it goes out", async () => {
    const { clock, reads, requests, state, value } = scene();
    const queue = Promise.withResolvers<void>();
    state.queue = queue.promise;
    const first = reads.get("a1", fresh);
    await clock.advance(5_000);
    const second = reads.get("a1", fresh);
    reads.forget("a1");
    const urgent = reads.get("a1", { maxAgeMs: 0, priority: "raise" });
    await clock.advance(5_000);
    queue.resolve();
    await clock.advance(0);
    const at = clock.now();
    await clock.advance(100);
    expect(await first).toMatchObject({ ok: true, value: 1, at });
    expect([await value(second), await value(urgent)]).toEqual([1, 1]);
    expect(requests).toEqual(["a1 raise"]);
    expect(await value(reads.get("a1", { maxAgeMs: 200 }))).toBe(1);
  });

  it("what nobody waited for to the end is there for whoever asks next", async () => {
    const { clock, reads, requests, state, value } = scene();
    const queue = Promise.withResolvers<void>();
    state.queue = queue.promise;
    void reads.get("a1", fresh);
    await clock.advance(60_000);
    queue.resolve();
    await clock.advance(100);
    expect(await value(reads.get("a1", { maxAgeMs: 12_000 }))).toBe(1);
    expect(requests).toHaveLength(1);
  });

  it("the most urgent wish speaks for the batch", async () => {
    const { clock, reads, requests } = scene();
    void reads.get("a1", { maxAgeMs: 0, priority: "drift" });
    void reads.get("a2", { maxAgeMs: 0, priority: "raise" });
    await clock.advance(200);
    expect(requests).toEqual(["a2 a1 raise"]);
  });

  it("gives an answer again only while its beginning is young enough", async () => {
    const { clock, reads, value } = scene();
    const first = reads.get("a1", fresh);
    await clock.advance(120);
    expect(await first).toMatchObject({ at: clock.now() - 100 });
    expect(await value(reads.get("a1", { maxAgeMs: 100 }))).toBe(1);
    await clock.advance(1);
    const second = value(reads.get("a1", { maxAgeMs: 100 }));
    await clock.advance(200);
    expect(await second).toBe(2);
  });

  it("a wish for something fresh never joins a read that has begun", async () => {
    const { clock, reads, value, requests } = scene();
    const early = value(reads.get("a1", fresh));
    await clock.advance(50);
    const late = value(reads.get("a1", fresh));
    const lenient = value(reads.get("a1", { maxAgeMs: 1_000 }));
    await clock.advance(300);
    expect([await early, await lenient, await late]).toEqual([1, 1, 2]);
    expect(requests).toHaveLength(2);
  });

  it("after `forget` nothing that began before is given, though it is still to come", async () => {
    const { clock, reads, value } = scene();
    const before = value(reads.get("a1", fresh));
    await clock.advance(50);
    reads.forget("a1");
    const after = value(reads.get("a1", { maxAgeMs: 60_000 }));
    await clock.advance(300);
    expect([await before, await after]).toEqual([1, 2]);
    expect(await value(reads.get("a1", { maxAgeMs: 60_000 }))).toBe(2);
  });

  it("a failure is shared for a second, whatever age will do", async () => {
    const { clock, reads, value, state, requests } = scene();
    state.failing = true;
    const failed = value(reads.get("a1", { maxAgeMs: 60_000 }));
    await clock.advance(150);
    expect(await failed).toBe("throttled");
    expect(await value(reads.get("a1", { maxAgeMs: 60_000 }))).toBe("throttled");
    expect(requests).toHaveLength(1);
    state.failing = false;
    await clock.advance(1_000);
    const next = value(reads.get("a1", { maxAgeMs: 60_000 }));
    await clock.advance(150);
    expect(await next).toBe(2);
  });

  it("where stale will do, it answers at once and asks behind the scenes; a failure there changes nothing", async () => {
    const { clock, reads, value, state, requests } = scene();
    const wish = { maxAgeMs: 1_000, staleOkMs: 60_000 };
    const first = value(reads.get("a1", wish));
    await clock.advance(2_000);
    expect(await first).toBe(1);
    state.failing = true;
    expect(await value(reads.get("a1", wish))).toBe(1);
    await clock.advance(2_000);
    expect(requests).toHaveLength(2);
    expect(await value(reads.get("a1", wish))).toBe(1);
    await clock.advance(200);
    state.failing = false;
    await clock.advance(2_000);
    expect(await value(reads.get("a1", wish))).toBe(1);
    await clock.advance(200);
    expect(await value(reads.get("a1", wish))).toBe(4);
  });
});
