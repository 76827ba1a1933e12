import * as fc from "fast-check";
import { expect, test } from "vitest";
import { paint, plain, width } from "./cells.ts";
import { frame } from "./frame.ts";
import { midCanary } from "./samples.ts";
import type { Snapshot } from "./snapshot.ts";

const hint = "Ctrl-C ends it";
const text = (snapshot: Snapshot, columns = 80, rows = 24): readonly string[] =>
  frame(snapshot, { columns, rows, hint }).map(plain);

test("80 x 24 shows everything, and the hint is its last line", () => {
  const lines = text(midCanary());
  expect(lines).toHaveLength(24);
  expect(lines.at(-1)).toBe(` ${hint}`);
  const all = lines.join("\n");
  expect(all).toContain("0:42");
  expect(all).toContain("Holding  steps  ✓ 10 %  ● 50 %  ○ 100 %   next in 6 s");
  expect(all).toMatch(/v7 +stable +█+░+ +50 % +4\/4 +52 +0 %/);
  expect(all).toMatch(/v8 +canary +█+░+ +50 % +2\/3 +48 +25 %/);
  expect(all).toContain("4 210 requests so far, 12 failed, all from v8");
  expect(all).toMatch(/sentiment-5xx +OK +fires above/);
  expect(all).toMatch(/0:04 +HoldTooShort +the hold of step 1 is short/);
});

test("no size makes it larger than the terminal", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 70 }), (columns, rows) => {
      const lines = text(midCanary({ past: [{ canaryShare: 10, errorRate: 0.5 }] }), columns, rows);
      expect(lines.length).toBe(rows);
      for (const line of lines) expect(width(line)).toBeLessThanOrEqual(Math.max(1, columns));
    }),
  );
});

test("60 columns leave out the request rate, 40 the role as well, never share and errors", () => {
  const sixty = text(midCanary(), 60).join("\n");
  expect(sixty).not.toContain("REQ/S");
  expect(sixty).toMatch(/v8 +canary +█+░+ +50 % +2\/3 +25 %/);
  expect(text(midCanary(), 40).join("\n")).toMatch(/v8 +█+░+ +50 % +2\/3 +25 %/);
});

test("without colour there is not one escape code, whatever the data say", () => {
  const odd = midCanary({
    rollout: { name: "\u001b[2Jx", state: "Blocked", message: "bad\u001b[31m\nnews\u0007" },
    events: [{ id: "1", at: 0, warning: true, reason: "\u001b[1mR", note: "a\u001b]0;t\u0007\tb" }],
  });
  const drawn = frame(odd, { columns: 80, rows: 24, hint }).map((line) => paint(line, false));
  // oxlint-disable-next-line no-control-regex
  expect(drawn.join("")).not.toMatch(/[\u0000-\u001f\u007f]/);
});

test("a share above 0 always shows, and one below 100 is never full", () => {
  const bars = (share: number): string =>
    (text(midCanary({ slots: [{ ...slot, share }] })).find((line) => line.includes("v1 ")) ?? "").replaceAll(
      /[^█░]/g,
      "",
    );
  const slot = { slot: "a", version: "v1", pods: { ready: 1, total: 1 }, requestsPerSecond: 0 };
  expect(bars(0)).toMatch(/^░+$/);
  expect(bars(0.1)).toMatch(/^█░+$/);
  expect(bars(99.9)).toMatch(/^█+░$/);
  expect(bars(100)).toMatch(/^█+$/);
  expect(bars(4_000)).toMatch(/^█+$/);
});

test("before there is anything to see it says so", () => {
  const { rollout: _none, ...rest } = midCanary({
    slots: [],
    alarms: [],
    events: [],
    totals: { requests: 0, errors: [] },
  });
  const lines = text(rest);
  expect(lines.join("\n")).toContain("waiting for the first version");
  expect(lines.join("\n")).toContain("no requests yet");
});

test("a slot that nobody has and a rule without weights are no numbers", () => {
  const lines = text(
    midCanary({ slots: [{ slot: "b", pods: { ready: 0, total: 0 }, requestsPerSecond: 0 }] }),
  );
  expect(lines.join("\n")).toMatch(/ - +░+ +\? +0\/0 +0 *$/m);
});

test("a person who is waited for is told the very value to approve", () => {
  const waiting = {
    name: "sentiment",
    state: "AwaitingApproval",
    message: "waits",
    awaiting: "9c02ab34ef-1/2",
  } as const;
  expect(text(midCanary({ rollout: waiting })).join("\n")).toContain(
    "modelrollout.dev/approve: 9c02ab34ef-1/2",
  );
});

test("the table does not move when the message grows to two lines or more", () => {
  const row = (message: string): number =>
    text(midCanary({ rollout: { name: "sentiment", state: "Holding", message } })).findIndex((line) =>
      line.includes("VERSION"),
    );
  expect(row("short")).toBe(row("many words ".repeat(40)));
});

test("tall terminals show the last minute, the newest second on the right", () => {
  const past = [
    ...Array.from({ length: 70 }, () => ({ canaryShare: 10, errorRate: 0 })),
    { canaryShare: 100, errorRate: 0.5 },
  ];
  const lines = text(midCanary({ past }), 80, 30);
  expect(lines.find((line) => line.startsWith(" canary "))).toBe(` canary  ${"▁".repeat(59)}█`);
  expect(lines.find((line) => line.startsWith(" errors "))?.trimEnd()).toBe(` errors  ${" ".repeat(59)}█`);
  expect(text(midCanary({ past }), 80, 24).join("\n")).not.toContain("THE LAST MINUTE");
});

test("on the way back there are no steps and nothing is counted down", () => {
  const { rollout } = midCanary();
  const back = text(midCanary({ ...(rollout && { rollout: { ...rollout, state: "RollingBack" } }) })).join(
    "\n",
  );
  expect(back).toContain("RollingBack");
  expect(back).not.toMatch(/steps|next in/);
});

test("where pods are the shares, there is no column for slots, and the heading says what is shown", () => {
  const scenery = {
    place: "in an existing Deployment",
    shareHeading: ["SHARE OF READY PODS", "OF PODS"],
    sharedBy: "pods",
  } as const;
  const lines = text(midCanary({ scenery }));
  expect(lines[0]).toContain("model versions released in an existing Deployment");
  const heading = lines.findIndex((line) => line.startsWith(" VERSION"));
  expect(lines[heading]).toContain("SHARE OF READY PODS");
  expect(lines[heading + 1]).toMatch(/^ v7 +stable/);
  expect(text(midCanary({ scenery }), 50).join("\n")).toMatch(/VERSION +OF PODS/);
});
