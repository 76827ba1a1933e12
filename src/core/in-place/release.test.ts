import { expect, test } from "vitest";
import type { Context } from "../context.ts";
import { braked } from "./posture.ts";
import { enoughReplicas, progressInPlace, raiseInPlace, servingInPlace, sustainInPlace } from "./release.ts";

const own = {
  type: "RollingUpdate",
  maxUnavailable: 0,
  maxSurge: 1,
  minReadySeconds: 0,
  progressDeadlineSeconds: 600,
} as const;
const set = (revision: string, wanted: number, ready = wanted) => ({ revision, wanted, pods: wanted, ready });
const stands = {
  uid: "u",
  generation: 7,
  current: true,
  replicas: 10,
  paused: true,
  template: "v8",
  settings: braked("20%", 0),
  mark: "released",
  holdsFields: true,
};

interface Given {
  readonly deployment?: object | undefined;
  readonly status?: object;
  readonly sets?: readonly object[];
  readonly stored?: readonly string[];
  readonly kept?: readonly string[];
  readonly steps?: readonly object[];
}

const seen = ({ deployment, status, sets, stored = ["v7", "v8"], kept = ["v8"], steps }: Given = {}) =>
  ({
    now: 0,
    status: {
      stable: { revision: "v7" },
      canary: { revision: "v8" },
      weight: { desired: 20, acknowledged: 20, pods: 2, of: 10 },
      ...status,
    },
    settings: { steps: steps ?? [{ weight: 20 }, { weight: 100 }] },
    observed: {
      storedRevisions: stored,
      inPlace: {
        id: "prod/sentiment",
        deployment: { ...stands, ...deployment },
        sets: sets ?? [set("v7", 8), set("v8", 2)],
        own,
        kept,
        policies: "present",
      },
    },
  }) as unknown as Context;

const store = { kind: "StoreRevision", revision: "v8" };
const shape = { kind: "ShapeDeployment", uid: "u", generation: 7 };
const waiting = { weight: { desired: 20, acknowledged: 0 } };

test("a roll that stands where it shall is not written, and what is not stored any more is stored again", () => {
  expect(sustainInPlace(seen()).actions).toEqual([]);
  expect(sustainInPlace(seen({ stored: ["v7"] })).actions).toEqual([store]);
});

test("before the first raise the new template waits, paused, with its content and settings stored", () => {
  const first = (deployment: object, given: Given = {}) =>
    sustainInPlace(
      seen({
        status: waiting,
        sets: [set("v7", 10)],
        deployment: { mark: "adopted", settings: own, ...deployment },
        ...given,
      }),
    ).actions;
  expect(first({ paused: true })).toEqual([]);
  expect(first({ paused: false })).toEqual([{ ...shape, paused: true, mark: "adopted" }]);
  expect(first({ paused: false, template: "v7" })).toEqual([]);
  expect(first({ paused: true, template: "v7" })).toEqual([]);
  expect(first({ paused: true, mark: "none" })).toEqual([{ ...shape, paused: true, mark: "adopted" }]);
  expect(first({ paused: true }, { kept: [] })).toEqual([store]);
  expect(first({ paused: true }, { stored: [] })).toEqual([store]);
});

test("the user's settings count as stored once the Deployment carries ours", () => {
  expect(sustainInPlace(seen({ kept: [] })).actions).toEqual([]);
});

test("nothing is written where there is no Deployment, no canary or no replica, or none are shared out yet", () => {
  const { observed, ...rest } = seen();
  expect(sustainInPlace({ ...rest, observed: { ...observed, inPlace: undefined } } as never).actions).toEqual(
    [],
  );
  expect(sustainInPlace(seen({ status: { canary: undefined } })).actions).toEqual([]);
  const less = { settings: braked("50%", 0) };
  expect(sustainInPlace(seen({ deployment: { ...less, replicas: 0 } })).actions).toEqual([]);
  expect(sustainInPlace(seen({ deployment: { ...less, unscaled: true } })).actions).toEqual([]);
});

test("a move follows on one that is seen to stand still, never on sizes that may be of a moment ago", () => {
  // 10 replicas were taken to 4: shared out, but the Deployment controller went on under the settings of before.
  const scaled = { sets: [set("v7", 4), set("v8", 0)], deployment: { replicas: 4, paused: false } };
  const moved = (deployment: object) =>
    sustainInPlace(seen({ ...scaled, deployment: { ...scaled.deployment, ...deployment } })).actions;
  const marked = { mark: "released", release: "v8" };
  const move = { settings: braked("0%", 1), paused: false, ...marked };
  expect(moved({})).toEqual([{ ...shape, paused: true, ...marked }]);
  expect(moved({ paused: true, current: false })).toEqual([]);
  expect(moved({ paused: true })).toEqual([{ ...shape, ...move }]);
  // Where somebody has released the brake nothing is waited for.
  expect(moved({ settings: own })).toEqual([{ ...shape, ...move }]);
  expect(moved({ template: "v9" })).toEqual([{ ...shape, template: "v8", ...move }]);
});

