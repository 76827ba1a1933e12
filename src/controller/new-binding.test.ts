import { expect, test } from "vitest";
import { VirtualClock } from "../../test/runtime/virtual-clock.ts";
import type { HealthRead, SlotRead, TargetRead } from "../core/observed.ts";
import type { TrafficRouter } from "../routers/router.ts";
import { givenUp } from "../routers/target-router.ts";
import type { SlotsSpec } from "../workloads/slots/slots-spec.ts";
import { mayBind } from "./new-binding.ts";
import type { RolloutObject } from "./reflectors.ts";

const target: TargetRead = { kind: "ListenerRule", id: "rule", shares: { a: 100, b: 0 } };
const refusal = { reason: "NotGranted", message: "not granted to namespace prod" } as const;
const problem = { kind: "unreachable", message: "no answer" } as const;
const empty: HealthRead = { at: 0, registered: [], healthy: [] };

interface Scene {
  readonly target?: Partial<TargetRead>;
  readonly health?: Partial<HealthRead>;
  readonly strangers?: readonly string[];
  readonly bound?: boolean;
  readonly bindTargets?: boolean;
  readonly running?: boolean;
}

/** Whether the binding of slot a may be made, and how often AWS was asked. */
async function asked(scene: Scene) {
  const { strangers = [], bound = false, bindTargets = true, running = false } = scene;
  let reads = 0;
  const group = { ...empty, ...scene.health };
  const router = {
    read: async () => {
      reads += 1;
      return { at: 0, targets: [{ ...target, ...scene.target }] };
    },
    health: async () => ({ a: group, b: empty }),
  } as unknown as TrafficRouter;
  const slot = { foreignTargets: strangers } as unknown as SlotRead;
  const outcome = await mayBind({
    rollout: { status: running ? { canary: {} } : {} } as unknown as RolloutObject,
    spec: { groups: { a: "group-a", b: "group-b" }, ...(bindTargets ? { binding: {} } : {}) } as SlotsSpec,
    destination: "a",
    workload: { isBound: () => bound, read: () => ({ a: slot, b: slot }) },
    router,
    maxAgeMs: 0,
    clock: new VirtualClock(),
    signal: AbortSignal.timeout(60_000),
  });
  return { reads, said: outcome.ok ? "may" : `${outcome.problem.kind}: ${outcome.problem.message}` };
}

test("a binding is made for an empty group behind a rule that may be driven", async () => {
  expect((await asked({})).said).toBe("may");
});

test("none at rest where the rule is not granted, or nobody can tell", async () => {
  expect((await asked({ target: { refusal } })).said).toBe(`refused: ${refusal.message}`);
  expect((await asked({ target: { problem } })).said).toBe(`unreachable: ${problem.message}`);
  expect((await asked({ target: { problem: { ...problem, kind: "denied" } } })).said).toMatch(/^denied/);
});

test("what stands in line for its request is waited for, not reported", async () => {
  expect((await asked({ target: { problem: givenUp } })).said).toMatch(/^waiting/);
  expect((await asked({ health: { problem: givenUp } })).said).toMatch(/^waiting/);
});

test("in a release, which was judged when it began, a binding that was lost comes back all the same", async () => {
  expect((await asked({ running: true, target: { refusal } })).said).toBe("may");
  expect((await asked({ running: true, target: { problem } })).said).toBe("may");
});

test("never for a group that holds somebody else's targets, or of which nobody knows", async () => {
  for (const running of [false, true]) {
    expect((await asked({ running, strangers: ["10.9.9.9"] })).said).toMatch(/^refused: .*10\.9\.9\.9/);
    expect((await asked({ running, health: { problem } })).said).toBe(`unreachable: ${problem.message}`);
  }
});

test("one that stands is not asked about, nor a group that is filled by other means", async () => {
  expect(await asked({ bound: true, target: { refusal } })).toEqual({ reads: 0, said: "may" });
  expect(await asked({ bindTargets: false, target: { refusal } })).toEqual({ reads: 0, said: "may" });
});
