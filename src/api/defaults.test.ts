import { describe, expect, test } from "vitest";
import { InvalidSpecError, resolveSpec, resolveSteps } from "./defaults.ts";
import { DurationError } from "./duration.ts";
import { presetNames } from "./presets.ts";
import type { ModelRolloutSpec } from "./types.ts";

const arn = (resource: string) => `arn:aws:elasticloadbalancing:eu-west-1:123456789012:${resource}`;
const alb = {
  rules: [{ arn: arn("listener/app/edge/1/2") }],
  targetGroups: { a: arn("targetgroup/a/1"), b: arn("targetgroup/b/2") },
  service: { port: 8080 },
};
const template = { spec: { containers: [{ name: "server" }] } };
const pods = { replicas: 3, selector: { matchLabels: { app: "x" } }, template };
const slots: ModelRolloutSpec = { ...pods, traffic: { alb }, strategy: { steps: [{ weight: 10 }] } };

test("a spec that says as little as possible", () => {
  expect(resolveSpec(slots)).toEqual({
    workload: { kind: "slots", replicas: 3, matchLabels: { app: "x" }, template },
    traffic: {
      kind: "alb",
      region: "eu-west-1",
      rules: [alb.rules[0]?.arn],
      targetGroups: alb.targetGroups,
      bindTargets: true,
      service: { port: 8080, targetPort: 8080 },
    },
    strategy: {
      steps: [
        { weight: 10, holdMs: 300_000, approval: false, implied: false },
        { weight: 100, holdMs: 300_000, approval: false, implied: true },
      ],
      stepTimeoutMs: 3_600_000,
      retainMs: 600_000,
      drainMs: 60_000,
      canaryReplicas: "Proportional",
      minAvailablePercent: 50,
    },
    alarms: [],
    unreadableRollbackAfterMs: 3_600_000,
    paused: false,
  });
});

describe("steps", () => {
  test("the implied last one has its predecessor's hold, and no approval", () => {
    const steps = resolveSteps({
      steps: [
        { weight: 10, hold: "1m" },
        { weight: 50, hold: "20m", approval: true },
      ],
    });
    expect(steps.at(-1)).toEqual({ weight: 100, holdMs: 1_200_000, approval: false, implied: true });
  });

  test("a last one of 100 is the user's own", () => {
    const steps = resolveSteps({ steps: [{ weight: 100, hold: "30m", approval: true }] });
    expect(steps).toEqual([{ weight: 100, holdMs: 1_800_000, approval: true, implied: false }]);
  });

  test.each(presetNames)("%s says what its name says", (preset) => {
    const steps = resolveSteps({ preset });
    const [, share = "100", minutes = "5"] = /(?:(\d+)Percent)(?:Every)?(\d+)Minute/.exec(preset) ?? [];
    const every = preset.startsWith("Linear") ? Number(share) : 100 - Number(share);
    const weights = [Number(share)];
    while ((weights.at(-1) ?? 100) < 100) {
      weights.push((weights.at(-1) ?? 0) + every);
    }
    expect(steps.map(({ weight }) => weight)).toEqual(weights);
    expect(new Set(steps.map(({ holdMs }) => holdMs))).toEqual(new Set([Number(minutes) * 60_000]));
  });
});

describe("workloads", () => {
  test("template with rollingUpdate is one owned Deployment", () => {
    const { workload, traffic } = resolveSpec({ ...slots, traffic: { rollingUpdate: { maxSurge: 1 } } });
    expect(workload.kind).toBe("owned");
    expect(traffic).toEqual({ kind: "rollingUpdate", maxSurge: 1 });
  });

  test("workloadRef is an adopted one", () => {
    const workloadRef = { apiVersion: "apps/v1", kind: "Deployment", name: "x" } as const;
    const { workload } = resolveSpec({
      workloadRef,
      traffic: { rollingUpdate: {} },
      strategy: slots.strategy,
    });
    expect(workload).toEqual({ kind: "adopted", name: "x" });
  });

  test("without either, nothing is bound", () => {
    const { workload, traffic } = resolveSpec({
      destination: "b",
      traffic: { alb },
      strategy: slots.strategy,
    });
    expect(workload).toEqual({ kind: "outside", destination: "b" });
    expect(traffic).toMatchObject({ bindTargets: false });
  });
});

describe("regions", () => {
  const alarms = [{ name: "own", region: "us-west-2" }, { name: "default" }];
  const regionsOf = (spec: ModelRolloutSpec, operatorRegion?: string) =>
    resolveSpec({ ...spec, analysis: { alarms } }, operatorRegion).alarms.map(({ region }) => region);

  test("an alarm's is its own, else the traffic's, else the operator's, else none", () => {
    const inPlace: ModelRolloutSpec = { ...slots, traffic: { rollingUpdate: {} } };
    expect(regionsOf(slots, "us-east-1")).toEqual(["us-west-2", "eu-west-1"]);
    expect(regionsOf(inPlace, "us-east-1")).toEqual(["us-west-2", "us-east-1"]);
    expect(regionsOf(inPlace)).toEqual(["us-west-2", undefined]);
  });

  test("a mesh's is its own, else the operator's, else absent", () => {
    const appMesh = {
      meshName: "m",
      virtualRouterName: "r",
      routeName: "t",
      virtualNodes: { a: "a", b: "b" },
    };
    const mesh: ModelRolloutSpec = { ...slots, traffic: { appMesh } };
    expect(resolveSpec(mesh, "us-east-1").traffic).toEqual({
      kind: "appMesh",
      ...appMesh,
      region: "us-east-1",
    });
    expect(resolveSpec(mesh).traffic).toEqual({ kind: "appMesh", ...appMesh });
  });
});

test("what is written is not overwritten", () => {
  const resolved = resolveSpec({
    ...slots,
    paused: true,
    model: { version: "v8" },
    strategy: {
      steps: [{ weight: 100, hold: "1s" }],
      stepTimeout: "2s",
      retain: "3s",
      drain: "4s",
      canaryReplicas: "Full",
      rollback: { minAvailable: "75%" },
    },
    analysis: {
      alarms: [{ name: "x", onAlarm: "Pause", onInsufficientData: "Pass", destination: "b" }],
      unreadable: { rollbackAfter: "5s" },
    },
  });
  expect(resolved).toMatchObject({
    paused: true,
    model: { version: "v8" },
    strategy: {
      stepTimeoutMs: 2000,
      retainMs: 3000,
      drainMs: 4000,
      canaryReplicas: "Full",
      minAvailablePercent: 75,
    },
    alarms: [
      { name: "x", region: "eu-west-1", onAlarm: "Pause", onInsufficientData: "Pass", destination: "b" },
    ],
    unreadableRollbackAfterMs: 5000,
  });
});

describe("a spec that the API server would refuse today", () => {
  const { replicas: _, ...withoutReplicas } = slots;
  test.each<[string, ModelRolloutSpec]>([
    ["no traffic", { ...slots, traffic: {} }],
    ["no steps", { ...slots, strategy: {} }],
    ["no workload", { traffic: slots.traffic, strategy: slots.strategy }],
    ["no replicas", withoutReplicas],
    ["no ARN", { ...slots, traffic: { alb: { ...alb, targetGroups: { a: "a", b: "b" } } } }],
  ])("%s", (_, spec) => {
    expect(() => resolveSpec(spec)).toThrow(InvalidSpecError);
  });

  test("no duration", () => {
    expect(() => resolveSpec({ ...slots, strategy: { ...slots.strategy, drain: "soon" } })).toThrow(
      DurationError,
    );
  });
});
