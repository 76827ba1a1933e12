import { describe, expect, it } from "vitest";
import { createVirtualClock } from "./clock.ts";
import { createRandom } from "./random.ts";
import { Table } from "./table.ts";

describe("a table", () => {
  it("shows what was true at an earlier time", () => {
    const clock = createVirtualClock();
    const table = new Table<number>(clock, 60_000);
    const times = [1, 2, 3].map((value) => {
      table.set("key", value);
      const at = clock.now();
      clock.advance(1_000);
      return at;
    });
    table.delete("key");
    expect(table.has("key")).toBe(false);
    expect(times.map((at) => table.asOf(at + 500).get("key"))).toEqual([1, 2, 3]);
    expect(table.asOf((times[0] ?? 0) - 1).values()).toEqual([]);
    expect(() => table.asOf(0).set("key", 1)).toThrow(/past/);
  });

  it("forgets what is older than it keeps, but never the present", () => {
    const clock = createVirtualClock();
    const table = new Table<number>(clock, 1_000);
    table.set("old", 1);
    clock.advance(10_000);
    table.set("old", 2);
    clock.advance(500);
    expect(table.asOf(clock.now() - 900).get("old")).toBe(1);
    clock.advance(10_000);
    table.set("old", 3);
    expect(table.asOf(clock.now() - 900).get("old")).toBe(2);
    expect(table.asOf(clock.now() - 15_000).get("old")).toBeUndefined();
    expect(table.get("old")).toBe(3);
  });
});

describe("the virtual clock", () => {
  it("fires timers in order, each at its own instant, those set meanwhile included", () => {
    const clock = createVirtualClock(0);
    const fired: [string, number][] = [];
    clock.setTimer(() => fired.push(["late", clock.now()]), 30);
    const cancel = clock.setTimer(() => fired.push(["never", clock.now()]), 20);
    clock.setTimer(() => {
      fired.push(["first", clock.now()]);
      clock.setTimer(() => fired.push(["second", clock.now()]), 5);
    }, 10);
    cancel();
    clock.advance(25);
    expect(fired).toEqual([
      ["first", 10],
      ["second", 15],
    ]);
    expect(clock.now()).toBe(25);
    clock.advance(5);
    expect(fired.at(-1)).toEqual(["late", 30]);
  });
});

describe("random numbers", () => {
  it("are the same for the same seed and spread over [0, 1)", () => {
    const [one, two] = [createRandom(5), createRandom(5)];
    const drawn = Array.from({ length: 1000 }, () => one());
    expect(drawn).toEqual(Array.from({ length: 1000 }, () => two()));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    const mean = drawn.reduce((sum, each) => sum + each, 0) / drawn.length;
    expect(mean).toBeGreaterThan(0.45);
    expect(mean).toBeLessThan(0.55);
  });
});
