import { expect, test } from "vitest";
import { settle, VirtualClock } from "../../test/runtime/virtual-clock.ts";
import type { AlarmPollers } from "../alarms/pollers.ts";
import type { HealthRead } from "../core/observed.ts";
import type { TrafficRouter } from "../routers/router.ts";
import { Memories, type RolloutMemory, rememberHealth, rememberLate } from "./memory.ts";
import { Watching } from "./watching.ts";

const pollMs = 10_000;
const healthy = (at: number): HealthRead => ({ at, registered: ["10.0.0.1"], healthy: ["10.0.0.1"] });
const unread = (at: number): HealthRead => ({
  at,
  registered: [],
  healthy: [],
  problem: { kind: "unreachable", message: "no answer" },
});

/** So many active releases, and which of them were asked about their targets' health in each poll. */
function fleetOf(count: number, capacity: TrafficRouter["capacity"] = "targets") {
  const clock = new VirtualClock();
  const memories = new Memories();
  const asked: string[] = [];
  const enqueued = new Set<string>();
  for (let index = 0; index < count; index += 1) {
    const memory = memories.of(`prod/r${index}`, `uid-${index}`);
    memory.watch = { alarms: true, traffic: "active", health: true };
    const router = {
      capacity,
      read: async () => ({ at: clock.now(), targets: [] }),
      health: async ({ priority }: { readonly priority?: string }) => {
        asked.push(`r${index} ${priority}`);
        return { a: healthy(clock.now()), b: healthy(clock.now()) };
      },
    } as unknown as TrafficRouter;
    memory.router = { identity: "", router };
  }
  const watching = new Watching({
    alarms: { onPoll: () => () => {} } as unknown as AlarmPollers,
    memories,
    clock,
    random: () => 0.5,
    region: "eu-west-1",
    alarmPollMs: pollMs,
    driftPollMs: 60_000,
  });
  watching.start({ enqueue: (key) => void enqueued.add(key) });
  const poll = async (): Promise<readonly string[]> => {
    asked.length = 0;
    enqueued.clear();
    await clock.advance(pollMs);
    await settle();
    return [...asked];
  };
  return { clock, memories, poll, enqueued, watching };
}

test("few releases: the health of all is read with every poll, behind whatever else AWS is asked", async () => {
  const { poll, enqueued, watching } = fleetOf(3);
  const all = ["r0 drift", "r1 drift", "r2 drift"];
  expect((await poll()).toSorted()).toEqual(all);
  expect((await poll()).toSorted()).toEqual(all);
  expect(enqueued.size).toBe(3);
  watching.stop();
});

test("many releases take turns, nobody twice before everybody once, and all are looked at with every poll", async () => {
  const { poll, enqueued, watching } = fleetOf(50);
  const turns = [await poll(), await poll()];
  const third = await poll();
  expect(turns.map((turn) => turn.length)).toEqual([20, 20]);
  expect(new Set([...turns.flat(), ...third]).size).toBe(50);
  expect(enqueued.size).toBe(50);
  watching.stop();
});

test("where pods are the capacity there is no health to ask about", async () => {
  const { poll, watching } = fleetOf(3, "pods");
  expect(await poll()).toEqual([]);
  watching.stop();
});

test("where a plan turns on it the plan asks, and the turn is not used up", async () => {
  const { memories, poll, watching } = fleetOf(50);
  for (const { memory } of memories.watched("active").slice(0, 45)) memory.inTurn = false;
  expect((await poll()).toSorted()).toEqual([45, 46, 47, 48, 49].map((index) => `r${index} drift`));
  watching.stop();
});

test("health that is long in line holds no poll up; when it has come its rollout is looked at again", async () => {
  const { clock, memories, poll, enqueued, watching } = fleetOf(1);
  const [watched] = memories.watched("active");
  const router = watched?.memory.router?.router as unknown as { health: unknown };
  const queue = Promise.withResolvers<void>();
  router.health = async () => {
    await queue.promise;
    return { a: healthy(clock.now()), b: healthy(clock.now()) };
  };
  for (let polls = 0; polls < 3; polls += 1) {
    await poll();
    expect(enqueued.size).toBe(1);
  }
  enqueued.clear();
  queue.resolve();
  await settle();
  expect(enqueued.size).toBe(1);
  expect(watched?.memory.health?.read.a.healthy).toEqual(["10.0.0.1"]);
  watching.stop();
});

test("what was read is kept for the plans", async () => {
  const { clock, memories, poll, watching } = fleetOf(1);
  await poll();
  const [watched] = memories.watched("active");
  expect(watched?.memory.health?.read.a.healthy).toEqual(["10.0.0.1"]);
  expect(watched?.memory.health?.read.a.at).toBeLessThanOrEqual(clock.now());
  watching.stop();
});

test("what comes when its asker has given up is kept, unless something younger is known or other targets are meant", () => {
  const [router, other] = [{}, {}] as [TrafficRouter, TrafficRouter];
  const memory: RolloutMemory = { uid: "uid-1" };
  rememberLate(memory, router, "a", healthy(1));
  expect(memory.health).toBeUndefined();
  rememberHealth(memory, router, { a: unread(5), b: healthy(5) });
  rememberLate(memory, router, "a", healthy(4));
  expect(memory.health?.read).toEqual({ a: healthy(4), b: healthy(5) });
  rememberLate(memory, router, "b", healthy(4));
  rememberLate(memory, router, "b", unread(6));
  rememberLate(memory, other, "b", healthy(6));
  expect(memory.health?.read.b).toEqual(healthy(5));
});

test("a read that came to nothing leaves the one before, with its age; other targets have none", () => {
  const [router, other] = [{}, {}] as [TrafficRouter, TrafficRouter];
  const memory: RolloutMemory = { uid: "uid-1" };
  rememberHealth(memory, router, { a: healthy(1), b: healthy(1) });
  rememberHealth(memory, router, { a: unread(2), b: healthy(2) });
  expect(memory.health?.read).toEqual({ a: healthy(1), b: healthy(2) });
  rememberHealth(memory, router, undefined);
  expect(memory.health?.of).toBe(router);
  rememberHealth(memory, other, { a: unread(3), b: unread(3) });
  expect(memory.health?.read.a).toEqual(unread(3));
});
