import { expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";
import { inWords, perMinute } from "./aws-calls.ts";
import { budgetOf, exceeded } from "./figures/aws-budget.ts";

test("budgets grow with what is active: alarms by the hundred, targets up to the operator's share", () => {
  expect(budgetOf(1)).toEqual({ DescribeAlarms: 7.1, DescribeRules: 6.4, DescribeTargetHealth: 12.7 });
  expect(budgetOf(101)).toMatchObject({ DescribeAlarms: 14.2, DescribeTargetHealth: 360 });
});

test("what is over its budget, or has none, is named", () => {
  const counts = { DescribeAlarms: 7, DescribeRules: 20, DescribeTags: 5 };
  expect(exceeded(counts, budgetOf(1))).toEqual([
    "DescribeRules 20 instead of 6.4",
    "DescribeTags 5 instead of 0",
  ]);
  expect(exceeded({ DescribeAlarms: 7 }, budgetOf(1))).toEqual([]);
});

test("counts over a stretch become calls per minute", () => {
  expect(perMinute({ DescribeRules: 3, DescribeAlarms: 7 }, 30)).toEqual({
    DescribeAlarms: 14,
    DescribeRules: 6,
  });
  expect(inWords(perMinute({ DescribeRules: 7 }, 66))).toBe("DescribeRules 6.4");
  expect(inWords({})).toBe("none");
});

test("the command line names figures; without one all are meant", () => {
  const known = ["rest", "memory"];
  expect(parseArguments([], known)).toMatchObject({ ok: true, names: known, quick: false, build: true });
  expect(parseArguments(["memory", "--quick", "--no-build"], known)).toMatchObject({
    names: ["memory"],
    quick: true,
    build: false,
  });
  expect(parseArguments(["--page"], known)).toMatchObject({ pageOnly: true });
  expect(parseArguments(["memry"], known)).toMatchObject({
    ok: false,
    problem: expect.stringContaining("memry"),
  });
});
