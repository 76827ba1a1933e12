import { describe, expect, test } from "vitest";
import type { ModelRollout, ModelRolloutSpec, ModelRolloutStatus } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { InPlaceRead, Observed, RolledDeployment, RollSettings } from "../observed.ts";
import { plan } from "../plan.ts";
import type { Plan } from "../plan-data.ts";
import { braked } from "./posture.ts";

const now = Date.UTC(2026, 0, 5, 10);
const instant = (ms: number) => new Date(ms).toISOString();

const own: RollSettings = {
  type: "RollingUpdate",
  maxUnavailable: 0,
  maxSurge: 1,
  minReadySeconds: 0,
  progressDeadlineSeconds: 2_147_483_647,
};

const standing: RolledDeployment = {
  uid: "u1",
  generation: 3,
  current: true,
  replicas: 4,
  paused: false,
  template: "r1",
  settings: own,
  mark: "adopted",
  holdsFields: true,
};

interface Scene {
  readonly spec?: Partial<ModelRolloutSpec>;
  readonly metadata?: Partial<ModelRollout["metadata"]>;
  readonly status?: ModelRolloutStatus;
  readonly wanted?: string;
  readonly stored?: readonly string[];
  readonly inPlace?: Partial<InPlaceRead>;
  /** Absent: it does not exist. */
  readonly deployment?: Partial<RolledDeployment>;
  /** Pods by revision, all Ready. */
  readonly pods?: Readonly<Record<string, number>>;
}

function planned(scene: Scene): Plan {
  const { spec, metadata, status, wanted = "r1", stored = ["r1", "r2"], deployment, pods = {} } = scene;
  const rollout = {
    metadata: {
      namespace: "prod",
      name: "sentiment",
      uid: "m1",
      generation: 1,
      creationTimestamp: instant(now),
      finalizers: ["modelrollout.dev/traffic"],
      ...metadata,
    },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: "sentiment" } },
      template: { spec: { containers: [{ name: "server" }] } },
      traffic: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      strategy: { steps: [{ weight: 50, hold: "10m" }] },
      ...spec,
    },
    ...(status ? { status } : {}),
  } as unknown as ModelRollout;
  const observed: Observed = {
    now,
    wanted: { revision: wanted, hashVersion: "1" },
    storedRevisions: stored,
    proof: { revision: wanted, ok: true },
    inPlace: {
      id: "prod/sentiment",
      owned: { taken: false, going: false },
      own,
      kept: [],
      policies: "present",
      sets: Object.entries(pods).map(([revision, count]) => ({
        revision,
        wanted: count,
        pods: count,
        ready: count,
      })),
      ...(deployment ? { deployment: { ...standing, ...deployment } } : {}),
      ...scene.inPlace,
    },
    alarms: [],
    alarmPollMs: 10_000,
    defaultRegion: "us-east-1",
    routerDescription: "Deployment",
    bindingsGone: true,
  };
  return plan(rollout, observed);
}

const kinds = ({ actions }: Plan) => actions.map(({ kind }) => kind);
const shapeOf = ({ actions }: Plan) =>
  actions.find(
    (action): action is Extract<Action, { kind: "ShapeDeployment" }> => action.kind === "ShapeDeployment",
  );
const reasonOf = ({ status }: Plan) => status.conditions?.find(({ type }) => type === "Ready")?.reason;

const role = (revision: string) => ({ revision, replicas: 0, readyReplicas: 0 });
const settled: ModelRolloutStatus = { stable: role("r1"), weight: { desired: 0, acknowledged: 0 } };

/** Held at 50 %: two pods each. */
const holding: ModelRolloutStatus = {
  stable: role("r1"),
  canary: role("r2"),
  size: 4,
  release: "r2-1",
  releaseStartedAt: instant(now - 60_000),
  weight: { desired: 50, acknowledged: 50, acknowledgedAt: instant(now - 30_000), pods: 2, of: 4 },
  step: {
    index: 0,
    count: 2,
    weight: 50,
    weights: [50, 100],
    startedAt: instant(now - 60_000),
    acknowledgedAt: instant(now - 30_000),
    holdUntil: instant(now + 570_000),
    holdMs: 600_000,
    spentMs: 0,
    pauses: 0,
  },
};
const held = { template: "r2", mark: "released", settings: braked("50%", 0) } as const;
const half = { wanted: "r2", status: holding, deployment: held, pods: { r1: 2, r2: 2 } };

