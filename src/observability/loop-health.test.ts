import { expect, test } from "vitest";
import { VirtualClock } from "../../test/runtime/virtual-clock.ts";
import { Runner } from "../runtime/runner.ts";
import { createLoopHealth } from "./loop-health.ts";

/** A real runner in virtual time, whose reconciliations end when the test says so. */
function world() {
  const clock = new VirtualClock();
  const held: Array<() => void> = [];
  let leading = true;
  const reconcile = async (): Promise<object> => {
    const { promise, resolve } = Promise.withResolvers<object>();
    held.push(() => resolve({}));
    return await promise;
  };
  const runner = new Runner({
    clock,
    random: () => 0.5,
    reconcile,
    workers: 1,
    listener: {
      started: (...args) => health.listener.started?.(...args),
      finished: (...args) => health.listener.finished?.(...args),
    },
  });
  const health = createLoopHealth({ clock, queue: runner, expected: () => leading });
  return {
    clock,
    runner,
    health,
    finishOne: () => held.shift()?.(),
    setLeading: (is: boolean) => {
      leading = is;
    },
  };
}

test("an idle queue is healthy, for ever", async () => {
  const { clock, runner, health } = world();
  runner.start();
  await clock.advance(3_600_000);
  expect(health.check()).toBeUndefined();
});

test("ready keys that nobody takes are a complaint after a minute, and no longer once one runs", async () => {
  const { clock, runner, health, finishOne } = world();
  runner.start();
  runner.enqueue("a/one");
  runner.enqueue("a/two");
  await clock.advance(0);
  expect(health.check()).toBeUndefined();
  await clock.advance(60_000);
  expect(health.check()).toBeUndefined();
  await clock.advance(1_000);
  expect(health.check()).toBe("1 ready and none started for 1m1s");
  finishOne();
  await clock.advance(0);
  expect(health.check()).toBeUndefined();
});

test("a busy queue that moves is healthy, however long it is", async () => {
  const { clock, runner, health, finishOne } = world();
  runner.start();
  for (let index = 0; index < 20; index += 1) runner.enqueue(`a/${index}`);
  for (let round = 0; round < 15; round += 1) {
    await clock.advance(50_000);
    expect(health.check()).toBeUndefined();
    finishOne();
  }
});

test("a reconciliation that does not end is a complaint after five minutes", async () => {
  const { clock, runner, health } = world();
  runner.start();
  runner.enqueue("a/one");
  await clock.advance(300_000);
  expect(health.check()).toBeUndefined();
  await clock.advance(5_000);
  expect(health.check()).toBe("a reconciliation has been running for 5m5s");
});

test("a replica that waits for the lease is not stuck, nor at once when its turn comes", async () => {
  const { clock, runner, health, setLeading } = world();
  runner.enqueue("a/one");
  await clock.advance(0);
  expect(health.check()).toBeUndefined();
  setLeading(false);
  await clock.advance(3_600_000);
  expect(health.check()).toBeUndefined();
  setLeading(true);
  expect(health.check()).toBeUndefined();
  await clock.advance(61_000);
  expect(health.check()).toBe("1 ready and none started for 1m1s");
});
