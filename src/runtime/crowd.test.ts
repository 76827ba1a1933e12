import { expect, test } from "vitest";
import { VirtualClock } from "../../test/runtime/virtual-clock.ts";
import { Runner, type RunnerOptions } from "./runner.ts";

const minute = 60_000;

/**
 * Ten thousand rollouts of one namespace whose every call hangs for five seconds, and one each in fifty others that look
 * every ten seconds for 50 ms.
 * @returns the longest time that one of the fifty stood ready, and the crowd's runs, in ten minutes
 */
async function crowded(options: Partial<RunnerOptions>): Promise<{ longestMs: number; runs: number }> {
  const clock = new VirtualClock();
  let longestMs = 0;
  let runs = 0;
  const runner = new Runner({
    clock,
    random: () => 0.5,
    workers: 16,
    urgentWorkers: 16,
    reconcile: async (key) => {
      const crowd = key.startsWith("crowd/");
      if (crowd) runs += 1;
      await new Promise<void>((resolve) => void clock.setTimer(resolve, crowd ? 5_000 : 50));
      return { requeueAfterMs: 10_000 };
    },
    listener: {
      started: (key, waitedMs) => {
        if (!key.startsWith("crowd/")) longestMs = Math.max(longestMs, waitedMs);
      },
    },
    ...options,
  });
  for (let index = 0; index < 10_000; index += 1) runner.enqueue(`crowd/${index}`);
  runner.start();
  for (let index = 0; index < 50; index += 1) runner.enqueue(`team-${index}/model`, { delayMs: index * 97 });
  await clock.advance(10 * minute);
  await Promise.all([runner.drain(0), clock.advance(0)]);
  return { longestMs, runs };
}

test("10,000 rollouts of one namespace whose calls hang: another's never waits", async () => {
  const { longestMs, runs } = await crowded({ groupWorkers: 12 });
  expect(longestMs).toBe(0);
  // The crowd has its own twelve places all the time.
  expect(runs).toBe((12 * 10 * minute) / 5_000 + 12);
});

test("turns alone would not do: without places that a namespace cannot fill it waits for a call to end", async () => {
  const { longestMs } = await crowded({});
  expect(longestMs).toBeGreaterThan(1_000);
});
