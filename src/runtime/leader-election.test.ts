import { describe, expect, test } from "vitest";
import { settle, VirtualClock } from "../../test/runtime/virtual-clock.ts";
import type { KubeApi } from "./kube-api.ts";
import { KubeError } from "./kube-error.ts";
import { LeaderElector, type LeaderElectorOptions } from "./leader-election.ts";
import type { Lease } from "./lease.ts";

interface Bounds {
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
}

/** A server that keeps one lease, with optimistic concurrency, and fails or hangs when told to. */
class LeaseServer {
  lease: Lease | undefined;
  writes = 0;
  #version = 0;
  readonly clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  /** What one replica sees of it; `state` is that replica's own connection. */
  connect(state: { fault?: "down" | "hang" | "answer lost" | "slow" | undefined }): KubeApi {
    const call = async <R>(work: () => R, { signal, timeoutMs }: Bounds): Promise<R> => {
      await Promise.resolve();
      if (state.fault === "down") throw new KubeError("Unreachable", "refused");
      if (state.fault !== "hang") {
        const result = work();
        if (state.fault === undefined) return result;
        if (state.fault === "slow") {
          await new Promise<void>((resolve) => {
            this.clock.setTimer(resolve, 1_500);
          });
          return result;
        }
      }
      await new Promise<void>((resolve) => {
        const cancel = this.clock.setTimer(resolve, timeoutMs);
        signal?.addEventListener("abort", () => {
          cancel();
          resolve();
        });
      });
      throw new KubeError("Timeout", "no answer");
    };
    return {
      get: (_path: string, options: Bounds) => call(() => this.#read(), options),
      create: (_path: string, body: Lease, options: Bounds) =>
        call(() => {
          if (this.lease !== undefined) throw new KubeError("AlreadyExists", "exists", { code: 409 });
          return this.#store({ ...body, metadata: { ...body.metadata, uid: `u${this.#version}` } });
        }, options),
      replace: (_path: string, body: Lease, options: Bounds) =>
        call(() => {
          if (this.#read().metadata.resourceVersion !== body.metadata.resourceVersion) {
            throw new KubeError("Conflict", "changed", { code: 409 });
          }
          return this.#store(body);
        }, options),
    } as unknown as KubeApi;
  }

  #read(): Lease {
    if (this.lease === undefined) throw new KubeError("NotFound", "none", { code: 404 });
    return this.lease;
  }

  #store(lease: Lease): Lease {
    this.writes += 1;
    this.#version += 1;
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.#version) } };
    return this.lease;
  }

  get holder(): string | undefined {
    return this.lease?.spec?.holderIdentity;
  }
}

function setUp() {
  const clock = new VirtualClock();
  const server = new LeaseServer(clock);
  const log: string[] = [];
  const replica = (identity: string, options: Partial<LeaderElectorOptions> = {}) => {
    const state: { fault?: "down" | "hang" | "answer lost" | "slow" | undefined } = {};
    const elector = new LeaderElector({
      api: server.connect(state),
      clock: options.clock ?? clock,
      random: () => 0,
      namespace: "n",
      name: "modelrollout",
      identity,
      listener: {
        onStarted: () => log.push(`${identity} leads`),
        onLost: () => log.push(`${identity} lost`),
      },
    });
    elector.start();
    return { elector, state };
  };
  return { clock, server, log, replica };
}

