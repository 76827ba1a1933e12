import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../test/runtime/virtual-clock.ts";
import { createBudget, type Priority } from "./budget.ts";

/** Takes and notes when each was let through, in milliseconds since the start. */
function scene(burst: number, perSecond: number) {
  const clock = new VirtualClock();
  const start = clock.monotonic();
  const budget = createBudget(clock, { burst, perSecond });
  const log: string[] = [];
  const take = (priority: Priority, signal?: AbortSignal): void => {
    budget.take(priority, signal).then(
      () => log.push(`${priority} ${Math.round(clock.monotonic() - start)}`),
      () => log.push(`${priority} gave up ${Math.round(clock.monotonic() - start)}`),
    );
  };
  return { clock, budget, log, take };
}

describe("the request budget", () => {
  it("lets a burst through at once and then keeps its rate", async () => {
    const { clock, log, take } = scene(3, 2);
    for (let index = 0; index < 5; index += 1) take("raise");
    await clock.advance(0);
    expect(log).toEqual(["raise 0", "raise 0", "raise 0"]);
    await clock.advance(2_000);
    expect(log.slice(3)).toEqual(["raise 500", "raise 1000"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("a rollback never waits, and what it takes is missing to the others", async () => {
    const { clock, log, take } = scene(1, 1);
    take("raise");
    for (let index = 0; index < 3; index += 1) take("rollback");
    take("raise");
    await clock.advance(10_000);
    expect(log).toEqual(["raise 0", "rollback 0", "rollback 0", "rollback 0", "raise 4000"]);
  });

  it("lower priorities leave a reserve: half a bucket for drift, a fifth for capacity", async () => {
    const { clock, log, take } = scene(10, 1);
    for (let index = 0; index < 10; index += 1) take("drift");
    await clock.advance(0);
    expect(log).toHaveLength(5);
    for (let index = 0; index < 10; index += 1) take("capacity");
    await clock.advance(0);
    expect(log.filter((line) => line === "capacity 0")).toHaveLength(3);
    take("raise");
    take("raise");
    await clock.advance(0);
    expect(log.slice(-2)).toEqual(["raise 0", "raise 0"]);
  });

  it("serves by priority, then in order", async () => {
    const { clock, log, take } = scene(4, 1);
    for (let index = 0; index < 4; index += 1) take("raise");
    take("drift");
    take("capacity");
    take("raise");
    await clock.advance(60_000);
    expect(log.slice(4).map((line) => line.split(" ")[0])).toEqual(["raise", "capacity", "drift"]);
  });

  it("what has begun waits no more than a rollback", async () => {
    const { clock, log, take } = scene(1, 1);
    for (let index = 0; index < 2; index += 1) take("raise");
    take("begun");
    await clock.advance(10_000);
    expect(log).toEqual(["raise 0", "begun 0", "raise 2000"]);
  });

  it("of four requests one is that of whoever has waited longest, however many more urgent ones come", async () => {
    const { clock, log, take } = scene(4, 1);
    for (let index = 0; index < 4; index += 1) take("raise");
    take("drift");
    take("capacity");
    for (let second = 0; second < 20; second += 1) {
      take("raise");
      take("raise");
      await clock.advance(1_000);
    }
    const others = log.filter((line) => !line.startsWith("raise"));
    expect(others.map((line) => line.split(" ")[0])).toEqual(["drift", "capacity"]);
    expect(Number(others[0]?.split(" ")[1])).toBeLessThanOrEqual(9_000);
    expect(log.filter((line) => line.startsWith("raise")).length).toBeGreaterThanOrEqual(18);
  });

  it("after a throttle it begins from empty, except for rollbacks", async () => {
    const { clock, budget, log, take } = scene(10, 2);
    budget.throttled();
    take("raise");
    take("rollback");
    await clock.advance(2_000);
    expect(log).toEqual(["rollback 0", "raise 1000"]);
  });

  it("tells how many go before one that would come now", async () => {
    const { clock, budget, take } = scene(1, 1);
    for (const priority of ["raise", "raise", "capacity", "drift"] as const) take(priority);
    await clock.advance(0);
    expect(
      (["rollback", "raise", "capacity", "drift"] as const).map((priority) => budget.ahead(priority)),
    ).toEqual([0, 1, 2, 3]);
  });

  it("whoever gives up leaves the line", async () => {
    const { clock, budget, log, take } = scene(1, 1);
    const stop = new AbortController();
    take("raise");
    take("raise", stop.signal);
    take("raise");
    await clock.advance(100);
    expect(budget.waiting).toBe(2);
    stop.abort();
    await clock.advance(5_000);
    expect(log).toEqual(["raise 0", "raise gave up 100", "raise 1000"]);
    take("raise", AbortSignal.abort());
    await clock.advance(0);
    expect(log.at(-1)).toContain("gave up");
  });

  it("searches go after everybody, and nobody hurries for them", async () => {
    const { clock, budget, log, take } = scene(2, 1);
    for (let index = 0; index < 20; index += 1) take("search");
    await clock.advance(0);
    expect(budget.waiting).toBe(0);
    take("drift");
    take("raise");
    expect(budget.waiting).toBe(1);
    await clock.advance(2_000);
    expect(log.filter((line) => !line.startsWith("search"))).toEqual(["raise 0", "drift 2000"]);
    const stop = new AbortController();
    take("search", stop.signal);
    stop.abort();
    await clock.advance(30_000);
    expect(log.filter((line) => line.startsWith("search"))).toHaveLength(21);
    expect(budget.waiting).toBe(0);
  });
});
