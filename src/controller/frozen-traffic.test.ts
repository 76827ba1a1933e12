import { expect, test } from "vitest";
import type { ModelRolloutStatus } from "../api/types.ts";
import { trafficChanged, withFrozenTraffic } from "./frozen-traffic.ts";
import type { RolloutObject } from "./reflectors.ts";

const rollout = (rule: string, status: ModelRolloutStatus): RolloutObject =>
  ({
    spec: { traffic: { alb: { rules: [{ arn: rule }], targetGroups: { a: "group-a", b: "group-b" } } } },
    status,
  }) as unknown as RolloutObject;

const canary = { revision: "c", slot: "b", replicas: 1, readyReplicas: 1 } as const;
const traffic = { b: "group-b", a: "group-a", rules: ["rule-1"] };

test("in mid-release another rule in the spec waits: the release keeps driving its own", () => {
  const edited = rollout("rule-2", { canary, traffic });
  expect(trafficChanged(edited)).toBe(true);
  expect(withFrozenTraffic(edited).spec.traffic.alb).toMatchObject({
    rules: [{ arn: "rule-1" }],
    targetGroups: { a: "group-a", b: "group-b" },
  });
});

test("without an edit, and at rest, the spec counts as it stands", () => {
  const same = rollout("rule-1", { canary, traffic });
  expect(trafficChanged(same)).toBe(false);
  expect(withFrozenTraffic(same)).toBe(same);
  const idle = rollout("rule-2", { traffic });
  expect(withFrozenTraffic(idle)).toBe(idle);
});