describe("the first version", () => {
  test("is proved, stored and made, in this order", () => {
    const proving = planned({ stored: [], inPlace: {} });
    expect(kinds(proving)).toEqual(["StoreRevision", "CreateDeployment"]);
    expect(proving.actions[1]).toMatchObject({ revision: "r1", replicas: 4, settings: own });
    expect(proving.status).toMatchObject({ state: "Starting", stable: { revision: "r1" } });
    expect(proving.status.beginning).toBeDefined();
  });

  test("is stable once as many pods are Ready as the spec asks for, and not before", () => {
    const beginning = { ...settled, beginning: instant(now), release: "r1-1" };
    const loading = planned({ status: beginning, deployment: {}, pods: { r1: 3 } });
    expect(loading.status.beginning).toBeDefined();
    const ready = planned({ status: beginning, deployment: {}, pods: { r1: 4 } });
    expect(ready.status.beginning).toBeUndefined();
    expect(ready.status.history?.[0]).toMatchObject({ outcome: "Promoted", revision: "r1" });
  });

  test("another one that is written meanwhile takes its place, unless it serves already", () => {
    const beginning = { ...settled, beginning: instant(now), release: "r1-1" };
    const replaced = planned({ wanted: "r2", status: beginning, deployment: {}, pods: {} });
    expect(replaced.status.stable?.revision).toBe("r2");
    expect(shapeOf(replaced)).toMatchObject({ template: "r2", paused: false });
    const serves = planned({ wanted: "r2", status: beginning, deployment: {}, pods: { r1: 1 } });
    expect(serves.status).toMatchObject({ stable: { revision: "r1" } });
    expect(serves.status.beginning).toBeUndefined();
  });

  test("somebody else's object under the name is in its way, at the first sight and at rest", () => {
    for (const status of [undefined, settled]) {
      const taken = planned({
        inPlace: { owned: { taken: true, going: false } },
        ...(status ? { status } : {}),
      });
      expect(reasonOf(taken)).toBe("NameTaken");
      expect(taken.actions).toEqual([]);
    }
  });
});

describe("at rest", () => {
  test("nothing is written when all stands as it shall", () => {
    const calm = planned({ status: settled, deployment: {}, pods: { r1: 4 }, stored: ["r1"] });
    expect(calm.actions).toEqual([]);
    expect(calm.status.state).toBe("Idle");
  });

  test.each<[string, Partial<RolledDeployment>, object]>([
    ["template", { template: "somebody's" }, { template: "r1" }],
    ["replicas", { replicas: 7 }, { replicas: 4 }],
    ["strategy", { settings: { ...own, maxUnavailable: 4 } }, { settings: own }],
    ["minReadySeconds", { settings: { ...own, minReadySeconds: 9 } }, { settings: own }],
    ["paused", { paused: true }, { paused: false }],
    ["our label", { mark: "none" }, { mark: "adopted" }],
  ])("what somebody wrote is put back: %s", (_what, deployment, written) => {
    const put = planned({ status: settled, deployment, pods: { r1: 4 } });
    expect(shapeOf(put)).toMatchObject({ uid: "u1", generation: 3, ...written });
  });

  test("without the policies it is paused, once nothing is left to be rolled and no ReplicaSet is missing", () => {
    const bare = { policies: "absent" } as const;
    const at = (deployment: Partial<RolledDeployment>, pods: Record<string, number>) =>
      shapeOf(planned({ status: settled, deployment, pods, inPlace: bare }))?.paused;
    expect(at({}, { r1: 4 })).toBe(true);
    expect(at({}, { r1: 3 })).toBeUndefined();
    expect(at({}, { r1: 4, old: 1 })).toBeUndefined();
    expect(at({ current: false }, { r1: 4 })).toBeUndefined();
    expect(at({ paused: true }, { r1: 4 })).toBeUndefined();
    expect(at({ paused: true }, {})).toBe(false);
    expect(at({ paused: true }, { r1: 2, old: 2 })).toBe(false);
  });

  test("a Deployment that is gone is made anew from the stored revision, one that is going is waited for", () => {
    const gone = planned({ status: settled, spec: { replicas: 5 } });
    expect(gone.actions).toMatchObject([{ kind: "CreateDeployment", revision: "r1", replicas: 5 }]);
    expect(reasonOf(gone)).toBe("CapacityPending");
    const going = planned({ status: settled, inPlace: { owned: { taken: false, going: true } } });
    expect(going.actions).toEqual([]);
    expect(going.requeueAfter).toBeGreaterThan(0);
  });

  test("the spec back at the stable revision forgives the failed one; an adopted Deployment's spec says nothing of it", () => {
    const failed = { ...settled, failedRevision: "r2", failedRelease: "r2-1", release: "r2-1" };
    expect(
      planned({ status: failed, deployment: {}, pods: { r1: 4 } }).status.failedRevision,
    ).toBeUndefined();
    const still = planned({ status: failed, wanted: "r2", deployment: {}, pods: { r1: 4 } });
    expect(still.status).toMatchObject({ state: "RolledBack", failedRevision: "r2" });
  });

  test("the scale subresource sees all its pods by the user's selector", () => {
    const { status } = planned({ status: settled, deployment: {}, pods: { r1: 4, r2: 1 } });
    expect(status).toMatchObject({ replicas: 5, selector: "app=sentiment" });
  });
});