describe("a term", () => {
  test("begins with the first write and is renewed every retry period", async () => {
    const { clock, server, replica } = setUp();
    const { elector } = replica("a");
    expect(elector.mayWrite()).toBe(false);
    expect(elector.leadershipSignal.aborted).toBe(true);
    await settle();
    expect([elector.isLeader(), elector.mayWrite()]).toEqual([true, true]);
    expect(server.lease?.spec).toEqual({
      holderIdentity: "a",
      leaseDurationSeconds: 6,
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:00:00.000000Z",
      leaseTransitions: 0,
    });
    await clock.advance(10_000);
    expect(server.writes).toBe(11);
    expect(server.lease?.spec?.renewTime).toBe("2026-01-01T00:00:10.000000Z");
    expect(server.lease?.spec?.acquireTime).toBe("2026-01-01T00:00:00.000000Z");
    await elector.stop();
  });

  test("is one replica's at a time", async () => {
    const { clock, server, log, replica } = setUp();
    const one = replica("a");
    const two = replica("b");
    await clock.advance(60_000);
    expect(log).toEqual(["a leads"]);
    expect(two.elector.isLeader()).toBe(false);
    expect(two.elector.holder).toBe("a");
    expect(server.lease?.spec?.leaseTransitions).toBe(0);
    await Promise.all([one.elector.stop(), two.elector.stop()]);
  });

  test.each(["down", "hang", "answer lost"] as const)(
    "that cannot be renewed (%s) ends at the deadline, before another may begin",
    async (fault) => {
      const { clock, log, replica } = setUp();
      const one = replica("a");
      const two = replica("b");
      await clock.advance(10_000);
      const signal = one.elector.leadershipSignal;
      one.state.fault = fault;
      // The last good renewal was sent at 10 s.
      await clock.advance(3_999);
      expect([one.elector.mayWrite(), signal.aborted]).toEqual([true, false]);
      await clock.advance(1);
      expect([one.elector.mayWrite(), signal.aborted]).toEqual([false, true]);
      expect(log).toEqual(["a leads", "a lost"]);
      await clock.advance(fault === "answer lost" ? 20_000 : 3_000);
      if (fault !== "answer lost") expect(log).toEqual(["a leads", "a lost", "b leads"]);
      one.state.fault = undefined;
      await Promise.all([one.elector.stop(), two.elector.stop()]);
    },
  );

  test("outlives failures shorter than the deadline", async () => {
    const { clock, log, replica } = setUp();
    const { elector, state } = replica("a");
    await clock.advance(5_000);
    state.fault = "answer lost";
    await clock.advance(2_500);
    state.fault = undefined;
    await clock.advance(1_500);
    expect(elector.mayWrite()).toBe(true);
    expect(log).toEqual(["a leads"]);
    await elector.stop();
  });
});

test("a renewal counts from when it was sent, not from its answer", async () => {
  const { clock, replica } = setUp();
  const { elector, state } = replica("a");
  await clock.advance(4_500);
  state.fault = "slow";
  // Sent at 5 s, answered at 6.5 s.
  await clock.advance(1_900);
  state.fault = "down";
  // Set back, the wall clock has nothing to object: the monotonic one must.
  clock.stepWall(-3_600_000);
  await clock.advance(2_599);
  expect(elector.mayWrite()).toBe(true);
  await clock.advance(1);
  expect(elector.mayWrite()).toBe(false);
  await elector.stop();
});

describe("a frozen process", () => {
  test("may not write when it wakes up, before any timer has fired", async () => {
    const { clock, log, replica } = setUp();
    const { elector } = replica("a");
    await clock.advance(5_000);
    clock.freeze(3_900);
    expect(elector.mayWrite()).toBe(true);
    clock.freeze(100);
    expect(elector.mayWrite()).toBe(false);
    const signal = elector.leadershipSignal;
    await clock.advance(0);
    expect(signal.aborted).toBe(true);
    expect(log).toEqual(["a leads", "a lost", "a leads"]);
    await elector.stop();
  });

  test("may not write either when the wall clock was set back meanwhile", async () => {
    const { clock, replica } = setUp();
    const { elector } = replica("a");
    await clock.advance(5_000);
    clock.freeze(4_000);
    clock.stepWall(-3_600_000);
    expect(elector.mayWrite()).toBe(false);
    await elector.stop();
  });

  test("a suspended machine, whose monotonic clock stood still, may not write either", async () => {
    const { clock, replica } = setUp();
    const { elector } = replica("a");
    await clock.advance(5_000);
    clock.stepWall(60_000);
    expect(elector.mayWrite()).toBe(false);
    await clock.advance(1_000);
    expect(elector.mayWrite()).toBe(true);
    clock.stepWall(-3_600_000);
    expect(elector.mayWrite()).toBe(true);
    await elector.stop();
  });
});

