import { describe, expect, test } from "vitest";
import { type SceneName, scene, sceneNames } from "../../../test/cli/scenes.ts";
import { paint } from "../text/line.ts";
import { changeLine } from "./change-line.ts";
import { type Health, healthOf } from "./health.ts";
import { statusLines } from "./text.ts";
import { statusView } from "./view.ts";

const health: Readonly<Record<SceneName, Health>> = {
  unseen: "Progressing",
  first: "Progressing",
  idle: "Healthy",
  "idle-without-pods": "Progressing",
  retained: "Healthy",
  starting: "Progressing",
  shifting: "Progressing",
  holding: "Progressing",
  "awaiting-approval": "Suspended",
  "paused-by-spec": "Suspended",
  "paused-before-the-start": "Suspended",
  "paused-by-an-alarm": "Suspended",
  "paused-by-foreign-weights": "Suspended",
  promoting: "Progressing",
  "rolling-back": "Progressing",
  superseded: "Progressing",
  "rolled-back": "Degraded",
  retried: "Degraded",
  "blocked-by-an-alarm": "Degraded",
  "blocked-by-a-rival": "Degraded",
  unsupported: "Degraded",
  "unsupported-under-way": "Degraded",
  "blocked-at-rest": "Degraded",
  "deleted-while-awaiting": "Progressing",
  deleting: "Progressing",
  stale: "Progressing",
};

test.each(sceneNames)("health of %s", (name) => {
  expect(healthOf(scene(name).rollout)).toBe(health[name]);
});

function shown(name: SceneName, scope = ""): readonly string[] {
  const { rollout, now } = scene(name);
  return statusLines(statusView(rollout), { now, scope }).map((line) => paint(line, false));
}

describe("what a person sees", () => {
  test("in a release that waits for an approval", () => {
    expect(shown("awaiting-approval", " -n prod")).toEqual([
      "sentiment in prod  AwaitingApproval  step 2/3  50 %",
      scene("awaiting-approval").rollout.status?.conditions?.[0]?.message,
      "",
      "release  001cf966c9-1 of v9, begun 10:44:50 UTC (23 min ago)",
      "",
      "VERSION  ROLE    TRAFFIC  PODS  SLOT  REVISION",
      "v8       stable     50 %   6/6  b     306106e4c4",
      "v9       canary     50 %   3/3  a     001cf966c9",
      "",
      "   STEP  WEIGHT  HOLD",
      "✓     1    10 %  10m",
      "●     2    50 %  10m, then an approval  hold is over",
      "○     3   100 %  10m",
      "",
      "ALARM          REGION     STATE  VERDICT",
      "sentiment-5xx  us-east-1  OK     Pass",
      "",
      "TARGET        ID                                                ASKED  READ",
      "ListenerRule  …c6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee   50 %  50 %",
      "",
      "To go on: kubectl modelrollout approve sentiment -n prod",
      "To take it back: kubectl modelrollout abort sentiment -n prod",
    ]);
  });

  test("after a rollback", () => {
    const lines = shown("rolled-back");
    expect(lines[0]).toBe("sentiment in prod  RolledBack");
    expect(lines.at(-1)).toBe("To release it again: kubectl modelrollout retry sentiment");
    expect(lines).toContain("v8       stable    100 %   6/6  b     306106e4c4");
  });

  test("while the version before is kept", () => {
    expect(shown("retained")).toContain(
      "v8       retained      0 %        b     306106e4c4  kept until 11:28:00 UTC",
    );
  });

  test("before anybody has looked", () => {
    expect(shown("unseen")).toEqual(["sentiment in prod  New", "no operator has looked at it yet"]);
  });

  test.each<[SceneName, string[]]>([
    ["holding", ["To take it back: kubectl modelrollout abort sentiment"]],
    [
      "paused-by-spec",
      [
        "To go on: kubectl modelrollout resume sentiment",
        "To take it back: kubectl modelrollout abort sentiment",
      ],
    ],
    [
      "blocked-by-an-alarm",
      [
        "To start all the same: kubectl modelrollout override-alarms sentiment",
        "To take it back: kubectl modelrollout abort sentiment",
      ],
    ],
    ["blocked-by-a-rival", ["To take the rule over: kubectl modelrollout retry sentiment"]],
    ["retried", []],
    ["idle", []],
    ["rolling-back", []],
    ["deleting", []],
  ])("what to do: %s", (name, commands) => {
    expect(shown(name).filter((line) => line.startsWith("To "))).toEqual(commands);
  });

  test.each(sceneNames)(
    "%s: nothing is undefined, and no line but the message is wider than 120 cells",
    (name) => {
      const lines = shown(name);
      expect(lines.filter((line, index) => index !== 1 && line.length > 120)).toEqual([]);
      expect(lines.join("\n")).not.toMatch(/undefined|NaN|\[object/);
    },
  );
});

test("names and messages from outside cannot move the cursor or break a line", () => {
  const { rollout, now } = scene("holding");
  const evil = "\u001b[2J\u001b]0;title\u0007x\ny\u0000\u202ez";
  const status = JSON.parse(
    JSON.stringify(rollout.status)
      .replaceAll('"sentiment-5xx"', JSON.stringify(evil))
      .replaceAll('"v9"', JSON.stringify(evil)),
  );
  const conditions = [
    { type: "Ready", status: "False", reason: "Holding", message: evil, lastTransitionTime: "" },
  ];
  const view = statusView({ ...rollout, status: { ...status, conditions } });
  const text = statusLines(view, { now, scope: "" }).map((line) => paint(line, false));
  const control = /[\p{Cc}\p{Bidi_Control}]/u;
  expect(text.join("")).not.toMatch(control);
  expect(text.join("")).not.toContain("[2J");
  expect(paint(changeLine(view), false)).not.toMatch(control);
});

test("colours are there when asked for, and only then", () => {
  const { rollout, now } = scene("rolled-back");
  const lines = statusLines(statusView(rollout), { now, scope: "" });
  expect(lines.map((line) => paint(line, true)).join("\n")).toContain("\u001b[31m");
  expect(lines.map((line) => paint(line, false)).join("\n")).not.toContain("\u001b");
});

test.each<[SceneName, string]>([
  ["holding", "Holding          1/3     10 %  "],
  ["awaiting-approval", "AwaitingApproval 2/3     50 %  "],
  ["idle", "Idle                           "],
  ["unseen", "New                            no operator has looked at it yet"],
])("as one line: %s", (name, line) => {
  const { rollout } = scene(name);
  const message = rollout.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
  expect(paint(changeLine(statusView(rollout)), false)).toBe(line + message);
});