describe("in a release", () => {
  test("a lower size waits for its end, a higher one counts at once", () => {
    const lower = planned({ ...half, spec: { replicas: 2 } });
    expect(lower.status.size).toBe(4);
    expect(shapeOf(lower)?.replicas).toBeUndefined();
    const higher = planned({ ...half, spec: { replicas: 8 } });
    expect(higher.status.size).toBe(8);
    expect(shapeOf(higher)?.replicas).toBe(8);
    const moving = planned({ ...half, spec: { replicas: 8 }, deployment: { ...held, paused: false } });
    expect(shapeOf(moving)).toMatchObject({ replicas: 8, paused: true });
    const after = planned({ status: { ...settled, size: 8 }, deployment: { replicas: 8 }, pods: { r1: 8 } });
    expect(after.status.size).toBeUndefined();
    expect(shapeOf(after)?.replicas).toBe(4);
  });

  test("what somebody scaled is put back, and nothing is acknowledged at another size", () => {
    const scaled = planned({ ...half, deployment: { ...held, replicas: 3 }, pods: { r1: 1, r2: 2 } });
    expect(shapeOf(scaled)?.replicas).toBe(4);
    const { acknowledgedAt: _at, ...fresh } = holding.weight ?? { desired: 0, acknowledged: 0 };
    const raising = {
      ...holding,
      weight: { ...fresh, acknowledged: 0 },
      intent: { id: "i", action: "SetWeights", weight: 50, slot: "b", since: instant(now - 1_000) },
    } as const;
    const small = { ...held, replicas: 2 };
    const not = planned({ ...half, status: raising, deployment: small, pods: { r1: 1, r2: 1 } });
    expect(not.status.weight?.acknowledged).toBe(0);
  });

  test("a template that somebody wrote and that runs ends the release for now; one that is paused is put back", () => {
    const runs = planned({ ...half, deployment: { ...held, template: "somebody's" } });
    expect(runs.status.rollback?.reason).toBe("DriftRepaired");
    expect(shapeOf(runs)).toMatchObject({ template: "r1", paused: false });
    const waits = planned({ ...half, deployment: { ...held, template: "somebody's", paused: true } });
    expect(waits.status.rollback).toBeUndefined();
    expect(shapeOf(waits)).toMatchObject({ template: "r2" });
  });

  test("a deleted Deployment comes back on stable, and the release begins again: nothing was wrong with it", () => {
    const { deployment: _gone, ...without } = half;
    const lost = planned({ ...without, pods: {} });
    expect(lost.status.rollback?.reason).toBe("TooFewReplicas");
    expect(lost.actions).toMatchObject([{ kind: "CreateDeployment", revision: "r1", replicas: 4 }]);
    const back = planned({
      wanted: "r2",
      status: lost.status,
      deployment: { template: "r1" },
      pods: { r1: 4 },
    });
    expect(back.status.failedRevision).toBeUndefined();
  });

  test("canary pods beyond the step go as stable's pods are Ready: the roles are turned round until then", () => {
    const surplus = planned({ ...half, pods: { r1: 2, r2: 4 } });
    expect(shapeOf(surplus)).toMatchObject({ template: "r1", mark: "released", paused: true });
    expect(shapeOf(surplus)?.settings).toBeUndefined();
    const turnedRound = { ...half, deployment: { ...held, template: "r1" } };
    const fewReady = planned({
      ...turnedRound,
      inPlace: {
        sets: [
          { revision: "r1", wanted: 1, pods: 1, ready: 1 },
          { revision: "r2", wanted: 4, pods: 4, ready: 4 },
        ],
      },
    });
    expect(shapeOf(fewReady)).toMatchObject({ settings: braked("25%", 1), paused: false });
    const turned = planned({ ...half, deployment: { ...held, template: "r1" } });
    expect(shapeOf(turned)).toMatchObject({ template: "r2", mark: "released" });
    const early = planned({ ...half, deployment: { ...held, template: "r1" }, pods: { r1: 1, r2: 2 } });
    expect(shapeOf(early)?.template).toBeUndefined();
  });

  test("turned round it stands still, with the sizes that it has, until stable's pods count under the brake", () => {
    const sets = (available: number) => ({
      sets: [
        { revision: "r1", wanted: 2, pods: 2, ready: 2, available },
        { revision: "r2", wanted: 3, pods: 3, ready: 1, available: 0 },
      ],
    });
    const first = planned({ ...half, inPlace: sets(2) });
    expect(shapeOf(first)).toMatchObject({ template: "r1", paused: true });
    expect(shapeOf(first)?.settings).toBeUndefined();
    const loose = planned({ ...half, deployment: { ...held, settings: own }, inPlace: sets(2) });
    expect(shapeOf(loose)?.settings).toEqual({ ...braked("0%", 1), maxUnavailable: 0 });
    const turned = { ...held, template: "r1", paused: true };
    expect(shapeOf(planned({ ...half, deployment: turned, inPlace: sets(2) }))).toBeUndefined();
    const unseen = { ...turned, current: false };
    expect(shapeOf(planned({ ...half, deployment: unseen, inPlace: sets(0) }))).toBeUndefined();
    expect(shapeOf(planned({ ...half, deployment: turned, inPlace: sets(0) }))?.paused).toBe(false);
    const goes = planned({ ...half, deployment: { ...turned, paused: false }, inPlace: sets(0) });
    expect(shapeOf(goes)?.paused).not.toBe(true);
  });

  test("the deletion takes it back first; a Deployment that is gone is not made anew for that", () => {
    const metadata = { deletionTimestamp: instant(now) };
    const first = planned({ ...half, metadata });
    expect(shapeOf(first)).toMatchObject({ template: "r1" });
    expect(kinds(first)).not.toContain("RemoveFinalizer");
    const { deployment: _gone, ...without } = half;
    expect(kinds(planned({ ...without, pods: {}, metadata }))).not.toContain("CreateDeployment");
    const rest = planned({ status: settled, deployment: {}, pods: { r1: 4 }, metadata });
    expect(kinds(rest)).toEqual(["DeleteWorkload", "PruneRevisions", "RemoveFinalizer"]);
  });

  test("with keep nothing is deleted and nothing of ours is left in it", () => {
    const metadata = {
      deletionTimestamp: instant(now),
      annotations: { "modelrollout.dev/keep": "true" },
    };
    const leaving = planned({ status: settled, deployment: { paused: true }, pods: { r1: 4 }, metadata });
    expect(shapeOf(leaving)).toMatchObject({ mark: "none", paused: false });
    const left = { mark: "none", holdsFields: false } as const;
    const done = planned({ status: settled, deployment: left, pods: { r1: 4 }, metadata });
    expect(kinds(done)).toEqual(["RemoveFinalizer"]);
  });
});
