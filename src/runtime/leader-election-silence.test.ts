import { describe, expect, test } from "vitest";
import { settle, VirtualClock } from "../../test/runtime/virtual-clock.ts";
import type { KubeApi } from "./kube-api.ts";
import { KubeError } from "./kube-error.ts";
import { LeaderElector } from "./leader-election.ts";
import type { Lease } from "./lease.ts";

const none = new KubeError("NotFound", "none", { code: 404 });

/** One replica, and an API server that does what a test says. */
function setUp(outlastSilence = true) {
  const clock = new VirtualClock();
  const server = {
    lease: undefined as Lease | undefined,
    fault: undefined as KubeError | undefined,
    writes: 0,
  };
  let version = 0;
  const store = async (_path: string, body: object): Promise<Lease> => {
    if (server.fault) throw server.fault;
    const lease = body as Lease;
    if (server.lease && lease.metadata.resourceVersion !== server.lease.metadata.resourceVersion) {
      throw new KubeError("Conflict", "changed", { code: 409 });
    }
    version += 1;
    server.writes += 1;
    server.lease = { ...lease, metadata: { ...lease.metadata, uid: "1", resourceVersion: String(version) } };
    return server.lease;
  };
  const api = {
    get: async () => {
      if (server.fault) throw server.fault;
      if (!server.lease) throw none;
      return server.lease;
    },
    create: store,
    replace: store,
  } as unknown as KubeApi;
  const log: string[] = [];
  const elector = new LeaderElector({
    api,
    clock,
    random: () => 0,
    namespace: "n",
    name: "modelrollout",
    identity: "a",
    outlastSilence,
    listener: {
      onStarted: () => log.push("leads"),
      onLost: () => log.push("lost"),
      onSilent: () => log.push("silent"),
    },
  });
  elector.start();
  /** Another replica writes the record, or gives it back. */
  const taken = (holderIdentity: string): void => {
    version += 1;
    server.lease = {
      ...server.lease,
      metadata: { name: "modelrollout", uid: "1", resourceVersion: String(version) },
      spec: { ...server.lease?.spec, holderIdentity },
    };
  };
  return { clock, server, log, elector, taken };
}

const silences = [
  new KubeError("Unreachable", "ECONNREFUSED"),
  new KubeError("Timeout", "no answer in time"),
  new KubeError("ServiceUnavailable", "503", { code: 503 }),
  new KubeError("InternalError", "500", { code: 500 }),
];

describe("a term that ends because nobody answers", () => {
  test.each(silences.map((fault) => [fault.message, fault] as const))(
    "%s: silent after one more try, and goes on when the record is still ours",
    async (_, fault) => {
      const { clock, server, log, elector } = setUp();
      await settle();
      server.fault = fault;
      await clock.advance(3_900);
      expect(elector.mayWrite()).toBe(true);
      await clock.advance(200);
      expect(elector.mayWrite()).toBe(false);
      await clock.advance(2_000);
      expect(log).toEqual(["leads", "silent"]);
      await clock.advance(60_000);
      expect(log).toEqual(["leads", "silent"]);
      expect(elector.mayWrite()).toBe(false);
      server.fault = undefined;
      await clock.advance(1_100);
      expect(log).toEqual(["leads", "silent", "leads"]);
      expect(elector.mayWrite()).toBe(true);
      await elector.stop();
    },
  );

  test.each([
    ["another holds it", "b"],
    ["another has held it and given it back", ""],
  ])("is lost when %s, and nothing is written", async (_, holder) => {
    const { clock, server, log, elector, taken } = setUp();
    await settle();
    server.fault = silences[0];
    await clock.advance(10_000);
    taken(holder);
    server.fault = undefined;
    const { writes } = server;
    await clock.advance(1_000);
    expect(log).toEqual(["leads", "silent", "lost"]);
    expect(server.writes).toBe(writes);
    await elector.stop();
  });

  test("is lost when the record is gone; a refusal tells nothing", async () => {
    const { clock, server, log, elector } = setUp();
    await settle();
    server.fault = silences[1];
    await clock.advance(10_000);
    server.fault = new KubeError("Forbidden", "no", { code: 403 });
    await clock.advance(10_000);
    expect(log).toEqual(["leads", "silent"]);
    server.fault = none;
    await clock.advance(1_000);
    expect(log).toEqual(["leads", "silent", "lost"]);
    await elector.stop();
  });

  test("that was not wholly for that is lost at once", async () => {
    const { clock, server, log, elector } = setUp();
    await settle();
    server.fault = new KubeError("Forbidden", "no", { code: 403 });
    await clock.advance(1_500);
    server.fault = silences[0];
    await clock.advance(3_000);
    expect(log).toEqual(["leads", "lost"]);
    await elector.stop();
  });

  test("is lost at once where nobody asked for more", async () => {
    const { clock, server, log, elector } = setUp(false);
    await settle();
    server.fault = silences[0];
    await clock.advance(4_100);
    expect(log).toEqual(["leads", "lost"]);
    await elector.stop();
  });
});

test("a process that was frozen while a try was under way is never silent: it asks first", async () => {
  const { clock, server, log, elector, taken } = setUp();
  await settle();
  // What it finds when it wakes up: its last try timed out, and another has taken the lease.
  server.fault = silences[1];
  await clock.advance(3_999);
  server.fault = undefined;
  taken("b");
  await clock.advance(1_000);
  expect(log).toEqual(["leads", "lost"]);
  await elector.stop();
});
