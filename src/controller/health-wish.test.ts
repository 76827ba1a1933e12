import { describe, expect, test } from "vitest";
import type { Observed, SlotRead } from "../core/observed.ts";
import { healthAges } from "./health-wish.ts";

const [freshMs, seldomMs] = [12_000, 60_000];
const now = Date.UTC(2026, 0, 1);

const slot = (ready: number | undefined): SlotRead =>
  ({
    ...(ready === undefined ? {} : { deployment: { revision: "aaaaaaaaaa", replicas: 2 } }),
    ready: ready ?? 0,
  }) as unknown as SlotRead;

const slots = (a: number | undefined, b: number | undefined): Observed["slots"] => ({
  a: slot(a),
  b: slot(b),
});

const agesOf = (status: object, of?: Observed["slots"]) =>
  healthAges({
    rollout: { status: status },
    slots: of,
    freshMs,
    seldomMs,
    now,
  });

const stable = { revision: "ssssssssss", slot: "a" };
const canary = { revision: "cccccccccc", slot: "b" };

describe("the groups that a decision can turn on", () => {
  test("at the first sight both: is anybody's service there?", () => {
    expect(agesOf({}, slots(undefined, undefined))).toEqual({ a: freshMs, b: freshMs });
  });

  test("the first revision: its own slot's, once its pods are Ready; before they are made, for strangers", () => {
    const beginning = { beginning: "2026-01-01T00:00:00Z", stable };
    expect(agesOf(beginning, slots(undefined, undefined))).toEqual({ a: freshMs, b: Infinity });
    expect(agesOf(beginning, slots(0, undefined))).toEqual({ a: Infinity, b: Infinity });
    expect(agesOf(beginning, slots(1, undefined))).toEqual({ a: Infinity, b: Infinity });
    expect(agesOf(beginning, slots(2, undefined))).toEqual({ a: freshMs, b: Infinity });
  });

  test("a start: the canary's, read since the release was seen", () => {
    const releaseStartedAt = new Date(now - 3_000).toISOString();
    const starting = { state: "Starting", stable, releaseStartedAt };
    expect(agesOf(starting, slots(2, 0))).toEqual({ a: seldomMs, b: 3_000 });
    const later = { ...starting, releaseStartedAt: new Date(now - 30_000).toISOString() };
    expect(agesOf(later, slots(2, 0))).toEqual({ a: seldomMs, b: freshMs });
    expect(agesOf({ ...later, releaseStartedAt: new Date(now + 5_000).toISOString() })).toMatchObject({
      b: 0,
    });
  });

  test("a canary without weight: its own, while pods are Ready or nobody knows of any", () => {
    const status = { state: "Starting", stable, canary, weight: { desired: 0, acknowledged: 0 } };
    expect(agesOf(status, slots(2, 0))).toEqual({ a: seldomMs, b: seldomMs });
    expect(agesOf(status, slots(2, 1))).toEqual({ a: seldomMs, b: freshMs });
    expect(agesOf(status, undefined)).toEqual({ a: seldomMs, b: freshMs });
    expect(agesOf({ ...status, stable: { ...stable, slot: "b" } }, slots(1, 2))).toEqual({
      a: freshMs,
      b: seldomMs,
    });
  });

  test("a canary with weight, acknowledged or only seen, and every way back: both", () => {
    const both = { a: freshMs, b: freshMs };
    const held = { state: "Shifting", stable, canary, weight: { desired: 10, acknowledged: 10 } };
    expect(agesOf(held, slots(2, 0))).toEqual(both);
    expect(agesOf({ ...held, weight: { desired: 0, acknowledged: 0, observed: 5 } }, slots(2, 0))).toEqual(
      both,
    );
    expect(agesOf({ stable, rollback: {} }, slots(2, 0))).toEqual(both);
    expect(agesOf({ stable, retained: canary }, slots(2, 0))).toEqual(both);
  });
});
