import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SingleFlight } from "./single-flight.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("asked for while it runs, work runs once more afterwards, never twice at once", async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  const flights = new SingleFlight(async () => {
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
  });
  flights.ask("x");
  flights.ask("x");
  flights.ask("x");
  expect(gates.length).toBe(1);
  gates[0]?.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(gates.length).toBe(2);
  gates[1]?.resolve();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(gates.length).toBe(2);
});

test("failed work runs again after a pause that doubles up to two seconds", async () => {
  const runs: number[] = [];
  const flights = new SingleFlight(async () => {
    runs.push(Date.now());
    if (runs.length < 8) throw new Error("not yet");
  });
  flights.ask("x");
  await vi.advanceTimersByTimeAsync(60_000);
  const pauses = runs.slice(1).map((at, index) => at - (runs[index] ?? 0));
  expect(pauses).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
});

test("stopped, it retries nothing", async () => {
  let runs = 0;
  const flights = new SingleFlight(async () => {
    runs += 1;
    throw new Error("never");
  });
  flights.ask("x");
  await vi.advanceTimersByTimeAsync(0);
  await flights.stop();
  flights.ask("x");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(runs).toBe(1);
});
