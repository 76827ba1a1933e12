import { describe, expect, test } from "vitest";
import { type SceneName, scene } from "../../../test/cli/scenes.ts";
import { OneRollout, Stage } from "../../../test/cli/stage.ts";
import type { RolloutObject } from "../cluster/cluster.ts";

const begin = scene("starting");
/** As the next version of the same object. */
const as = (name: SceneName): RolloutObject => scene(name).rollout;

function following(terminal?: readonly [number, number]): Stage {
  const cluster = new OneRollout(begin.rollout);
  return new Stage({ cluster, now: begin.now, ...(terminal === undefined ? {} : { terminal }) });
}

describe("in a pipe", () => {
  test("a line for each change, none for the same again", async () => {
    const stage = following();
    await stage.start("status", "sentiment", "-w");
    await stage.cluster.change(as("holding"));
    await stage.cluster.change({
      ...as("holding"),
      metadata: { ...as("holding").metadata, resourceVersion: "2" },
    });
    await stage.cluster.change(as("awaiting-approval"));
    const lines = stage.out.trim().split("\n");
    expect(lines.map((line) => line.split(/ {2,}/)[1])).toEqual([
      expect.stringMatching(/^Starting/),
      expect.stringMatching(/^Holding/),
      expect.stringMatching(/^AwaitingApproval 2\/3/),
    ]);
    expect(stage.out).not.toContain("\u001b");
    stage.interrupt.abort();
    expect(await stage.end()).toBe(130);
    expect([stage.clock.pendingTimers, stage.cluster.closed]).toEqual([0, 1]);
  });

  test("JSON: an object a line", async () => {
    const stage = following();
    await stage.start("status", "sentiment", "-w", "-o", "json");
    await stage.cluster.change(as("holding"));
    stage.interrupt.abort();
    await stage.end();
    const states = stage.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).state);
    expect(states).toEqual(["Starting", "Holding"]);
  });

  test("a lost connection is said on standard error", async () => {
    const stage = following();
    await stage.start("status", "sentiment", "-w");
    await stage.cluster.trouble("ECONNREFUSED");
    stage.interrupt.abort();
    await stage.end();
    expect(stage.err).toBe("connection lost: ECONNREFUSED\n");
  });
});

describe("--wait", () => {
  test.each<[string, readonly SceneName[], number]>([
    ["ends with 0 once it is through", ["holding", "awaiting-approval", "retained"], 0],
    ["ends with 5 after a rollback", ["holding", "rolling-back", "rolled-back"], 5],
    ["ends with 5 when it is blocked", ["blocked-by-an-alarm"], 5],
  ])("%s", async (_, names, code) => {
    const stage = following();
    await stage.start("status", "sentiment", "--wait");
    for (const name of names) await stage.cluster.change(as(name));
    expect(await stage.end()).toBe(code);
    expect(stage.clock.pendingTimers).toBe(0);
  });

  test("does not take the status of an older spec for an answer", async () => {
    const stage = new Stage({ cluster: new OneRollout(as("stale")), now: scene("stale").now });
    await stage.start("status", "sentiment", "--wait", "--timeout", "10s");
    await stage.clock.advance(9_999);
    await stage.clock.advance(1);
    expect(await stage.end()).toBe(6);
    expect(stage.err).toBe("error: sentiment was not settled in time\n");
  });

  test("waits through an approval", async () => {
    const stage = following();
    await stage.start("status", "sentiment", "--wait", "--timeout", "1h");
    await stage.cluster.change(as("awaiting-approval"));
    await stage.clock.advance(3_600_000);
    expect(await stage.end()).toBe(6);
  });

  test("ends with 3 when it is deleted, or made anew", async () => {
    const stage = following();
    await stage.start("status", "sentiment", "--wait");
    await stage.cluster.change(undefined);
    expect(await stage.end()).toBe(3);
    expect(stage.err).toBe("error: ModelRollout sentiment was deleted\n");
    const other = following();
    await other.start("status", "sentiment", "-w");
    await other.cluster.change({ ...as("holding"), metadata: { ...as("holding").metadata, uid: "another" } });
    expect(await other.end()).toBe(3);
  });
});

describe("on a terminal", () => {
  test("it is redrawn in place, the hold counts down, and the last picture stays", async () => {
    const stage = following([100, 40]);
    await stage.start("status", "sentiment", "-w");
    expect(stage.terminal?.onOtherScreen).toBe(true);
    expect(stage.terminal?.cursorShown).toBe(false);
    expect(stage.terminal?.lines[0]).toMatch(/^sentiment in prod {2}Starting/);
    expect(stage.terminal?.lines.at(-1)).toBe("Ctrl-C ends it");
    const holding = scene("holding");
    stage.clock.stepWall(holding.now - stage.clock.now());
    await stage.cluster.change(holding.rollout);
    const left = () => /(\S+ \S+) left/.exec(stage.terminal?.lines.join("\n") ?? "")?.[1];
    expect(left()).toBe("10 min");
    await stage.clock.advance(9 * 60_000);
    expect(left()).toBe("60 s");
    await stage.clock.advance(1_000);
    expect(left()).toBe("59 s");
    stage.interrupt.abort();
    expect(await stage.end()).toBe(130);
    expect(stage.terminal?.onOtherScreen).toBe(false);
    expect(stage.terminal?.cursorShown).toBe(true);
    expect(stage.terminal?.lines[0]).toMatch(/^sentiment in prod {2}Holding {2}step 1\/3/);
    expect([stage.clock.pendingTimers, stage.terminal?.listeners]).toEqual([0, 0]);
  });

  test("a shorter picture leaves nothing of the longer one behind", async () => {
    const stage = following([100, 40]);
    await stage.start("status", "sentiment", "-w");
    await stage.cluster.change(as("awaiting-approval"));
    await stage.cluster.change(as("idle"));
    const lines = stage.terminal?.lines ?? [];
    expect(lines.some((line) => line.includes("approve") || line.includes("canary"))).toBe(false);
    expect(lines.at(-1)).toBe("Ctrl-C ends it");
    stage.interrupt.abort();
    await stage.end();
  });

  test.each<readonly [number, number]>([
    [80, 24],
    [40, 10],
    [20, 3],
    [1, 1],
  ])("nothing is drawn beyond %i x %i, nor after it was made smaller", async (columns, rows) => {
    const stage = following([120, 40]);
    await stage.start("status", "sentiment", "-w");
    await stage.cluster.change(as("awaiting-approval"));
    stage.terminal?.resize(columns, rows);
    await stage.cluster.change(as("rolled-back"));
    expect(stage.terminal?.lines.length).toBeLessThanOrEqual(rows);
    stage.interrupt.abort();
    await stage.end();
  });

  test("what did not fit is said", async () => {
    const stage = following([80, 8]);
    await stage.start("status", "sentiment", "-w");
    expect(stage.terminal?.lines.at(-1)).toMatch(/^… \d+ more lines: the terminal is too low$/);
    stage.interrupt.abort();
    await stage.end();
  });

  test("a lost connection is said until the next change", async () => {
    const stage = following([100, 40]);
    await stage.start("status", "sentiment", "-w");
    await stage.cluster.trouble("ECONNREFUSED");
    expect(stage.terminal?.lines).toContain("connection lost: ECONNREFUSED");
    await stage.cluster.change(as("holding"));
    expect(stage.terminal?.lines).not.toContain("connection lost: ECONNREFUSED");
    stage.interrupt.abort();
    await stage.end();
  });
});
