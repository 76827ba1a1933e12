import { expect, test } from "vitest";
import type { Context } from "../context.ts";
import { lacks, provision, sustain, sustainRelease } from "./provision.ts";

const now = 1_000_000;
const deployment = { uid: "u", revision: "v8", replicas: 4, current: true, deleting: false };
const slot = {
  deployment,
  pods: 4,
  ready: 4,
  serving: 4,
  endpoints: true,
  foreign: [],
  foreignTargets: [],
};
const health = { at: now, registered: ["x"], healthy: ["x"] };

interface Seen {
  readonly slot?: object | undefined;
  readonly health?: object | undefined;
  readonly stored?: readonly string[];
  readonly capacity?: "pods";
}

const seen = (given: Seen): Context => {
  const { stored = ["v8"], capacity } = given;
  const own = "slot" in given ? given.slot : slot;
  const read = "health" in given ? given.health : health;
  return {
    now,
    observed: {
      alarmPollMs: 10_000,
      storedRevisions: stored,
      ...(own ? { slots: { b: own } } : {}),
      ...(read ? { health: { b: read } } : {}),
      ...(capacity ? { capacity } : {}),
    },
  } as unknown as Context;
};

const request = { destination: "b", revision: "v8", replicas: 4 } as const;
const render = { kind: "RenderSlot", destination: "b", revision: "v8", replicas: 4 };
const scale = (replicas: number) => ({ kind: "ScaleSlot", destination: "b", replicas });
const old = { ...deployment, revision: "v7" };

test("a slot that runs the revision at its size lacks nothing", () => {
  expect(provision(seen({}), request)).toEqual({ actions: [] });
  expect(lacks(seen({}), request)).toBeUndefined();
});

test.each([
  ["nothing yet", { slot: { ...slot, deployment: undefined, pods: 0, ready: 0 } }, [render]],
  ["too few", { slot: { ...slot, deployment: { ...deployment, replicas: 3 } } }, [scale(4)]],
  ["too many, in a release", { slot: { ...slot, deployment: { ...deployment, replicas: 5 } } }, []],
  ["another revision", { slot: { ...slot, deployment: old } }, [scale(0)]],
  [
    "another revision, on its way out",
    { slot: { ...slot, deployment: { ...old, replicas: 0 }, pods: 1 } },
    [],
  ],
  [
    "another revision, emptied but not seen by its controller",
    { slot: { ...slot, deployment: { ...old, replicas: 0, current: false }, pods: 0 } },
    [],
  ],
  ["another revision, empty", { slot: { ...slot, deployment: { ...old, replicas: 0 }, pods: 0 } }, [render]],
  ["a Deployment that is being deleted", { slot: { ...slot, deployment: { ...old, deleting: true } } }, []],
  [
    "no service and no stored revision",
    { slot: { ...slot, endpoints: false }, stored: ["v7"] },
    [
      { kind: "StoreRevision", revision: "v8" },
      { kind: "EnsureEndpoints", destination: "b" },
    ],
  ],
] as const)("what brings a slot nearer: %s", (_name, given, actions) => {
  expect(provision(seen(given as Seen), request).actions).toEqual(actions);
});

test("at rest a size may fall", () => {
  const big = seen({ slot: { ...slot, deployment: { ...deployment, replicas: 5 } } });
  expect(provision(big, { ...request, mayShrink: true }).actions).toEqual([scale(4)]);
  expect(sustain(big, { ...request, mayShrink: true })).toEqual([scale(4)]);
  expect(sustain(big, request)).toEqual([]);
});

test.each([
  [
    "pods not Ready",
    { slot: { ...slot, ready: 3, trouble: "no node" } },
    "3 of 4 pods of v8 Ready in slot b; no node",
  ],
  ["its Deployment gone", { slot: { ...slot, deployment: undefined } }, "0 of 4 pods of v8 Ready in slot b"],
  [
    "its controller behind",
    { slot: { ...slot, deployment: { ...deployment, current: false } } },
    "0 of 4 pods of v8 Ready in slot b",
  ],
  [
    "pods of another",
    { slot: { ...slot, deployment: old } },
    "slot b still runs 4 pod(s) of v7; emptying it",
  ],
  [
    "pods of another that end",
    { slot: { ...slot, deployment: { ...old, replicas: 0 }, pods: 2 } },
    "slot b still runs 2 pod(s) of v7; waiting until it is empty",
  ],
  [
    "a deletion under way",
    { slot: { ...slot, deployment: { ...deployment, deleting: true } } },
    "Deployment of slot b is being deleted",
  ],
  ["health unread", { health: undefined }, "health of slot b's target group not read yet"],
  [
    "health unreadable",
    { health: { ...health, problem: { kind: "denied", message: "no" } } },
    "health of slot b unread: no",
  ],
  [
    "old health",
    { health: { ...health, at: now - 20_001 } },
    "health of slot b not read again for more than two polls",
  ],
  ["unhealthy pods", { slot: { ...slot, serving: 3 } }, "3 of 4 pods healthy in the target group of slot b"],
] as const)("a slot takes no weight with %s", (_name, given, message) => {
  const { pending } = provision(seen(given), request);
  expect(pending).toEqual({ reason: "CapacityPending", message });
});

