import { expect, test } from "vitest";
import type { Context } from "./context.ts";
import { drainLeft, drainSince } from "./drain.ts";
import { instant } from "./time.ts";

const now = 1_767_607_200_000;
const since = instant(now - 20_000);
const left = (elapsed?: number, of = since) =>
  drainLeft(
    {
      now,
      settings: { drainMs: 60_000 },
      observed: elapsed === undefined ? {} : { drainClock: { since: of, elapsed } },
    } as unknown as Context,
    since,
  );

test("what is left by the wall clock, when the monotonic one says about the same or nothing", () => {
  expect(left()).toBe(40_000);
  expect(left(19_500)).toBe(40_000);
  expect(left(5_000, instant(now))).toBe(40_000);
});

test("a clock set forward shortens nothing, one set back makes it longer", () => {
  expect(left(5_000)).toBe(55_000);
  expect(left(50_000)).toBe(40_000);
  expect(left(70_000)).toBe(40_000);
});

test("a drain counts from the read-back of a rollback, else from that of the promotion while something is retained", () => {
  const weight = { desired: 0, acknowledged: 0, acknowledgedAt: since };
  const rollback = { reason: "Aborted", message: "", startedAt: since } as const;
  const retained = { revision: "v7", until: since };
  expect(drainSince({ weight, retained })).toBe(since);
  expect(drainSince({ weight })).toBeUndefined();
  const canary = { revision: "v8", replicas: 4, readyReplicas: 4 };
  expect(drainSince({ weight: { ...weight, acknowledged: 100 }, canary })).toBe(since);
  expect(drainSince({ weight: { ...weight, acknowledged: 50 }, canary })).toBeUndefined();
  const draining = { slot: "a", since: instant(now), until: instant(now) } as const;
  expect(drainSince({ weight, retained, draining })).toBe(instant(now));
  expect(drainSince({ weight, retained, rollback })).toBeUndefined();
  expect(drainSince({ rollback: { ...rollback, zeroAt: instant(now) } })).toBe(instant(now));
});
