import pino from "pino";
import { expect, test } from "vitest";
import { VirtualClock } from "../../../test/runtime/virtual-clock.ts";
import type { Plan } from "../../core/plan-data.ts";
import type { TrafficRouter, WeightsWrite } from "../../routers/router.ts";
import type { RolloutMemory } from "../memory.ts";
import type { RolloutObject } from "../reflectors.ts";
import { createBlindness } from "./blindness.ts";
import { guardBlindly } from "./guard.ts";

const rule = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/lb/1/2/3";
const groups = {
  a: "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/a/1",
  b: "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/b/2",
};
const role = { revision: "ssssssssss", hashVersion: "1", replicas: 1, readyReplicas: 1 };
const status = {
  stable: { ...role, slot: "a" },
  canary: { ...role, slot: "b" },
  weight: { desired: 50, acknowledged: 50 },
};
const rollout = {
  metadata: { namespace: "prod", name: "sentiment", uid: "1" },
  spec: {
    destination: "b",
    traffic: { alb: { rules: [{ arn: rule }], targetGroups: groups } },
    strategy: { steps: [{ weight: 50 }], retain: "10m" },
  },
  status,
} as unknown as RolloutObject;
const rollback = { reason: "AlarmFiring", message: "errors: in ALARM", startedAt: "2026-01-01T00:00:00Z" };
const firing = {
  status: { ...status, rollback },
  actions: [{ kind: "SetWeights", weights: { a: 100, b: 0 }, purpose: "rollback", stickiness: "keep" }],
} as unknown as Plan;

/** A rule at `share`, a healthy stable version, and a log that is kept. */
function setUp(share = 50) {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const written: WeightsWrite[] = [];
  const reads: Parameters<TrafficRouter["read"]>[0][] = [];
  const state = { share, meanwhile: (): void => undefined };
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(line) });
  const shares = () => ({ a: 100 - state.share, b: state.share });
  const reading = () => ({
    at: clock.now(),
    targets: [{ kind: "ListenerRule" as const, id: rule, shares: shares() }],
  });
  const healthy = { at: clock.now(), registered: ["10.0.0.1"], healthy: ["10.0.0.1"] };
  const router = {
    capacity: "targets",
    read: async (options: Parameters<TrafficRouter["read"]>[0]) => {
      reads.push(options);
      state.meanwhile();
      return reading();
    },
    health: async () => ({ a: healthy, b: healthy }),
    write: async (request: WeightsWrite) => {
      written.push(request);
      state.share = request.weights.b;
      return reading();
    },
  } as unknown as TrafficRouter;
  const blindness = createBlindness(clock, log, { silent: () => undefined });
  const memory: RolloutMemory = { uid: "1" };
  const guard = async (planned: Plan = firing) =>
    await guardBlindly({
      deps: {
        clock,
        region: "eu-west-1",
        routers: { unsupported: () => undefined, routerFor: () => router },
        blindForMs: blindness.forMs,
      },
      rollout,
      memory,
      planned,
      log,
    });
  return { clock, lines, written, reads, state, blindness, guard };
}

test("a replica that is not blind does nothing, whatever fires", async () => {
  const { written, reads, blindness, guard } = setUp();
  expect(await guard()).toEqual({ requeueAfterMs: 1_000 });
  blindness.begin();
  blindness.end();
  await guard();
  expect([written, reads]).toEqual([[], []]);
});

test("blind, it returns the traffic once, on fresh reads, and shouts", async () => {
  const { lines, written, reads, blindness, guard } = setUp();
  blindness.begin();
  await guard();
  await guard();
  expect(written).toEqual([
    {
      weights: { a: 100, b: 0 },
      stickiness: "keep",
      purpose: "repair",
      expected: { destination: "b", share: 50 },
    },
  ]);
  expect(reads[0]).toMatchObject({ maxAgeMs: 0 });
  const shouted = lines.filter((line) => line.includes('"level":50') && line.includes("API SERVER AWAY"));
  expect(shouted).toHaveLength(3);
});

test("blind, with no alarm that fails, it does not even ask", async () => {
  const { reads, blindness, guard } = setUp();
  blindness.begin();
  await guard({ ...firing, status: { ...firing.status, rollback: undefined } } as unknown as Plan);
  expect(reads).toEqual([]);
});

test("a rule that somebody has moved is left alone; that is said once", async () => {
  const { lines, written, blindness, guard } = setUp(80);
  blindness.begin();
  await guard();
  await guard();
  expect(written).toEqual([]);
  expect(lines.filter((line) => line.includes("80 on b"))).toHaveLength(1);
});

test("somebody answers while the rule is read: nothing is written", async () => {
  const { written, state, blindness, guard } = setUp();
  blindness.begin();
  state.meanwhile = () => blindness.end();
  await guard();
  expect(written).toEqual([]);
});

test("after `retain` it only watches", async () => {
  const { clock, written, blindness, guard } = setUp();
  blindness.begin();
  await clock.advance(600_000);
  await guard();
  expect(written).toEqual([]);
  expect(blindness.forMs()).toBe(600_000);
});
