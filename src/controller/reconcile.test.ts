import pino from "pino";
import { expect, test } from "vitest";
import { settle, VirtualClock } from "../../test/runtime/virtual-clock.ts";
import { finalizer } from "../api/group.ts";
import { specContent } from "../api/revision.ts";
import type { ModelRolloutSpec, ModelRolloutStatus } from "../api/types.ts";
import type { AlarmRead, Destination, RouterRead, SlotRead } from "../core/observed.ts";
import { instant } from "../core/time.ts";
import type { TrafficRouter, WeightsWrite } from "../routers/router.ts";
import { givenUp } from "../routers/target-router.ts";
import type { CallOptions } from "../runtime/kube-api.ts";
import { KubeError } from "../runtime/kube-error.ts";
import { attempt, done } from "../workloads/slots/outcome.ts";
import { Memories } from "./memory.ts";
import { type ReconcileDeps, reconcile } from "./reconcile.ts";
import type { RolloutObject } from "./reflectors.ts";

const key = "prod/sentiment";
const rule = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/lb/1/2/3";
const groups = {
  a: "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/a/1",
  b: "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/b/2",
};
const spec: ModelRolloutSpec = {
  replicas: 2,
  selector: { matchLabels: { app: "sentiment" } },
  template: {
    metadata: { labels: { app: "sentiment" } },
    spec: { containers: [{ name: "server", image: "x:2" }] },
  },
  traffic: { alb: { rules: [{ arn: rule }], targetGroups: groups, service: { port: 80 } } },
  strategy: { steps: [{ weight: 10, hold: "10m" }] },
  analysis: { alarms: [{ name: "errors" }] },
};

/** Step 1 of a release is held: slot a is stable, b has 10 %. */
function holding(now: number): ModelRolloutStatus {
  const at = instant(now - 60_000);
  const role = { hashVersion: "1", replicas: 2, readyReplicas: 2 };
  return {
    observedGeneration: 1,
    state: "Holding",
    release: "cccccccccc-1",
    releaseStartedAt: at,
    stable: { ...role, revision: "ssssssssss", slot: "a" },
    canary: { ...role, revision: "cccccccccc", slot: "b", replicas: 1, readyReplicas: 1 },
    step: { index: 0, count: 2, weight: 10, weights: [10, 100], startedAt: at, spentMs: 0, pauses: 0 },
    weight: { desired: 10, acknowledged: 10, acknowledgedAt: at, changedAt: at, previous: 0, pods: 1 },
    traffic: { rules: [rule], ...groups },
    attempts: [{ revision: "cccccccccc", attempt: 1 }],
  };
}

const slot = (revision: string, replicas: number): SlotRead => ({
  deployment: { uid: revision, revision, replicas, current: true, deleting: false },
  pods: replicas,
  ready: replicas,
  serving: replicas,
  endpoints: true,
  foreign: [],
  foreignTargets: [],
});