test("a move that is under way stands until the Deployment controller has done what it asks for", () => {
  const opened = { paused: false, settings: braked("0%", 1) };
  const status = { weight: { desired: 20, acknowledged: 20, pods: 1, of: 10 } };
  const at = (deployment: object, ...sets: readonly object[]) =>
    sustainInPlace(seen({ status, deployment: { ...opened, ...deployment }, sets })).actions;
  const [v7, loading] = [set("v7", 10), set("v8", 1, 0)];
  expect(at({}, v7)).toEqual([]);
  expect(at({}, v7, loading)).toEqual([{ ...shape, paused: true, mark: "released", release: "v8" }]);
  expect(at({ paused: true, current: false }, v7, loading)).toEqual([]);
});

test("progress is told in pods, and as the share that they are", () => {
  expect(progressInPlace(seen({ sets: [set("v7", 5), set("v8", 1)], deployment: { replicas: 6 } }), 10)).toBe(
    "1 of 1 canary pods Ready of 6 (10 % asked for, 16.7 % of the pods)",
  );
  expect(progressInPlace(seen({ deployment: { replicas: 0 }, sets: [] }), 10)).toBe(
    "0 of 0 canary pods Ready of 0 (10 % asked for, 0 % of the pods)",
  );
});

test("canary pods are missed only where the roll made them for the present size", () => {
  expect(servingInPlace(seen())).toEqual({ serving: 2, need: 2 });
  expect(servingInPlace(seen({ sets: [set("v7", 8), set("v8", 2, 1)] }))).toEqual({ serving: 1, need: 2 });
  expect(servingInPlace(seen({ sets: [set("v7", 9), set("v8", 1)] }))).toBeUndefined();
  expect(servingInPlace(seen({ deployment: { replicas: 12 } }))).toBeUndefined();
  expect(servingInPlace(seen({ deployment: { unscaled: true } }))).toBeUndefined();
  expect(servingInPlace(seen({ status: waiting }))).toBeUndefined();
  expect(servingInPlace(seen({ status: { canary: undefined } }))).toBeUndefined();
});

test("a release that ended for want of replicas waits until its first step leaves stable a pod", () => {
  const ended = { next: "v8", history: [{ reason: "TooFewReplicas" }] };
  const answer = (replicas: number, status: object = ended, weight = 50) =>
    enoughReplicas(seen({ deployment: { replicas }, status, steps: [{ weight }, { weight: 100 }] }));
  expect(answer(1)?.kind).toBe("wait");
  expect(answer(2)).toBeUndefined();
  expect(answer(4, ended, 90)?.kind).toBe("wait");
  expect(answer(4, ended, 75)).toBeUndefined();
  expect(answer(0, ended, 100)?.kind).toBe("wait");
  expect(answer(1, ended, 100)).toBeUndefined();
  expect(answer(1, { ...ended, next: undefined })).toBeUndefined();
  expect(answer(1, { next: "v8", history: [{ reason: "Aborted" }] })).toBeUndefined();
  expect(enoughReplicas(seen({ deployment: { unscaled: true } }))).toMatchObject({
    reason: "CapacityPending",
  });
});

test("no move is made on sizes of before a pause: the surge that it takes away is still in them", () => {
  const asking = { intent: { id: "x", action: "SetWeights", weight: 100, slot: "b", since: "t" } };
  const deployment = { settings: braked("50%", 1) };
  const at = (...sets: readonly object[]) => {
    const context = seen({ status: asking, deployment, sets });
    return raiseInPlace(context, context.status, 100).actions;
  };
  expect(at(set("v7", 4), set("v8", 8))).toEqual([]);
  expect(at(set("v7", 4), set("v8", 7))).toMatchObject([{ kind: "ShapeDeployment", paused: false }]);
});

test("a pace that was written for a share asked for stands, unless it is not ours or would go further", () => {
  const asking = { intent: { id: "x", action: "SetWeights", weight: 50, slot: "b", since: "t" } };
  const under = (deployment: object) => sustainInPlace(seen({ status: asking, deployment })).actions;
  const back = { kind: "ShapeDeployment", settings: braked("20%", 0) };
  expect(under({})).toEqual([]);
  expect(under({ settings: braked("30%", 0), template: "v9" })).toMatchObject([{ ...back, template: "v8" }]);
  expect(under({ settings: { ...braked("20%", 0), progressDeadlineSeconds: 600 } })).toMatchObject([back]);
  expect(under({ settings: { ...braked("20%", 0), minReadySeconds: 0 } })).toMatchObject([back]);
  expect(under({ settings: braked("50%", 3) })).toMatchObject([back]);
});
