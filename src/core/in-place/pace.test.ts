import { expect, test } from "vitest";
import { allowance, type PaceInput, paceOf, percentFor, podsForShare, podsOfPercent } from "./pace.ts";

const sizes = [...Array.from({ length: 40 }, (_, i) => i + 1), 99, 100, 101, 149, 150, 199, 333, 1000];
const weights = Array.from({ length: 101 }, (_, i) => i);

function standing(pace: ReturnType<typeof paceOf>): NonNullable<typeof pace> {
  if (!pace) throw new Error("nothing may move");
  return pace;
}

/** The Deployment controller under the brake: what it makes of a pace, from what stands. */
function controller(replicas: number, pace: ReturnType<typeof paceOf>) {
  const { maxUnavailable, maxSurge } = standing(pace);
  const unavailable = podsOfPercent(Number.parseInt(maxUnavailable, 10), replicas);
  return { old: replicas - unavailable, fresh: unavailable + maxSurge };
}

test("a weight's pods: rounded up, none for 0, all for 100", () => {
  expect([0, 1, 10, 17, 50, 100].map((weight) => podsForShare(weight, 6))).toEqual([0, 1, 1, 2, 3, 6]);
  expect(podsForShare(10, 150)).toBe(15);
  expect(podsForShare(1, 1)).toBe(1);
  expect(podsForShare(50, 0)).toBe(0);
});

test("a percentage never says more pods than are meant, and up to 100 replicas exactly as many", () => {
  for (const replicas of sizes) {
    for (let pods = 0; pods <= replicas; pods += 1) {
      const said = podsOfPercent(percentFor(pods, replicas), replicas);
      expect(said).toBeLessThanOrEqual(pods);
      if (replicas <= 100) expect(said).toBe(pods);
      expect(pods - said).toBeLessThan(Math.max(1, replicas / 100));
    }
  }
});

/** Pods get Ready one by one, and the pace follows, until it stands still. */
function release(input: Omit<PaceInput, "ready" | "old">): { readonly old: number; readonly fresh: number } {
  let ready = 0;
  let old = input.replicas;
  for (let turn = 0; turn <= input.replicas + 2; turn += 1) {
    const next = controller(input.replicas, paceOf({ ...input, old, ready }));
    old = Math.min(old, next.old);
    if (old + ready < input.replicas - input.unavailable) throw new Error("capacity lost");
    if (next.fresh > input.need) throw new Error("more of the new version than asked for");
    if (next.old + next.fresh - input.replicas > input.surge + input.replicas / 100) throw new Error("surge");
    if (next.fresh === ready) return { old, fresh: next.fresh };
    ready += 1;
  }
  throw new Error("it never stands still");
}

test("whatever the size, the step and the user's own limits: capacity is kept and the step is reached exactly", () => {
  for (const replicas of sizes.filter((size) => size <= 200)) {
    for (const [unavailable, surge] of [
      [0, 1],
      [1, 0],
      [1, 1],
      [0, 3],
      [3, 0],
      [2, 5],
    ] as const) {
      for (const weight of weights.filter(
        (value) => (value > 0 && value % 7 === 0) || value === 1 || value >= 99,
      )) {
        const need = podsForShare(weight, replicas);
        const { old, fresh } = release({ replicas, need, unavailable, surge });
        expect(fresh).toBe(need);
        expect(old).toBeGreaterThanOrEqual(replicas - need);
        expect(old + fresh - replicas).toBeLessThan(Math.max(1, replicas / 100));
      }
    }
  }
});

test("pods that never get Ready stop the roll at what the user's own limits allow", () => {
  const stuck = controller(
    10,
    paceOf({ replicas: 10, need: 5, old: 10, ready: 0, unavailable: 1, surge: 2 }),
  );
  expect(stuck).toEqual({ old: 9, fresh: 3 });
  expect(paceOf({ replicas: 10, need: 5, old: 10, ready: 0, unavailable: 0, surge: 1 })).toEqual({
    maxUnavailable: "0%",
    maxSurge: 1,
  });
});

test("an autoscaler never gets more of the new version by taking replicas away than a step of that size has", () => {
  for (const weight of [10, 20, 50]) {
    const pace = paceOf({
      replicas: 10,
      need: podsForShare(weight, 10),
      old: 10 - podsForShare(weight, 10),
      ready: 10,
      unavailable: 0,
      surge: 1,
    });
    for (const replicas of [8, 4, 3, 2, 1, 0]) {
      const { fresh } = controller(replicas, pace);
      expect(fresh).toBeLessThanOrEqual(podsForShare(weight, replicas));
    }
  }
});

test("replicas that were shared out while pods load are not filled up beyond the step", () => {
  expect(paceOf({ replicas: 14, need: 7, old: 7, ready: 4, unavailable: 0, surge: 1 })).toEqual({
    maxUnavailable: "29%",
    maxSurge: 0,
  });
});

test("where nothing may move there is no pace: Kubernetes takes none of nothing at all", () => {
  const idle = { replicas: 10, need: 5, old: 0, ready: 0, unavailable: 0, surge: 1 };
  expect(paceOf(idle)).toBeUndefined();
  expect(paceOf({ ...idle, old: 5 })).toBeUndefined();
  expect(paceOf({ ...idle, old: 10 })).toEqual({ maxUnavailable: "0%", maxSurge: 1 });
});

test("the user's limits in pods, as Kubernetes rounds them", () => {
  expect(allowance(10, "25%", "25%")).toEqual({ unavailable: 2, surge: 3 });
  expect(allowance(3, "10%", 0)).toEqual({ unavailable: 1, surge: 0 });
  expect(allowance(1, "25%", "25%")).toEqual({ unavailable: 0, surge: 1 });
});