/** A rollout in mid-release with everything around it held still; what a test needs otherwise it sets. */
function setUp() {
  const clock = new VirtualClock();
  const memories = new Memories();
  let share = 10;
  const world = {
    rollout: {
      metadata: {
        namespace: "prod",
        name: "sentiment",
        uid: "uid-1",
        generation: 1,
        resourceVersion: "1",
        finalizers: [finalizer],
        creationTimestamp: instant(clock.now()),
      },
      spec,
      status: holding(clock.now()),
    } as unknown as RolloutObject | undefined,
    alarm: "OK" as NonNullable<AlarmRead["state"]>,
    mayWrite: true,
    slots: { a: slot("ssssssssss", 2), b: slot("cccccccccc", 1) },
    written: [] as { request: WeightsWrite; signal: AbortSignal | undefined }[],
    proved: [] as string[],
    forgotten: [] as string[],
    unfollowed: [] as string[],
    replace: async (object: RolloutObject, _options: CallOptions): Promise<RolloutObject> => object,
    get: async (): Promise<RolloutObject> => {
      throw new KubeError("Unreachable", "no answer");
    },
    write: async (_request: WeightsWrite, _signal?: AbortSignal): Promise<void> => {},
    scale: async (_signal?: AbortSignal): Promise<void> => {},
    healthReads: 0,
    /** Requests in line before ours; with some, health does not come before it is told to. */
    waiting: 0,
    woken: [] as string[],
    comesLate: (): void => {},
    looks: [] as Parameters<TrafficRouter["read"]>[0][],
  };
  const read = (): RouterRead => ({
    at: clock.now(),
    targets: [
      {
        kind: "ListenerRule",
        id: rule,
        shares: { a: 100 - share, b: share },
        raw: { a: 100 - share, b: share },
      },
    ],
  });
  const health = (address: string) => ({ at: clock.now(), registered: [address], healthy: [address] });
  const router = {
    description: "ALB 1 rule",
    read: async (options: Parameters<TrafficRouter["read"]>[0]) => {
      world.looks.push(options);
      return read();
    },
    get waiting() {
      return world.waiting;
    },
    health: async ({ signal, onLate }: Parameters<TrafficRouter["health"]>[0]) => {
      world.healthReads += 1;
      const read = { a: health("10.0.0.1"), b: health("10.0.0.2") };
      if (world.waiting === 0) return read;
      world.comesLate = () => onLate?.("b", { ...read.b, at: clock.now() });
      await untilAborted(signal).catch(() => {});
      const late = { at: clock.now(), registered: [], healthy: [], problem: givenUp };
      return { a: late, b: late };
    },
    write: async (request: WeightsWrite, signal?: AbortSignal) => {
      world.written.push({ request, signal });
      await world.write(request, signal);
      share = request.weights.b;
      return read();
    },
    close: () => {},
  };
  const deps = {
    clock,
    log: pino({ level: "silent" }),
    region: "eu-west-1",
    alarmPollMs: 10_000,
    driftPollMs: 60_000,
    memories,
    mayWrite: () => world.mayWrite,
    wake: (name: string) => world.woken.push(name),
    changed: () => {},
    tell: () => {},
    watching: { follow: () => {}, unfollow: (name: string) => world.unfollowed.push(name) },
    alarms: {
      of: () => ({
        latest: (name: string, region: string): AlarmRead => ({
          name,
          region,
          at: clock.now(),
          outcome: "read",
          state: world.alarm,
        }),
      }),
    },
    cache: {
      rollouts: {
        get: () => world.rollout,
        byIndex: () => [],
        noteWrite: (object: RolloutObject) => {
          world.rollout = object;
        },
      },
    },
    api: {
      replace: async (_path: string, object: RolloutObject, options: CallOptions) =>
        await world.replace(object, options),
      get: async () => await world.get(),
    },
    routers: { unsupported: () => undefined, routerFor: () => router },
    workload: {
      read: () => world.slots,
      revisions: () => [
        { revision: "ssssssssss", hashVersion: "1", content: { template: {} } },
        { revision: "cccccccccc", hashVersion: "1", content: specContent(spec) },
      ],
      bindingsGone: () => false,
      proveTemplate: async (_spec: unknown, destination: Destination, revision: string) => {
        world.proved.push(`${revision} in ${destination}`);
        return { ok: true, proof: { revision, ok: true } };
      },
      askNames: async () => ({ ok: true }),
      scaleSlot: async (
        _spec: unknown,
        _destination: Destination,
        _replicas: number,
        signal?: AbortSignal,
      ) => {
        return await attempt(async () => {
          await world.scale(signal);
          return done;
        });
      },
      forget: ({ uid }: { readonly uid: string }) => world.forgotten.push(uid),
    },
  } as unknown as ReconcileDeps;
  const drain = new AbortController();
  const run = async () =>
    await reconcile(deps, key, { signal: drain.signal, urgent: false, failures: 0 }).catch(
      (error: unknown) => error,
    );
  return { clock, memories, world, run, drain };
}

const untilAborted = async (signal: AbortSignal | undefined): Promise<never> =>
  await new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new KubeError("Aborted", "aborted")), { once: true });
  });

const rollbacks = (written: readonly { readonly request: WeightsWrite }[]) =>
  written.filter(({ request }) => request.purpose === "rollback").map(({ request }) => request.weights);

test("a start that is refused asks whose the rule is at every look, at rest nobody asks", async () => {
  const { clock, memories, world, run } = setUp();
  if (world.rollout === undefined) throw new Error("no rollout");
  const { canary: _canary, step: _step, ...status } = holding(clock.now());
  const looked = async (state: "Blocked" | "Idle") => {
    memories.of(key, "uid-1").watch = { alarms: false, traffic: "idle", health: false };
    world.rollout = { ...world.rollout, status: { ...status, state } } as RolloutObject;
    world.looks = [];
    await run();
    return world.looks[0];
  };
  expect(await looked("Blocked")).toMatchObject({ priority: "drift", owners: true });
  expect(await looked("Idle")).toMatchObject({ priority: "drift", owners: false });
});

test("a held step writes no weights", async () => {
  const { world, run } = setUp();
  expect(await run()).toMatchObject({ requeueAfterMs: expect.any(Number) as number });
  expect(world.written).toEqual([]);
});

test("while a hold runs no plan waits for the health of targets; when it is over the raise asks", async () => {
  const { clock, world, run } = setUp();
  if (world.rollout === undefined) throw new Error("no rollout");
  const status = holding(clock.now());
  const step = { ...status.step, acknowledgedAt: status.weight?.acknowledgedAt, holdMs: 600_000 };
  const holdUntil = instant(clock.now() + 540_000);
  world.rollout = {
    ...world.rollout,
    status: { ...status, step: { ...step, holdUntil } } as ModelRolloutStatus,
  };
  await run();
  expect(world.healthReads).toBe(0);
  await clock.advance(540_000);
  await run();
  expect(world.healthReads).toBeGreaterThan(0);
});

