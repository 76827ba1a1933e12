import { expect, test } from "vitest";
import { namespaceOfKey } from "./runner.ts";
import { Scheduler } from "./scheduler.ts";

function drain(scheduler: Scheduler, now: number): string[] {
  const keys: string[] = [];
  for (let next = scheduler.take(now); next !== undefined; next = scheduler.take(now)) keys.push(next.key);
  return keys;
}

test("a key is taken once, however often it was scheduled", () => {
  const scheduler = new Scheduler(namespaceOfKey);
  scheduler.schedule("a/x", 0, 0);
  scheduler.schedule("a/x", 5, 0);
  scheduler.schedule("a/x", 0, 0);
  expect(scheduler.depth(0)).toBe(1);
  expect(drain(scheduler, 100)).toEqual(["a/x"]);
});

test("the earlier of two times wins, whichever came first", () => {
  const scheduler = new Scheduler(namespaceOfKey);
  scheduler.schedule("a/x", 50, 0);
  scheduler.schedule("a/x", 10, 0);
  scheduler.schedule("a/x", 70, 0);
  expect(scheduler.earliest).toBe(10);
  expect(drain(scheduler, 9)).toEqual([]);
  expect(drain(scheduler, 10)).toEqual(["a/x"]);
  expect(scheduler.waiting).toBe(0);
});

test("groups take turns, so a crowded namespace delays another by one key", () => {
  const scheduler = new Scheduler(namespaceOfKey);
  for (let index = 0; index < 10_000; index++) scheduler.schedule(`crowd/${index}`, 0, 0);
  scheduler.schedule("lone/x", 0, 0);
  expect(drain(scheduler, 0).indexOf("lone/x")).toBe(1);
});

test("within a group it is first in, first out", () => {
  const scheduler = new Scheduler(namespaceOfKey);
  for (const key of ["n/c", "n/a", "m/z", "n/b"]) scheduler.schedule(key, 0, 0);
  expect(drain(scheduler, 0)).toEqual(["n/c", "m/z", "n/a", "n/b"]);
});

test("urgent keys come first, also when they were ready or waiting as ordinary ones", () => {
  const scheduler = new Scheduler(namespaceOfKey);
  for (const key of ["n/a", "n/b", "n/c"]) scheduler.schedule(key, 0, 0);
  scheduler.schedule("n/late", 100, 0);
  scheduler.schedule("n/c", 0, 0, true);
  scheduler.schedule("n/late", 0, 0, true);
  expect(scheduler.take(0, true)).toEqual({ key: "n/c", urgent: true, waitedMs: 0 });
  expect(scheduler.take(0, true)?.key).toBe("n/late");
  expect(scheduler.take(0, true)).toBeUndefined();
  expect(drain(scheduler, 0)).toEqual(["n/a", "n/b"]);
});

test("urgency ends when the key is taken", () => {
  const scheduler = new Scheduler(namespaceOfKey);
  scheduler.schedule("n/a", 0, 0, true);
  scheduler.take(0);
  scheduler.schedule("n/a", 0, 0);
  expect(scheduler.take(0)).toMatchObject({ key: "n/a", urgent: false });
});

test("the wait is counted from when the key became ready, not from when it was scheduled", () => {
  const scheduler = new Scheduler(namespaceOfKey);
  scheduler.schedule("n/a", 100, 0);
  expect(scheduler.depth(100)).toBe(1);
  expect(scheduler.take(130)?.waitedMs).toBe(30);
});

test("a removed key is gone from wherever it stood", () => {
  const scheduler = new Scheduler(namespaceOfKey);
  scheduler.schedule("n/ready", 0, 0);
  scheduler.schedule("n/urgent", 0, 0, true);
  scheduler.schedule("n/waiting", 50, 0);
  for (const key of ["n/ready", "n/urgent", "n/waiting", "n/unknown"]) scheduler.remove(key);
  expect(drain(scheduler, 100)).toEqual([]);
  expect(scheduler.depth(100)).toBe(0);
});
