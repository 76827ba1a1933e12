import { expect, test } from "vitest";
import { healthyAt } from "./capacity.ts";
import type { Context } from "./context.ts";

const now = 1_000_000;
const health = (given: object = {}) => ({ at: now, registered: ["x", "y"], healthy: ["x"], ...given });
const seen = (observed: object, status: object = {}) =>
  ({ now, status, observed: { alarmPollMs: 10_000, ...observed } }) as unknown as Context;

test("healthy targets of a fresh read count", () => {
  expect(healthyAt(seen({ health: { a: health() } }), "a")).toBe(1);
  expect(healthyAt(seen({ health: { a: health({ healthy: [] }) } }), "a")).toBe(0);
});

test("nobody can say: unread, failed, or older than two polls; that is not none", () => {
  expect(healthyAt(seen({}), "a")).toBeUndefined();
  const problem = { kind: "throttled", message: "later" };
  expect(healthyAt(seen({ health: { a: health({ healthy: [], problem }) } }), "a")).toBeUndefined();
  expect(healthyAt(seen({ health: { a: health({ at: now - 20_001 }) } }), "a")).toBeUndefined();
  expect(healthyAt(seen({ health: { a: health({ at: now - 20_000 }) } }), "a")).toBe(1);
});

test("without targets the Ready pods of our slot count, and those of a service that is not ours cannot be counted", () => {
  const pods = { capacity: "pods", slots: { a: { ready: 0 }, b: { ready: 3 } } };
  const ours = { stable: { slot: "a", revision: "v7" }, canary: { slot: "b", revision: "v8" } };
  expect(healthyAt(seen(pods, ours), "a")).toBe(0);
  expect(healthyAt(seen(pods, ours), "b")).toBe(3);
  const theirs = { revision: "unmanaged", unmanaged: true };
  expect(healthyAt(seen(pods, { ...ours, stable: { slot: "a", ...theirs } }), "a")).toBeUndefined();
  expect(healthyAt(seen(pods, { ...ours, stable: { slot: "a", ...theirs } }), "b")).toBe(3);
  expect(healthyAt(seen(pods, { retained: { slot: "a", ...theirs } }), "a")).toBeUndefined();
});
