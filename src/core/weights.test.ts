import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TargetRead } from "./observed.ts";
import {
  carries,
  observedShare,
  podsFor,
  standing,
  stickinessOff,
  stickinessOn,
  stickySeconds,
  weightsFor,
} from "./weights.ts";

const target = (b: number, more: Partial<TargetRead> = {}): TargetRead => ({
  kind: "ListenerRule",
  id: "rule-1",
  shares: { a: 100 - b, b },
  ...more,
});
const unread: TargetRead = {
  kind: "ListenerRule",
  id: "rule-2",
  problem: { kind: "throttled", message: "later" },
};

test("weights are whole, sum to 100 and are never both 0 (I5)", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("a" as const, "b" as const),
      fc.integer({ min: 0, max: 100 }),
      (canary, percent) => {
        const weights = weightsFor(canary, percent);
        expect(weights.a + weights.b).toBe(100);
        expect(weights[canary]).toBe(percent);
      },
    ),
  );
});

test.each([
  [10, 6, "Proportional", 1],
  [17, 6, "Proportional", 2],
  [50, 5, "Proportional", 3],
  [100, 6, "Proportional", 6],
  [0, 6, "Proportional", 1],
  [1, 1, "Proportional", 1],
  [10, 6, "Full", 6],
  [50, 0, "Proportional", 0],
  [50, 0, "Full", 0],
] as const)("%i %% of %i pods, %s, needs %i", (weight, replicas, mode, pods) => {
  expect(podsFor(weight, replicas, mode)).toBe(pods);
});

test("a share of the pods never carries more than its share of the traffic", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 500 }), (weight, replicas) => {
      const pods = podsFor(weight, replicas, "Proportional");
      expect(pods).toBeGreaterThanOrEqual(1);
      expect(pods).toBeLessThanOrEqual(replicas);
      expect(pods * 100).toBeGreaterThanOrEqual(weight * replicas);
    }),
  );
});

describe("standing of a target whose acknowledged share is 10", () => {
  const memory = { acknowledged: 10, previous: 0, changedAt: 1_000 };

  test.each([
    ["the share is the acknowledged one", target(10), memory, 2_000, "settled"],
    ["1 to 9 is the same as 10 to 90", target(10.000_000_01), memory, 2_000, "settled"],
    ["the share from before our last write, 29 s ago", target(0), memory, 30_999, "stale"],
    ["the same 30 s after it", target(0), memory, 31_000, "below"],
    ["another lower share, at once", target(5), memory, 2_000, "below"],
    ["a higher one", target(37), memory, 2_000, "above"],
    ["what our own write asks for", target(50), { ...memory, intended: 50 }, 90_000, "stale"],
    ["the same without such a write", target(50), memory, 90_000, "above"],
    ["a target that could not be read", unread, memory, 2_000, "unread"],
    ["a target with no weights at all", { kind: "ListenerRule", id: "r" } as const, memory, 2_000, "unread"],
  ] as const)("%s", (_name, read, known, now, expected) => {
    expect(standing(read, "b", known, now)).toBe(expected);
  });
});

test("several targets carry a share only when each was read with it", () => {
  expect(carries(undefined, "b", 10)).toBe(false);
  expect(carries({ at: 0, targets: [] }, "b", 0)).toBe(false);
  expect(carries({ at: 0, targets: [target(10), target(10)] }, "b", 10)).toBe(true);
  expect(carries({ at: 0, targets: [target(10), target(11)] }, "b", 10)).toBe(false);
  expect(carries({ at: 0, targets: [target(10), unread] }, "b", 10)).toBe(false);
  const problem = { kind: "throttled", message: "later" } as const;
  expect(carries({ at: 0, targets: [target(10, { problem })] }, "b", 10)).toBe(false);
});

test("the largest share and the longest cookie count", () => {
  const read = { at: 0, targets: [target(10), target(40, { stickySeconds: 60 }), unread] };
  expect(observedShare(read, "b")).toBe(40);
  expect(stickySeconds(read)).toBe(60);
  expect(stickinessOff(read)).toBe(false);
  expect(stickinessOn(read)).toBe(false);
  expect(stickinessOn({ at: 0, targets: [target(1, { stickySeconds: 60 })] })).toBe(true);
  expect(stickinessOn({ at: 0, targets: [target(1, { stickySeconds: 60 }), unread] })).toBe(false);
  expect(stickinessOn({ at: 0, targets: [] })).toBe(false);
  expect(observedShare({ at: 0, targets: [unread] }, "b")).toBeUndefined();
  expect(stickySeconds({ at: 0, targets: [target(1)] })).toBeUndefined();
});
