import { expect, test } from "vitest";
import { changes } from "./changes.ts";
import { midCanary, showStart } from "./samples.ts";

test("the first look tells everything once", () => {
  expect(changes(undefined, midCanary())).toEqual([
    "",
    "2/3 v8 is applied",
    " 0:42  alarm    sentiment-5xx: OK",
    " 0:42  state    Holding 2/3: step 2/3: 50 % until 10:05:48 UTC",
    " 0:42  traffic  v7 50 %, v8 50 %",
    " 0:42  pods     v7: 4 ready",
    " 0:03  event    Starting: v8 begins",
    " 0:04  event    HoldTooShort: the hold of step 1 is short",
  ]);
});

test("nothing new, nothing told: neither time nor requests are changes", () => {
  const now = midCanary({ at: showStart + 43_000, totals: { requests: 9_999, errors: [] } });
  expect(changes(midCanary(), now)).toEqual([]);
});

test("what changed is told, one line each", () => {
  const before = midCanary();
  const now = midCanary({
    rollout: { name: "sentiment", state: "RollingBack", reason: "AlarmFiring", message: "in ALARM" },
    slots: before.slots.map((slot) => ({
      ...slot,
      share: slot.slot === "a" ? 100 : 0,
      pods: { ready: 4, total: 4 },
    })),
    alarms: [{ name: "sentiment-5xx", state: "ALARM", about: "" }],
    events: [
      ...before.events,
      { id: "3", at: showStart + 42_000, warning: true, reason: "AlarmFiring", note: "in ALARM" },
    ],
  });
  expect(changes(before, now)).toEqual([
    " 0:42  alarm    sentiment-5xx: ALARM",
    " 0:42  state    RollingBack: in ALARM",
    " 0:42  traffic  v7 100 %",
    " 0:42  pods     v8: 4 ready",
  ]);
});

test("an event that says what the state already said is not told again", () => {
  const event = {
    id: "9",
    at: showStart,
    warning: false,
    reason: "Holding",
    note: "step 2/3: 50 % until 10:05:48 UTC",
  };
  expect(changes(midCanary(), midCanary({ events: [event] }))).toEqual([]);
  expect(changes(midCanary(), midCanary({ events: [{ ...event, note: "another" }] }))).toHaveLength(1);
});

test("a new act begins with its title", () => {
  const act = { number: 3, count: 3, title: "v9 is applied" };
  expect(changes(midCanary(), midCanary({ act }))).toEqual(["", "3/3 v9 is applied"]);
});

test("no escape code and no line break gets through", () => {
  const rollout = { name: "x", state: "Blocked", message: "one\ntwo\u001b[31m" } as const;
  const lines = changes(midCanary(), midCanary({ rollout }));
  expect(lines).toEqual([" 0:42  state    Blocked: one two"]);
});

test("where pods are the shares, one line tells both, when none is on its way", () => {
  const scenery = { place: "in a Deployment", shareHeading: ["SHARE", "OF"], sharedBy: "pods" } as const;
  const slot = (version: string, ready: number, total: number, share: number) => ({
    slot: version,
    version,
    share,
    pods: { ready, total },
    requestsPerSecond: 0,
  });
  const before = midCanary({ scenery, slots: [slot("v7", 10, 10, 100), slot("v8", 0, 0, 0)] });
  const moving = { ...before, slots: [slot("v7", 10, 10, 100), slot("v8", 0, 1, 0)] };
  const moved = { ...before, slots: [slot("v7", 9, 9, 90), slot("v8", 1, 1, 10)] };
  expect(changes(before, moving)).toEqual([]);
  expect(changes(moving, moved)).toEqual([" 0:42  pods     v7 9 (90 %), v8 1 (10 %)"]);
});
