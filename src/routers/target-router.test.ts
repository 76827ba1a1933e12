import { expect, test } from "vitest";
import { VirtualClock } from "../../test/runtime/virtual-clock.ts";
import type { TrafficRouter } from "./router.ts";
import type { TargetDriver, TargetLook } from "./target-driver.ts";
import { createTargetRouter, givenUp } from "./target-router.ts";

const empty = { at: 0, registered: [], healthy: [] };

/** A router over targets whose looks end when they are told to. */
function setUp({ health = true, waiting = [0] }: { health?: boolean; waiting?: readonly number[] } = {}) {
  const clock = new VirtualClock();
  const wishes: Parameters<TargetDriver<string>["look"]>[0][] = [];
  const pending: (() => void)[] = [];
  const targets = waiting.map((count, index) => {
    const id = `target-${index}`;
    const read = { kind: "ListenerRule", id, shares: { a: 100, b: 0 } } as const;
    const driver = {
      id,
      budget: { ahead: () => count },
      look: async (wish: (typeof wishes)[number]): Promise<TargetLook<string>> => {
        wishes.push(wish);
        await new Promise<void>((resolve) => void pending.push(resolve));
        return { at: clock.now(), read, state: "state" };
      },
      unread: (problem: typeof givenUp) => ({ kind: "ListenerRule", id, problem }),
    } as unknown as TargetDriver<string>;
    return { driver };
  });
  const router: TrafficRouter = createTargetRouter({
    description: "test",
    clock,
    targets,
    ...(health ? { health: async () => ({ a: empty, b: empty }) } : {}),
    free: () => {},
  });
  return { router, wishes, answer: () => pending.splice(0).forEach((resolve) => resolve()) };
}

test("weights go before health; where there is none, behind writes", async () => {
  const asked = async (health: boolean) => {
    const { router, wishes, answer } = setUp({ health });
    const reads = [router.read({ maxAgeMs: 0 }), router.read({ maxAgeMs: 0, priority: "drift" })];
    answer();
    await Promise.all(reads);
    return wishes.map(({ priority }) => priority);
  };
  expect(await asked(true)).toEqual(["raise", "drift"]);
  expect(await asked(false)).toEqual(["capacity", "drift"]);
});

test("a read that was given up tells when it has come; one that was waited for does not", async () => {
  const { router, answer } = setUp();
  let late = 0;
  const onLate = (): void => void (late += 1);
  const stop = new AbortController();
  const read = router.read({ maxAgeMs: 0, signal: stop.signal, onLate });
  stop.abort();
  expect((await read).targets[0]?.problem).toBe(givenUp);
  expect(late).toBe(0);
  answer();
  await expect.poll(() => late).toBe(1);
  const inTime = router.read({ maxAgeMs: 0, signal: new AbortController().signal, onLate });
  answer();
  expect((await inTime).targets[0]?.problem).toBeUndefined();
  expect(late).toBe(1);
});

test("its line is the longest of its targets'", () => {
  expect(setUp({ waiting: [2, 7, 0] }).router.waiting).toBe(7);
  expect(setUp({ waiting: [] }).router.waiting).toBe(0);
});
