import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bounds, clip } from "../../src/api/bounds.ts";
import { customResourceDefinition } from "../../src/api/crd/definition.ts";
import type { ModelRollout, ModelRolloutStatus } from "../../src/api/types.ts";
import { eventually, useControlPlane } from "../control-plane/shared.ts";
import { type Fields, merge, messageOf, pathOf, rollout } from "./cases.ts";

const cluster = useControlPlane();
const at = "2026-11-21T10:26:00.125Z";
const long = clip("x".repeat(5000));

/** Every field of status, lists at their bounds. */
const everything: ModelRolloutStatus = {
  observedGeneration: 7,
  release: "9c02ab34ef-1",
  state: "Holding",
  stable: {
    revision: "4be1000000",
    hashVersion: "1",
    modelVersion: "v7",
    slot: "a",
    replicas: 6,
    readyReplicas: 6,
  },
  canary: {
    revision: "9c02ab34ef",
    modelVersion: "v8",
    slot: "b",
    replicas: 1,
    readyReplicas: 1,
    unmanaged: true,
  },
  retained: { revision: "4be1000000", slot: "a", until: at },
  step: {
    index: 0,
    count: bounds.stepsWithImplied,
    weight: 1,
    weights: Array.from({ length: bounds.stepsWithImplied }, (_, index) => index),
    startedAt: at,
    acknowledgedAt: at,
    holdUntil: at,
    holdMs: 600_000,
    approval: true,
    spentMs: 0,
    countingSince: at,
    pauses: 2,
  },
  weight: { desired: 10, acknowledged: 10, observed: 16.7 },
  targets: Array.from({ length: bounds.targets }, (_, index) => ({
    kind: "ListenerRule" as const,
    id: `arn-${index}`,
    desired: 10,
    observed: 9.9,
    acknowledgedAt: at,
    message: long,
  })),
  awaiting: "9c02ab34ef-1/2.1",
  alarms: Array.from({ length: bounds.alarms }, (_, index) => ({
    name: `alarm-${index}`,
    region: "us-east-1",
    state: "OK" as const,
    since: at,
    verdict: "Pass" as const,
    reason: "AlarmOk" as const,
    message: long,
    baseline: at,
    unreadableSince: at,
  })),
  intent: { id: "1", action: "SetWeights", weight: 50, slot: "b", replicas: 3, since: at },
  pause: { reason: "AlarmPaused", message: long, since: at, approval: "9c02ab34ef-1/2.1" },
  rollback: {
    reason: "AlarmFiring",
    message: long,
    startedAt: at,
    from: "b",
    to: "a",
    zeroAt: at,
    drainUntil: at,
    next: "0123456789",
  },
  draining: { slot: "a", since: at, until: at },
  drift: { repairs: Array.from({ length: bounds.repairs }, () => at), message: long },
  stickiness: { durationSeconds: 3600, offSince: at, restoreAt: at },
  unavailableSince: at,
  failedRevision: "9c02ab34ef",
  failedRelease: "9c02ab34ef-1",
  failedReason: "StepTimeout",
  attempts: Array.from({ length: bounds.attempts }, (_, index) => ({ revision: `r${index}`, attempt: 1 })),
  attemptFloor: 3,
  lastHandled: { approve: "a", promote: "b", abort: "c", retry: "d" },
  history: Array.from({ length: bounds.history }, () => ({
    release: "9c02ab34ef-1",
    revision: "9c02ab34ef",
    modelVersion: "v8",
    outcome: "RolledBack" as const,
    reason: "AlarmFiring" as const,
    message: long,
    startedAt: at,
    finishedAt: at,
  })),
  replicas: 6,
  selector: "app=sentiment,modelrollout.dev/slot=a",
  stepText: "1/3",
  router: "ALB 1 rule",
  modelVersion: "v8",
  alarmSummary: "2/3 pass",
  conditions: [
    {
      type: "Ready",
      status: "False",
      reason: "Holding",
      message: long,
      lastTransitionTime: at,
      observedGeneration: 7,
    },
  ],
};

test("a status with every field at its bound is stored as it is", async () => {
  await cluster.client.create(pathOf(cluster), rollout("slots", {}, "full"));
  await cluster.client.patch(`${pathOf(cluster, "full")}/status`, "merge", { status: everything });
  const { status } = await cluster.client.get<ModelRollout>(pathOf(cluster, "full"));
  expect(status).toEqual(everything);
});