test("a slot with traffic is never emptied, whatever somebody wrote on it (I1)", () => {
  const foreign = seen({ slot: { ...slot, deployment: old } });
  const brought = provision(foreign, { ...request, weighted: true });
  expect(brought.actions).toEqual([]);
  expect(brought.pending?.message).toContain("not ours to change");
  expect(sustain(foreign, request)).toEqual([]);
});

test.each([
  ["pods that are on their way out, Ready as they look", { replicas: 0 }, 3, []],
  ["nobody has seen yet that it shall be empty", { replicas: 0, current: false }, 0, []],
  ["empty", { replicas: 0 }, 0, [scale(4)]],
  ["not scaled to 0", { replicas: 3 }, 5, [scale(4)]],
])("before the first traffic a slot that was scaled to 0 is seen empty: %s", (_, of, pods, actions) => {
  const context = seen({ slot: { ...slot, deployment: { ...deployment, ...of }, pods } });
  const brought = provision(context, { ...request, weighted: false });
  expect(brought.actions).toEqual(actions);
  if (actions.length === 0) expect(brought.pending?.message).toMatch(/slot b is being emptied/);
  // What has traffic, or shall get it back, waits for nothing.
  expect(provision(context, request).actions).toEqual([scale(4)]);
  expect(provision(context, { ...request, weighted: true }).actions).toEqual([scale(4)]);
});

test("fewer pods than its size may be enough, and none needed are always there", () => {
  const two = seen({ slot: { ...slot, ready: 2, serving: 2 } });
  expect(lacks(two, { ...request, need: 2 })).toBeUndefined();
  expect(lacks(two, { ...request, need: 3 })?.message).toContain("2 of 3");
  expect(lacks(seen({ slot: { ...slot, ready: 0 }, health: undefined }), { ...request, need: 0 })).toBe(
    undefined,
  );
});

test("where the service knows no targets, Ready pods are enough", () => {
  const pods = { capacity: "pods", health: undefined } as const;
  expect(lacks(seen({ ...pods, slot: { ...slot, serving: 0 } }), request)).toBeUndefined();
  expect(lacks(seen({ ...pods, slot: { ...slot, ready: 3 } }), request)?.message).toContain("3 of 4");
});

test.each([
  ["one healthy target is enough", { health }, undefined],
  [
    "none healthy",
    { health: { ...health, healthy: [] } },
    "no healthy target at destination b (1 registered)",
  ],
  ["unread", { health: undefined }, "health of destination b not read yet"],
  [
    "read long ago",
    { health: { ...health, at: now - 20_001 } },
    "health of destination b not read again for more than two polls",
  ],
  [
    "unreadable",
    { health: { ...health, problem: { kind: "denied", message: "no" } } },
    "health of destination b: no",
  ],
  ["a service that knows no targets", { health: undefined, capacity: "pods" }, undefined],
] as const)("pods that are not ours: %s", (_name, given, message) => {
  const context = seen({ ...given, slot: undefined });
  const brought = provision(context, request);
  expect(brought.actions).toEqual([]);
  expect(brought.pending?.message).toBe(message);
  expect(lacks(context, request)).toEqual(brought.pending);
  expect(sustain(context, request)).toEqual([]);
});

test("what carries traffic is kept: made again when it is gone, grown when it is too small", () => {
  const gone = { ...slot, deployment: undefined };
  expect(sustain(seen({}), request)).toEqual([]);
  expect(sustain(seen({ slot: gone }), request)).toEqual([render]);
  expect(sustain(seen({ slot: { ...gone, endpoints: false }, stored: [] }), request)).toEqual([
    { kind: "StoreRevision", revision: "v8" },
    { kind: "EnsureEndpoints", destination: "b" },
    render,
  ]);
  expect(sustain(seen({ slot: { ...slot, deployment: { ...deployment, replicas: 2 } } }), request)).toEqual([
    scale(4),
  ]);
  const going = { ...deployment, replicas: 2, deleting: true };
  expect(sustain(seen({ slot: { ...slot, deployment: going } }), request)).toEqual([]);
});

test("a canary that was never acknowledged any weight is not kept", () => {
  const release = (acknowledged?: number) =>
    sustainRelease({
      ...seen({ slot: { ...slot, deployment: undefined } }),
      watched: "b",
      settings: { replicas: 4, canaryReplicas: "Proportional" },
      status: {
        canary: { revision: "v8", slot: "b", replicas: 1, readyReplicas: 0 },
        ...(acknowledged === undefined ? {} : { weight: { desired: 10, acknowledged } }),
      },
    } as unknown as Context);
  expect(release(0)).toEqual([]);
  expect(release()).toEqual([]);
  expect(release(10)).toEqual([{ ...render, replicas: 1 }]);
});
