import { expect, test } from "vitest";
import { VirtualClock } from "../../test/runtime/virtual-clock.ts";
import type { Action } from "../core/action.ts";
import type { RolloutMemory } from "./memory.ts";
import { pauseBefore } from "./pace.ts";

const scale: Action = { kind: "ScaleSlot", destination: "b", replicas: 3 };
const weights = (purpose: "raise" | "rollback"): Action => ({
  kind: "SetWeights",
  weights: { a: 90, b: 10 },
  purpose,
  stickiness: "keep",
});

function setUp() {
  const clock = new VirtualClock();
  const memory: RolloutMemory = { uid: "1" };
  const pause = (actions: readonly Action[], urgent = false) =>
    pauseBefore({ clock, alarmPollMs: 10_000 }, memory, { actions, urgent });
  return { clock, memory, pause };
}

test("actions that have no effect are asked for ever more slowly, not in a loop", async () => {
  const { clock, pause } = setUp();
  let sent = 0;
  for (let second = 0; second < 600; second += 1) {
    if (pause([scale]) === 0) sent += 1;
    await clock.advance(1_000);
  }
  expect(sent).toBeGreaterThan(10);
  expect(sent).toBeLessThan(20);
});

test("the same actions after something else, or after a rest, go out at once", () => {
  const { pause } = setUp();
  for (let times = 0; times < 4; times += 1) pause([scale]);
  expect(pause([scale])).toBeGreaterThan(0);
  expect(pause([{ ...scale, replicas: 4 }])).toBe(0);
  for (let times = 0; times < 4; times += 1) pause([scale]);
  expect(pause([scale])).toBeGreaterThan(0);
  expect(pause([])).toBe(0);
  expect(pause([scale])).toBe(0);
});

test("a raise is not repeated within a poll, a rollback not within a second", async () => {
  const { clock, pause } = setUp();
  expect(pause([weights("raise")])).toBe(0);
  await clock.advance(8_999);
  expect(pause([weights("raise")])).toBe(1);
  await clock.advance(1);
  expect(pause([weights("raise")])).toBe(0);
  expect(pause([weights("rollback")], true)).toBe(0);
  expect(pause([weights("rollback")], true)).toBe(1_000);
  await clock.advance(1_000);
  expect(pause([weights("rollback")], true)).toBe(0);
});