test("words of a later version of the operator are not refused", async () => {
  await cluster.client.create(pathOf(cluster), rollout("slots", {}, "later"));
  const status = {
    state: "Mirroring",
    intent: { id: "1", action: "MirrorTraffic", since: at },
    conditions: [
      { type: "Mirrored", status: "True", reason: "Mirroring", message: "", lastTransitionTime: at },
    ],
  };
  const write = cluster.client.patch(`${pathOf(cluster, "later")}/status`, "merge", { status });
  expect(await messageOf(write)).toBeUndefined();
});

test("the status endpoint leaves the spec alone, and the other way round", async () => {
  const path = pathOf(cluster, "apart");
  await cluster.client.create(pathOf(cluster), rollout("slots", {}, "apart"));
  await cluster.client.patch(`${path}/status`, "merge", { spec: { replicas: 1 }, status: { state: "Idle" } });
  await cluster.client.patch(path, "merge", { spec: { replicas: 8 }, status: { state: "Blocked" } });
  const { metadata, spec, status } = await cluster.client.get<ModelRollout>(path);
  expect({ generation: metadata.generation, replicas: spec.replicas, state: status?.state }).toEqual({
    generation: 2,
    replicas: 8,
    state: "Idle",
  });
});

/** The definition under another name, so that changing its rules disturbs nobody. */
function otherDefinition(keepRules: boolean): Fields {
  const definition = merge(customResourceDefinition(), {
    metadata: { name: "olderrollouts.older.modelrollout.dev" },
    spec: {
      group: "older.modelrollout.dev",
      names: {
        kind: "OlderRollout",
        listKind: "OlderRolloutList",
        plural: "olderrollouts",
        singular: "olderrollout",
        shortNames: null,
        categories: null,
      },
    },
  });
  return (keepRules ? definition : withoutRules(definition)) as Fields;
}

function withoutRules(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutRules);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "x-kubernetes-validations")
      .map(([key, field]) => [key, withoutRules(field)]),
  );
}

describe("a spec that was stored before the rules", () => {
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const own = `${definitions}/olderrollouts.older.modelrollout.dev`;
  const collection = () =>
    `/apis/older.modelrollout.dev/v1alpha1/namespaces/${cluster.namespace}/olderrollouts`;
  const object = (name: string, set: Fields) => ({
    ...rollout("slots", set, name),
    apiVersion: "older.modelrollout.dev/v1alpha1",
    kind: "OlderRollout",
  });
  /** One for each level at which rules sit. */
  const bad: Readonly<Record<string, Fields>> = {
    "Name.at.the.root": {},
    spec: { destination: "b" },
    traffic: { traffic: { alb: null } },
    strategy: { strategy: { drain: "soon", steps: [{ weight: 20 }, { weight: 10 }] } },
    analysis: { analysis: { alarms: [{ name: "x" }, { name: "x" }] } },
  };
  const nameOf = (key: string) => key.toLowerCase();

  beforeAll(async () => {
    await cluster.client.create(definitions, otherDefinition(false));
    for (const [key, set] of Object.entries(bad)) {
      await eventually(`the definition is served and takes ${key}`, async () => {
        await cluster.client.create(collection(), object(nameOf(key), set));
        return true;
      });
    }
    await cluster.client.patch(own, "merge", otherDefinition(true));
    await eventually("the rules are in force", async () => {
      const answer = await messageOf(
        cluster.client.create(`${collection()}?dryRun=All`, object("probe", { destination: "b" })),
      );
      return answer?.includes("spec.destination goes without a workload only") === true;
    });
  });
  afterAll(() => cluster.client.delete(own));

  test.each(Object.keys(bad))("%s: every status write is accepted", async (key) => {
    const path = `${collection()}/${nameOf(key)}/status`;
    for (const status of [everything, { state: "Blocked" }, null]) {
      expect(await messageOf(cluster.client.patch(path, "merge", { status }))).toBeUndefined();
    }
  });

  test.each(Object.keys(bad))("%s: a finalizer comes and goes", async (key) => {
    const path = `${collection()}/${nameOf(key)}`;
    for (const finalizers of [["modelrollout.dev/traffic"], null]) {
      expect(
        await messageOf(cluster.client.patch(path, "merge", { metadata: { finalizers } })),
      ).toBeUndefined();
    }
  });
});
