import { expect, test } from "vitest";
import type { Counts } from "../test/aws-simulator/data-plane/stats.ts";
import { reactionOf, type SeenSign, signOf } from "./reaction.ts";
import { type Outcome, problemsOf, summaryLines } from "./summary.ts";
import { between, errorsBeside, totalsOf } from "./tally.ts";
import { plain, width } from "./view/cells.ts";

const counts: Counts = {
  total: 120,
  byStatus: { 200: 100, 500: 12, 503: 5 },
  byVersion: { v8: 90, v9: 22 },
  byVersionAndStatus: { v8: { 200: 90 }, v9: { 200: 10, 500: 12 } },
  errors: 3,
};

test("errors belong to the version that gave them; those of the load balancer and of silence to nobody", () => {
  expect(totalsOf(counts)).toEqual({ requests: 120, errors: [{ version: "v9", count: 12 }, { count: 8 }] });
  expect(errorsBeside(totalsOf(counts), "v9")).toBe(8);
});

test("an act counts only what came in it", () => {
  const before = { requests: 20, errors: [{ version: "v9", count: 2 }, { count: 8 }] };
  expect(between(before, totalsOf(counts))).toEqual({
    requests: 100,
    errors: [{ version: "v9", count: 10 }],
  });
});

const ofRules = { write: ["ModifyRule"], read: ["DescribeRules"] };

/** What calls of an ALB release show: when, which, whether an alarm fires, and the canary's share. */
const seen = (...calls: readonly (readonly [number, string, boolean, number])[]): readonly SeenSign[] =>
  calls.flatMap(([at, operation, alarm, canaryShare]) => {
    const sign = signOf({ operation, alarm, canaryShare }, ofRules);
    return sign === undefined ? [] : [{ at, sign }];
  });

test("the reaction runs from the first read of ALARM with traffic on the canary to the read-back of 0", () => {
  const signs = seen(
    [0, "DescribeAlarms", true, 0],
    [100, "DescribeAlarms", false, 10],
    [150, "DescribeRules", false, 0],
    [200, "DescribeAlarms", true, 10],
    [205, "DescribeRules", true, 10],
    [215, "ModifyRule", true, 0],
    [218, "DescribeTargetHealth", true, 0],
    [220, "DescribeRules", true, 0],
    [230, "DescribeRules", true, 0],
  );
  expect(reactionOf(signs)).toEqual({ writtenMs: 15, acknowledgedMs: 20 });
  expect(reactionOf(signs.slice(0, -2))).toBeUndefined();
  expect(reactionOf([])).toBeUndefined();
});

const act = { number: 1, count: 3, title: "" };
const good: Outcome = {
  acts: ["v7", "v8", "v9"].map((version) => ({
    act,
    version,
    tookMs: 9_000,
    totals: { requests: 900, errors: [] },
  })),
  reaction: { writtenMs: 15, acknowledgedMs: 20.4 },
  statusMs: 40,
  words: { until: "the stable weights acknowledged", howMeasured: (written) => `Written after ${written}.` },
  calls: { DescribeRules: 3, ModifyRule: 5 },
  setupMs: 5_000,
  showMs: 27_000,
};

test("a show as it should be has no problems, with errors of the bad version only", () => {
  const [v7, v8, v9] = good.acts;
  if (!v7 || !v8 || !v9) throw new Error("three acts");
  const errors = [{ version: "v9", count: 30 }];
  const shown = { ...good, acts: [v7, v8, { ...v9, totals: { requests: 900, errors } }] };
  expect(problemsOf(shown)).toEqual([]);
  const text = summaryLines(shown, 80).map(plain).join("\n");
  expect(text).toContain("stable weights acknowledged: 20 ms");
  expect(text).toContain("Written after 15 ms. The timestamps in status say 40 ms.");
  expect(text).toContain("8 AWS calls: 5 ModifyRule, 3 DescribeRules");
  expect(text).toContain("As it should be");
});

test("each thing that is not as it should be is told", () => {
  const lost = {
    ...good,
    acts: good.acts.map((each) => ({
      ...each,
      totals: { requests: 9, errors: [{ version: "v8", count: 2 }] },
    })),
  };
  expect(problemsOf(lost)).toHaveLength(3);
  const { reaction: _none, ...unmeasured } = good;
  expect(problemsOf(unmeasured)).toEqual(["no alarm took the traffic back"]);
  expect(problemsOf({ ...good, acts: good.acts.slice(0, 1) })).toEqual(["the show did not come to its end"]);
  const wrong = { ...good, acts: good.acts.map((each) => ({ ...each, problem: "v9 was Promoted" })) };
  expect(summaryLines(wrong, 80).map(plain).join("\n")).toContain("Not as it should be: v9 was Promoted.");
});

test("the summary keeps to the terminal's width", () => {
  for (const columns of [30, 60, 80]) {
    for (const line of summaryLines(good, columns)) expect(width(plain(line))).toBeLessThanOrEqual(columns);
  }
});