test("in a crowd a plan takes health as it is known; what comes later wakes, and the next plan has it", async () => {
  const { clock, memories, world, run } = setUp();
  const patience = async (): Promise<number> => {
    const since = clock.monotonic();
    const running = run().then(() => clock.monotonic() - since);
    await clock.advance(10_000);
    return await running;
  };
  world.waiting = 100;
  expect(await patience()).toBeLessThan(200);
  const memory = memories.of(key, "uid-1");
  expect(memory.health?.read.b.problem).toBe(givenUp);
  expect(world.woken).toEqual([]);
  world.comesLate();
  expect(world.woken).toEqual([key]);
  expect(memory.health?.read.b.healthy).toEqual(["10.0.0.2"]);
  // Two polls old it still stands in for an answer that does not come in time.
  await clock.advance(15_000);
  expect(await patience()).toBeLessThan(200);
  expect(world.rollout?.status?.state).toBe("Holding");
});

test("an alarm ends a status write that hangs, and the traffic is taken back in the same run", async () => {
  const { memories, world, run } = setUp();
  let calls = 0;
  world.replace = async (object, { signal }) => {
    calls += 1;
    return calls === 1 ? await untilAborted(signal) : object;
  };
  const running = run();
  await settle();
  expect(calls).toBe(1);
  world.alarm = "ALARM";
  memories.interrupt(key);
  await running;
  expect(rollbacks(world.written)).toEqual([{ a: 100, b: 0 }]);
});

test("an alarm ends a call to the cluster that hangs", async () => {
  const { memories, world, run } = setUp();
  world.slots = { ...world.slots, a: slot("ssssssssss", 1) };
  let scaling = false;
  world.scale = async (signal) => {
    scaling = true;
    if (world.alarm === "OK") await untilAborted(signal);
  };
  const running = run();
  await settle();
  expect(scaling).toBe(true);
  world.alarm = "ALARM";
  memories.interrupt(key);
  await settle();
  expect(rollbacks(world.written)).toEqual([{ a: 100, b: 0 }]);
  await running;
});

test("a conflict whose read fails holds no rollback up", async () => {
  const { world, run } = setUp();
  world.alarm = "ALARM";
  world.replace = async () => {
    throw new KubeError("Conflict", "changed", { code: 409 });
  };
  expect(await run()).toBeInstanceOf(KubeError);
  expect(rollbacks(world.written)).toEqual([{ a: 100, b: 0 }]);
});

test("the end of a drain ends a write that waits, so that none goes out after the lease was given back", async () => {
  const { clock, world, run, drain } = setUp();
  if (world.rollout === undefined) throw new Error("no rollout");
  // The read shows 10 % where 0 was acknowledged: it is put back.
  const status = { ...holding(clock.now()), weight: { desired: 0, acknowledged: 0 } };
  world.rollout = { ...world.rollout, status };
  world.write = async (_request, signal) => await untilAborted(signal).catch(() => {});
  const running = run();
  await settle();
  expect(world.written.map(({ request }) => request.purpose)).toEqual(["repair"]);
  expect(world.written[0]?.signal?.aborted).toBe(false);
  drain.abort();
  expect(world.written[0]?.signal?.aborted).toBe(true);
  await running;
});

test("while the lease is in doubt nothing is written, and it is looked at again soon", async () => {
  const { world, run } = setUp();
  world.alarm = "ALARM";
  world.mayWrite = false;
  expect(await run()).toEqual({ requeueAfterMs: 1_000 });
  expect(world.written).toEqual([]);
});

test("a template that was refused is asked about again after a while: quotas and policies change", async () => {
  const { clock, memories, world, run } = setUp();
  const memory = memories.of(key, "uid-1");
  const refused = { revision: "cccccccccc", ok: false, message: "exceeded quota" };
  memory.proof = { answer: refused, destination: "b", at: clock.monotonic() };
  await run();
  expect(world.proved).toEqual([]);
  await clock.advance(30_000);
  await run();
  await run();
  expect(world.proved).toEqual(["cccccccccc in b"]);
  expect(memory.proof.answer.ok).toBe(true);
});

test("of a resource that is gone, or made anew, nothing is kept", async () => {
  const { world, run, memories } = setUp();
  await run();
  if (world.rollout === undefined) throw new Error("no rollout");
  const { metadata } = world.rollout;
  world.rollout = { ...world.rollout, metadata: { ...metadata, uid: "uid-2" } };
  await run();
  expect(world.forgotten).toEqual(["uid-1"]);
  world.rollout = undefined;
  expect(await run()).toEqual({});
  expect(world.forgotten).toEqual(["uid-1", "uid-2"]);
  expect(world.unfollowed).toEqual([key, key]);
  expect(memories.watched("active")).toEqual([]);
});
