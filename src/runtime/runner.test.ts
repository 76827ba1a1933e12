import { expect, test } from "vitest";
import { settle, VirtualClock } from "../../test/runtime/virtual-clock.ts";
import {
  type QueueListener,
  type Reconcile,
  type ReconcileResult,
  Runner,
  type RunnerOptions,
  TerminalError,
} from "./runner.ts";

/** A runner whose reconciliations end when the test says so; `log` is what started. */
function gated(options: Partial<RunnerOptions> = {}) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const gates = new Map<
    string,
    { succeed: (result?: ReconcileResult) => void; fail: (error: Error) => void }
  >();
  const runner = new Runner({
    clock,
    random: () => 1,
    workers: 2,
    backoff: { baseMs: 1_000, maxMs: 8_000 },
    reconcile: (key) => {
      log.push(key);
      return new Promise((resolve, reject) => {
        gates.set(key, { succeed: (result = {}) => resolve(result), fail: reject });
      });
    },
    ...options,
  });
  runner.start();
  const end = async (key: string, result?: ReconcileResult | Error): Promise<void> => {
    const gate = gates.get(key);
    if (gate === undefined) throw new Error(`${key} does not run`);
    gates.delete(key);
    if (result instanceof Error) gate.fail(result);
    else gate.succeed(result);
    await settle();
  };
  return { clock, log, runner, end };
}

/** A runner whose reconciliation answers at once; `times` is when each run began. */
function instant(reconcile: Reconcile, options: Partial<RunnerOptions> = {}) {
  const clock = new VirtualClock();
  const origin = clock.monotonic();
  const times: number[] = [];
  const runner = new Runner({
    clock,
    random: () => 1,
    workers: 1,
    backoff: { baseMs: 1_000, maxMs: 8_000 },
    reconcile: (key, context) => {
      times.push(clock.monotonic() - origin);
      return reconcile(key, context);
    },
    ...options,
  });
  runner.start();
  return { clock, times, runner };
}

test("a key never runs twice at once, and an event during its run makes one more run", async () => {
  const { log, runner, end } = gated();
  runner.enqueue("n/a");
  await settle();
  runner.enqueue("n/a");
  runner.enqueue("n/a");
  await settle();
  expect(log).toEqual(["n/a"]);
  await end("n/a");
  expect(log).toEqual(["n/a", "n/a"]);
  await end("n/a");
  expect(log).toHaveLength(2);
  expect(runner.active).toBe(0);
});

test("as many keys run as there are workers", async () => {
  const { log, runner, end } = gated();
  for (const key of ["n/a", "n/b", "n/c"]) runner.enqueue(key);
  await settle();
  expect(log).toEqual(["n/a", "n/b"]);
  expect(runner.depth).toBe(1);
  await end("n/a");
  expect(log).toEqual(["n/a", "n/b", "n/c"]);
});

test("an urgent key starts although every worker is busy", async () => {
  const { log, runner } = gated({ urgentWorkers: 1 });
  for (const key of ["n/a", "n/b", "n/c"]) runner.enqueue(key);
  runner.enqueue("n/alarm", { urgent: true });
  await settle();
  expect(log).toEqual(["n/a", "n/b", "n/alarm"]);
});

test("failures back off exponentially to the cap, and one success forgets them", async () => {
  let failing = true;
  const { clock, times, runner } = instant(() =>
    failing ? Promise.reject(new Error("no")) : Promise.resolve({}),
  );
  runner.enqueue("n/a");
  await clock.advance(30_000);
  expect(times).toEqual([0, 1_000, 3_000, 7_000, 15_000, 23_000]);
  failing = false;
  await clock.advance(1_000);
  expect(times.at(-1)).toBe(31_000);
  failing = true;
  runner.enqueue("n/a");
  await clock.advance(1_000);
  expect(times.slice(-2)).toEqual([31_000, 32_000]);
});

test("the delay an error asks for is honoured", async () => {
  const { clock, times, runner } = instant(() =>
    Promise.reject(Object.assign(new Error("slow down"), { retryAfterMs: 5_000 })),
  );
  runner.enqueue("n/a");
  await clock.advance(5_000);
  expect(times).toEqual([0, 5_000]);
});

