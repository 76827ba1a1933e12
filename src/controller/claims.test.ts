import { expect, test } from "vitest";
import type { ModelRollout, ModelRolloutStatus } from "../api/types.ts";
import { rivalOf, rulesOf } from "./claims.ts";

const stable = { revision: "s", slot: "a", replicas: 1, readyReplicas: 1 } as const;
const driving = (...rules: string[]): ModelRolloutStatus => ({ stable, traffic: { rules, a: "a", b: "b" } });

function rollout(name: string, year: number, rules: string[], status: ModelRolloutStatus = {}): ModelRollout {
  return {
    metadata: { namespace: "n", name, uid: name, creationTimestamp: `${year}-01-01T00:00:00Z` },
    spec: { traffic: { alb: { rules: rules.map((arn) => ({ arn })) } } },
    status,
  } as unknown as ModelRollout;
}

test("the one that drives the rule keeps it, else the older one", () => {
  const old = rollout("old", 2020, ["r1"]);
  const young = rollout("young", 2025, ["r1"]);
  const drives = rollout("young", 2025, ["r1"], driving("r1"));
  expect(rivalOf(young, [old, young], "us-east-1")).toBe("n/old");
  expect(rivalOf(old, [old, young], "us-east-1")).toBeUndefined();
  expect(rivalOf(old, [old, drives], "us-east-1")).toBe("n/young");
  expect(rivalOf(drives, [old, drives], "us-east-1")).toBeUndefined();
});

test("an older rollout that is edited to name somebody's rule does not take it away", () => {
  const edited = rollout("edited", 2020, ["r2"], driving("r1"));
  const owner = rollout("owner", 2025, ["r2"], driving("r2"));
  expect(rivalOf(owner, [edited, owner], "us-east-1")).toBeUndefined();
  expect(rivalOf(edited, [edited, owner], "us-east-1")).toBe("n/owner");
});

test("a release under way keeps the rule it began on, whatever its spec says now", () => {
  const edited = rollout("edited", 2025, ["r2"], driving("r1"));
  const late = rollout("late", 2020, ["r1"]);
  expect(rulesOf(edited, "us-east-1")).toEqual(["r2", "r1"]);
  expect(rivalOf(late, [edited, late], "us-east-1")).toBe("n/edited");
});

test("one that stands back from somebody drives nothing", () => {
  const back = rollout("back", 2020, ["r1"], { ...driving("r1"), rival: "n/other" });
  const owner = rollout("owner", 2025, ["r1"], driving("r1"));
  expect(rivalOf(owner, [back, owner], "us-east-1")).toBeUndefined();
});
