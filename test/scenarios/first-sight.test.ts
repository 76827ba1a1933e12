import { expect, test } from "vitest";
import { plan } from "../../src/core/plan.ts";
import { standing } from "./standing.ts";

test.each(["a", "b"] as const)(
  "at the first sight a group that cannot be read (%s) is not an empty one",
  (which) => {
    const { rollout, observed } = standing(["target rule-1 denied", "apply v7"]);
    const { problem: _gone, ...target } = observed.router!.targets[0]!;
    const router = { ...observed.router!, targets: [{ ...target, shares: { a: 100, b: 0 } }] };
    const problem = { kind: "throttled", message: "later" } as const;
    const health = { ...observed.health!, [which]: { ...observed.health![which], problem } };
    const planned = plan(rollout, { ...observed, router, health });
    expect(planned.status).not.toHaveProperty("stable");
    expect(planned.status.conditions?.find(({ type }) => type === "Ready")?.reason).toBe("RouterUnreadable");
  },
);