test("a terminal error is reported and not retried; the next event runs the key again", async () => {
  const failed: boolean[] = [];
  const { clock, times, runner } = instant(() => Promise.reject(new TerminalError("hopeless")), {
    listener: { failed: (_key, _error, terminal) => failed.push(terminal) },
  });
  runner.enqueue("n/a");
  await clock.advance(600_000);
  expect(times).toHaveLength(1);
  runner.enqueue("n/a");
  await clock.advance(1);
  expect(times).toHaveLength(2);
  expect(failed).toEqual([true, true]);
});

test("a requeue runs the key again then, or sooner when an event comes", async () => {
  const { clock, times, runner } = instant(() => Promise.resolve({ requeueAfterMs: 10_000 }));
  runner.enqueue("n/a");
  await clock.advance(12_000);
  runner.enqueue("n/a");
  await clock.advance(9_999);
  expect(times).toEqual([0, 10_000, 12_000]);
  await clock.advance(1);
  expect(times).toEqual([0, 10_000, 12_000, 22_000]);
});

test("a reconciliation that fails and wakes itself does not spin", async () => {
  const { clock, times, runner } = instant((key) => {
    runner.enqueue(key);
    return Promise.reject(new Error("no"));
  });
  runner.enqueue("n/a");
  await clock.advance(2_000);
  expect(times).toEqual([0, 500, 1_000, 1_500, 2_000]);
});

test("an urgent event overrides the back-off at once", async () => {
  const { clock, times, runner } = instant(() => Promise.reject(new Error("no")));
  runner.enqueue("n/a");
  await clock.advance(100);
  runner.enqueue("n/a", { urgent: true });
  await clock.advance(1);
  expect(times).toEqual([0, 100]);
});

test("a forgotten key neither retries nor requeues", async () => {
  const { clock, times, runner } = instant(() => Promise.reject(new Error("no")));
  runner.enqueue("n/a");
  await clock.advance(1);
  runner.forget("n/a");
  await clock.advance(600_000);
  expect(times).toHaveLength(1);
});

test("a drain waits for what runs, starts nothing more, and leaves no timer", async () => {
  const { clock, log, runner, end } = gated({ workers: 1 });
  runner.enqueue("n/a");
  runner.enqueue("n/b");
  runner.enqueue("n/c", { delayMs: 500 });
  await settle();
  const drained = runner.drain(10_000);
  runner.enqueue("n/d");
  await end("n/a", { requeueAfterMs: 1 });
  expect(await drained).toBe(true);
  await clock.advance(60_000);
  expect(log).toEqual(["n/a"]);
  expect(clock.pendingTimers).toBe(0);
});

test("a drain that runs out of time aborts the signal and does not wait further", async () => {
  let signal: AbortSignal | undefined;
  const { clock, runner } = instant((_key, context) => {
    signal = context.signal;
    return new Promise(() => {});
  });
  runner.enqueue("n/a");
  await settle();
  const drained = runner.drain(10_000);
  await clock.advance(9_999);
  expect(signal?.aborted).toBe(false);
  await clock.advance(1);
  expect(await drained).toBe(false);
  expect(signal?.aborted).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

test("the listener hears what the metrics need, and may throw", async () => {
  const heard: string[] = [];
  const listener: QueueListener = {
    added: (key) => heard.push(`added ${key}`),
    started: (key, waitedMs) => heard.push(`started ${key} after ${waitedMs}`),
    finished: (key, outcome, workMs) => {
      heard.push(`finished ${key} ${outcome} in ${workMs}`);
      throw new Error("a broken reporter");
    },
    retried: (key, delayMs) => heard.push(`retried ${key} in ${delayMs}`),
  };
  const { clock, runner, end } = gated({ workers: 1, listener });
  runner.enqueue("n/a");
  runner.enqueue("n/b");
  await clock.advance(30);
  expect(runner.runningForMs()).toEqual([30]);
  await end("n/a", new Error("no"));
  await clock.advance(20);
  await end("n/b");
  expect(heard).toEqual([
    "added n/a",
    "started n/a after 0",
    "added n/b",
    "retried n/a in 1000",
    "finished n/a error in 30",
    "started n/b after 30",
    "finished n/b success in 20",
  ]);
});
