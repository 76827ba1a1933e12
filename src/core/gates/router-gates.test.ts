import { expect, test } from "vitest";
import type { Context } from "../context.ts";
import type { TargetRead } from "../observed.ts";
import { routerDrivable, routerSettled, targetName } from "./router-gates.ts";

const elb = "arn:aws:elasticloadbalancing:us-east-1:123456789012";

test.each([
  [`${elb}:listener-rule/app/sentiment/a08f/9d3f/a881`, "rule a881 of sentiment"],
  [`${elb}:listener/app/sentiment/a08f/9d3f`, "listener 9d3f of sentiment"],
  ["mesh/ai/virtualRouter/sentiment/route/sentiment", "mesh/ai/virtualRouter/sentiment/route/sentiment"],
  ["rule-1", "rule-1"],
])("people read %s as %s", (id, name) => {
  expect(targetName({ kind: "ListenerRule", id })).toBe(name);
});

const read = (...targets: readonly Partial<TargetRead>[]) =>
  ({
    status: {},
    watched: "b",
    observed: {
      router: {
        at: 0,
        targets: targets.map((target) => ({ kind: "ListenerRule", id: "rule-1", ...target })),
      },
    },
  }) as unknown as Context;

test.each([
  ["throttled", "wait", "Throttled"],
  ["unreachable", "wait", "RouterUnreadable"],
  ["denied", "block", "AccessDenied"],
  ["notFound", "block", "RuleNotFound"],
  ["invalid", "block", "RouterUnreadable"],
] as const)("a target that is %s: %s, for %s", (kind, answer, reason) => {
  const context = read({ shares: { a: 100, b: 0 } }, { problem: { kind, message: "no" } });
  expect(routerDrivable(context)).toEqual({ kind: answer, reason, message: "no" });
});

test("a target that must be left alone blocks, whatever else is the matter with it", () => {
  const refusal = { reason: "OwnedByAnother", message: "theirs" } as const;
  const context = read({ refusal, problem: { kind: "throttled", message: "later" } });
  expect(routerDrivable(context)).toEqual({ kind: "block", ...refusal });
  expect(routerDrivable(read({ shares: { a: 100, b: 0 } }))).toEqual({
    kind: "pass",
    message: "1 target(s) read",
  });
});

test("the first target that carries something else is named, with what it carries", () => {
  const settled = { shares: { a: 100, b: 0 }, raw: { a: 100, b: 0 } };
  const other = { id: "rule-2", shares: { a: 63, b: 37 }, raw: { a: 63, b: 37 } };
  expect(routerSettled(read(settled))).toMatchObject({ kind: "pass" });
  expect(routerSettled(read(settled, other))).toEqual({
    kind: "wait",
    reason: "WeightsPending",
    message: "rule-2 carries a 63, b 37; 0 % on b is expected",
  });
  expect(routerSettled(read({ problem: { kind: "denied", message: "no" } }))).toMatchObject({
    reason: "AccessDenied",
  });
});
