import { describe, expect, test } from "vitest";
import type { ModelRolloutStatus } from "../../api/types.ts";
import type { HealthRead, RouterRead, TargetRead } from "../../core/observed.ts";
import {
  type BlindPlan,
  type FreshTraffic,
  type StableWeights,
  sanction,
  wantedRollback,
} from "./sanction.ts";

const wanted: StableWeights = {
  kind: "SetWeights",
  weights: { a: 100, b: 0 },
  purpose: "rollback",
  stickiness: "keep",
};
const role = { revision: "ssssssssss", hashVersion: "1", replicas: 2, readyReplicas: 2 };
const stored = {
  stable: { ...role, slot: "a" },
  canary: { ...role, revision: "cccccccccc", slot: "b" },
  weight: { desired: 50, acknowledged: 50 },
} as ModelRolloutStatus;
const rollback = {
  reason: "AlarmFiring",
  message: "errors: in ALARM",
  startedAt: "2026-01-01T00:00:00Z",
} as const;
const plan: BlindPlan = {
  blindForMs: 5_000,
  retainMs: 600_000,
  stored,
  planned: { status: { ...stored, rollback }, actions: [wanted] },
};
const target = (b: number, more: Partial<TargetRead> = {}): TargetRead => ({
  kind: "ListenerRule",
  id: `rule-${b}`,
  shares: { a: 100 - b, b },
  ...more,
});
const reading = (...targets: TargetRead[]): RouterRead => ({ at: 0, targets });
const healthy = (count: number, more: Partial<HealthRead> = {}): HealthRead => {
  const addresses = Array.from({ length: count }, (_, index) => `10.0.0.${index}`);
  return { at: 0, registered: addresses, healthy: addresses, ...more };
};
const fresh: FreshTraffic = { read: reading(target(50)), health: { a: healthy(2), b: healthy(1) } };
const refusal = (changes: Partial<BlindPlan>, traffic: Partial<FreshTraffic> = {}): string => {
  const answer = sanction({ ...plan, ...changes }, wanted, { ...fresh, ...traffic });
  return "refused" in answer ? answer.refused : "granted";
};

test("a rule that carries what was acknowledged, and a stable version that is there: written once, compared before", () => {
  expect(sanction(plan, wanted, fresh)).toEqual({
    granted: {
      weights: { a: 100, b: 0 },
      stickiness: "keep",
      purpose: "repair",
      expected: { destination: "b", share: 50 },
    },
  });
});

test("stable may be in slot b", () => {
  const answer = sanction(
    plan,
    { ...wanted, weights: { a: 0, b: 100 } },
    { read: reading(target(50)), health: { a: healthy(0), b: healthy(2) } },
  );
  expect(answer).toMatchObject({ granted: { expected: { destination: "a", share: 50 } } });
});

describe("refused", () => {
  test("after `retain`: the version's pods may be gone by then", () => {
    expect(refusal({ blindForMs: 599_999 })).toBe("granted");
    expect(refusal({ blindForMs: 600_000 })).toMatch(/retain/);
    expect(refusal({ blindForMs: 1, retainMs: 0 })).toMatch(/retain/);
  });

  test.each([
    ["raised by somebody", reading(target(80)), /carries 80 on b, 50 % was acknowledged/],
    ["taken back already", reading(target(0)), /carries 0/],
    ["one of two rules differs", reading(target(50), target(51)), /rule-51 carries 51/],
    ["a hair's breadth", reading(target(50.001)), /carries 50.001/],
    ["all weights 0", reading({ kind: "ListenerRule", id: "rule" }), /carries nothing/],
    ["no rule", reading(), /nothing to write to/],
    [
      "unread",
      reading(target(50, { problem: { kind: "unreachable", message: "no answer" } })),
      /could not be read: no answer/,
    ],
    [
      "another controller's",
      reading(target(50, { refusal: { reason: "OwnedByAnother", message: "an Ingress has it" } })),
      /must not be driven: an Ingress has it/,
    ],
  ])("the rule: %s", (_, read, says) => {
    expect(refusal({}, { read })).toMatch(says);
  });

  test.each([
    ["none healthy", healthy(2, { healthy: [] }), /0 of 2 targets are healthy/],
    ["one short", healthy(1), /1 of 2 targets are healthy/],
    ["unread", healthy(2, { problem: { kind: "denied", message: "denied" } }), /denied/],
  ])("stable's targets: %s", (_, a, says) => {
    expect(refusal({}, { health: { a, b: healthy(2) } })).toMatch(says);
  });

  test("a kind of traffic that knows no targets", () => {
    expect(refusal({}, { health: undefined })).toMatch(/cannot be asked for/);
  });

  test.each<[string, ModelRolloutStatus]>([
    ["nothing is released", { stable: stored.stable } as ModelRolloutStatus],
    ["nothing is acknowledged", { ...stored, weight: { desired: 50 } } as ModelRolloutStatus],
    ["the canary has no traffic", { ...stored, weight: { desired: 0, acknowledged: 0 } }],
    ["there is no canary", { ...stored, canary: undefined } as unknown as ModelRolloutStatus],
  ])("%s", (_, status) => {
    expect(refusal({ stored: status })).toMatch(/no release/);
  });
});

describe("what is wanted", () => {
  const planned = (reason: string, actions: BlindPlan["planned"]["actions"]): BlindPlan => ({
    ...plan,
    planned: { status: { ...stored, rollback: { ...rollback, reason } } as ModelRolloutStatus, actions },
  });

  test("is the rollback of a failing alarm", () => {
    expect(wantedRollback(plan)).toBe(wanted);
    expect(wantedRollback(planned("AlarmFired", [wanted]))).toBe(wanted);
  });

  test.each(["Aborted", "StepTimeout", "AlarmUnreadable", "CanaryUnavailable"])(
    "is not that of %s",
    (reason) => {
      expect(wantedRollback(planned(reason, [wanted]))).toBeUndefined();
    },
  );

  test("is no other write, and nothing when no rollback runs", () => {
    expect(wantedRollback(planned("AlarmFiring", [{ ...wanted, purpose: "raise" }]))).toBeUndefined();
    expect(wantedRollback(planned("AlarmFiring", []))).toBeUndefined();
    expect(wantedRollback({ ...plan, planned: { status: stored, actions: [wanted] } })).toBeUndefined();
  });
});