describe("taking over", () => {
  test("happens within a retry period after a release", async () => {
    const { clock, server, log, replica } = setUp();
    const one = replica("a");
    const two = replica("b");
    await clock.advance(10_500);
    await one.elector.stop();
    expect(server.holder).toBe("");
    await clock.advance(1_000);
    expect(log).toEqual(["a leads", "b leads"]);
    expect(server.lease?.spec?.leaseTransitions).toBe(1);
    await two.elector.stop();
  });

  test("of a dead holder's lease takes the lease's duration by the observer's clock, whatever the times say", async () => {
    const { clock, server, log, replica } = setUp();
    server.lease = {
      metadata: { uid: "u", resourceVersion: "77" },
      spec: { holderIdentity: "dead", leaseDurationSeconds: 6, renewTime: "2001-01-01T00:00:00.000000Z" },
    };
    const { elector } = replica("b");
    await clock.advance(5_999);
    expect(log).toEqual([]);
    await clock.advance(1);
    expect(log).toEqual(["b leads"]);
    await elector.stop();
  });

  test("respects a longer duration that the holder wrote", async () => {
    const { clock, server, log, replica } = setUp();
    server.lease = {
      metadata: { uid: "u", resourceVersion: "77" },
      spec: { holderIdentity: "other", leaseDurationSeconds: 15 },
    };
    const { elector } = replica("b");
    await clock.advance(14_999);
    expect(log).toEqual([]);
    await clock.advance(1);
    expect(log).toEqual(["b leads"]);
    await elector.stop();
  });

  test("a leader that reads another's name has lost", async () => {
    const { clock, server, log, replica } = setUp();
    const { elector } = replica("a");
    await clock.advance(500);
    server.lease = {
      metadata: { uid: "u0", resourceVersion: "1000" },
      spec: { holderIdentity: "usurper", leaseDurationSeconds: 6 },
    };
    await clock.advance(2_000);
    expect(log).toEqual(["a leads", "a lost"]);
    expect(elector.mayWrite()).toBe(false);
    await elector.stop();
    expect(server.holder).toBe("usurper");
  });

  test("a deleted lease is made again without losing the term", async () => {
    const { clock, server, log, replica } = setUp();
    const { elector } = replica("a");
    await clock.advance(500);
    server.lease = undefined;
    await clock.advance(1_000);
    expect(server.holder).toBe("a");
    expect(log).toEqual(["a leads"]);
    await elector.stop();
  });
});

describe("stop", () => {
  test("leaves no timer, and no lease whose acquisition was still on its way", async () => {
    const { clock, server, replica } = setUp();
    const { elector, state } = replica("a");
    state.fault = "answer lost";
    await clock.advance(2_000);
    await clock.advance(100);
    state.fault = undefined;
    const stopped = elector.stop();
    await clock.advance(2_000);
    await stopped;
    expect(server.holder === "" || server.lease === undefined).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test("a waiting replica that stops leaves the lease alone", async () => {
    const { clock, server, replica } = setUp();
    const one = replica("a");
    const two = replica("b");
    await clock.advance(3_000);
    await two.elector.stop();
    expect(server.holder).toBe("a");
    expect(one.elector.mayWrite()).toBe(true);
    await one.elector.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});

test("times that do not fit together are refused", () => {
  const { clock } = setUp();
  const api = new LeaseServer(clock).connect({});
  const options = { api, clock, random: () => 0, namespace: "n", name: "x", identity: "a" };
  expect(() => new LeaderElector({ ...options, renewDeadlineMs: 6_000 })).toThrow(
    "retry period < renew deadline",
  );
  expect(() => new LeaderElector({ ...options, retryPeriodMs: 4_000 })).toThrow(
    "retry period < renew deadline",
  );
});
