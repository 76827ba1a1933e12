import { expect, test } from "vitest";
import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { instant } from "../time.ts";
import { acknowledge, shift, withoutIntent } from "./shift.ts";

const now = 1_767_607_200_000;
const since = instant(now - 60_000);
const target = (id: string, b?: number) => ({
  kind: "ListenerRule",
  id,
  ...(b === undefined ? {} : { shares: { a: 100 - b, b } }),
});
const seen = (targets: readonly object[] = [], given: object = {}) =>
  ({
    now,
    observed: { router: { at: now, targets } },
    settings: { replicas: 4, canaryReplicas: "Proportional" },
    status: {},
    ...given,
  }) as unknown as Context;
const raise = { destination: "b", percent: 10, purpose: "raise" } as const;
const intent = { id: "x", action: "SetWeights", weight: 10, slot: "b", since } as const;

test("the intent says which release sets what where, and since when", () => {
  const { status, action } = shift(seen(), { release: "v8-1" }, raise);
  expect(status.intent).toEqual({
    id: `v8-1/b=10/${instant(now)}`,
    action: "SetWeights",
    weight: 10,
    slot: "b",
    since: instant(now),
  });
  expect(action).toMatchObject({
    kind: "SetWeights",
    weights: { a: 90, b: 10 },
    purpose: "raise",
    stickiness: "keep",
  });
});

test("a repeated attempt keeps its intent; another weight, or another destination, is another intent", () => {
  const again = (request: object) => shift(seen(), { intent }, { ...raise, ...request }).status.intent;
  expect(again({})).toBe(intent);
  expect(again({ percent: 50 })).toMatchObject({ weight: 50, slot: "b", since: instant(now) });
  expect(again({ destination: "a" })).toMatchObject({ weight: 10, slot: "a", since: instant(now) });
});

test("a raise expects what the targets carry, and goes to those of one kind first", () => {
  const expected = (...targets: readonly object[]) => shift(seen(targets), {}, raise).action;
  expect(expected(target("1", 5))).toMatchObject({ expected: { destination: "b", share: 5 } });
  expect(expected(target("1", 5))).not.toHaveProperty("only");
  expect(expected(target("1", 5), target("2", 5), target("3", 2))).toMatchObject({
    expected: { share: 5 },
    only: ["1", "2"],
  });
  expect(expected(target("1", 10), target("2", 0))).toMatchObject({ expected: { share: 0 } });
  expect(expected(target("1", 10))).not.toHaveProperty("expected");
  expect(expected(target("1"))).not.toHaveProperty("expected");
});

test("what is no raise expects nothing and goes where it is asked to", () => {
  const repair = { destination: "b", percent: 10, purpose: "repair", only: ["2"] } as const;
  const { action } = shift(seen([target("1", 5), target("2", 60)]), {}, { ...repair, stickiness: "off" });
  expect(action).toMatchObject({ only: ["2"], stickiness: "off" });
  expect(action).not.toHaveProperty("expected");
});

test("a read-back sets the weight, the clock and the pods, and ends the intent", () => {
  const canary = { revision: "v8", slot: "b", replicas: 1, readyReplicas: 1 } as const;
  const status: ModelRolloutStatus = { canary, intent, weight: { desired: 10, acknowledged: 5 } };
  const settings = { replicas: 10, canaryReplicas: "Proportional" };
  const read = acknowledge(seen([], { status, settings }), status, 25);
  expect(read).not.toHaveProperty("intent");
  expect(read.weight).toEqual({
    desired: 25,
    acknowledged: 25,
    acknowledgedAt: instant(now),
    previous: 5,
    changedAt: instant(now),
    pods: 3,
  });
  expect(acknowledge(seen(), {}, 0).weight).toMatchObject({ previous: 0, pods: 0 });
});

test("what is acknowledged already keeps its time, unless a write was under way", () => {
  const weight = { desired: 10, acknowledged: 10, acknowledgedAt: since };
  expect(acknowledge(seen(), { weight }, 10)).toEqual({ weight });
  expect(acknowledge(seen(), { weight, intent }, 10).weight?.acknowledgedAt).toBe(instant(now));
  expect(acknowledge(seen(), { weight }, 50).weight?.acknowledgedAt).toBe(instant(now));
  const { acknowledgedAt: _at, ...unread } = weight;
  expect(acknowledge(seen(), { weight: unread }, 10).weight?.acknowledgedAt).toBe(instant(now));
  expect(withoutIntent({ weight, intent })).toEqual({ weight });
});
