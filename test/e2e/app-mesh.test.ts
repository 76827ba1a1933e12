import type { RouteData, RouteSpec, WeightedTarget } from "@aws-sdk/client-app-mesh";
import { describe, expect, test } from "vitest";
import { routeName } from "../../src/core/driven-traffic.ts";
import { createMeshStack } from "../aws-simulator/app-mesh/fixtures.ts";
import type { RolloutSpec } from "../world/manifest.ts";
import { conditionOf, type Rollout } from "../world/rollouts.ts";
import { blocked, expectReadable, sentenceOf } from "./sentences.ts";
import { useWorld } from "./shared.ts";

const world = useWorld();

type Weights = { readonly a: number; readonly b: number };
type Wanted = Omit<RolloutSpec, "name" | "edge" | "spec">;

/** A rollout behind a route of its own, in a mesh of its own. */
type Behind = {
  readonly rollout: Rollout;
  /** What the user applies, with the route in place of a rule. */
  readonly apply: (wanted?: Wanted) => Promise<void>;
  readonly route: () => RouteData;
  readonly weights: () => Weights;
  /** Every write of the route that took effect, in order. */
  readonly writes: readonly Weights[];
  /** Somebody else's write of the whole spec. */
  readonly rewrite: (change: (spec: RouteSpec) => RouteSpec) => void;
};

/** With all that a rewrite could lose. */
const routeSpec = (weightedTargets: WeightedTarget[]): RouteSpec => ({
  priority: 12,
  httpRoute: {
    match: { prefix: "/v1", headers: [{ name: "x-tenant", match: { exact: "gold" } }] },
    action: { weightedTargets },
    retryPolicy: {
      maxRetries: 2,
      perRetryTimeout: { unit: "ms", value: 250 },
      httpRetryEvents: ["server-error"],
    },
    timeout: { perRequest: { unit: "s", value: 20 } },
  },
});

async function behind(name: string, start: Weights = { a: 0, b: 0 }): Promise<Behind> {
  const { rollout } = await world.newRollout(name);
  const place = { meshName: name, virtualRouterName: "model", routeName: "main" };
  const virtualNodes = { a: `${name}-a`, b: `${name}-b` };
  createMeshStack(world.simulator, {
    mesh: name,
    router: "model",
    route: "main",
    weights: { [virtualNodes.a]: start.a, [virtualNodes.b]: start.b },
    spec: (targets) => routeSpec(targets.map((target) => ({ ...target, port: 8080 }))),
  });
  const route = (): RouteData =>
    world.simulator.invoke("appmesh", "DescribeRoute", place) as unknown as RouteData;
  const weightsIn = (spec: RouteSpec | undefined): Weights => {
    const of = (node: string): number =>
      spec?.httpRoute?.action?.weightedTargets?.find(({ virtualNode }) => virtualNode === node)?.weight ?? 0;
    return { a: of(virtualNodes.a), b: of(virtualNodes.b) };
  };
  const writes: Weights[] = [];
  world.simulator.onAfterCall(({ operation, input }) => {
    if (operation === "UpdateRoute" && input["meshName"] === name) writes.push(weightsIn(route().spec));
  });
  return {
    rollout,
    apply: async (wanted = {}) => {
      await rollout.apply({ ...wanted, spec: { traffic: { appMesh: { ...place, virtualNodes } } } });
    },
    route,
    weights: () => weightsIn(route().spec),
    writes,
    rewrite: (change) => {
      world.simulator.invoke("appmesh", "UpdateRoute", { ...place, spec: change(route().spec ?? {}) });
    },
  };
}

function withWeights(spec: RouteSpec, weightOf: (virtualNode: string) => number): RouteSpec {
  const { httpRoute } = spec;
  if (!httpRoute) throw new Error("no http route");
  const weightedTargets = (httpRoute.action?.weightedTargets ?? []).map((target) => ({
    ...target,
    weight: weightOf(target.virtualNode ?? ""),
  }));
  return { ...spec, httpRoute: { ...httpRoute, action: { weightedTargets } } };
}

/** All of a route's spec but the weights. */
const rest = ({ spec }: RouteData): RouteSpec => withWeights(spec ?? {}, () => 0);

const replicasOf = async (name: string): Promise<number> => {
  const path = `/apis/apps/v1/namespaces/${world.namespace}/deployments/${name}`;
  return (await world.client.get<{ spec: { replicas?: number } }>(path)).spec.replicas ?? 0;
};

describe("a template behind an App Mesh route", () => {
  test("a good version is released to 100 % through its steps, by nothing but the two weights", async () => {
    const { rollout, apply, route, weights, writes } = await behind("mesh-good");
    const before = rest(route());
    await apply({ version: "v1" });
    await rollout.waitForReady();
    expect(weights()).toEqual({ a: 100, b: 0 });

    await apply({ version: "v2" });
    const done = await rollout.waitFor(
      "v2 is stable",
      ({ status }) => status?.state === "Idle" && status.stable?.modelVersion === "v2",
    );
    expect(writes).toEqual([
      { a: 100, b: 0 },
      { a: 80, b: 20 },
      { a: 50, b: 50 },
      { a: 0, b: 100 },
    ]);
    expect(rest(route())).toEqual(before);
    expect(done.status).toMatchObject({
      router: "App Mesh route",
      stable: { modelVersion: "v2", slot: "b" },
      targets: [{ kind: "Route" }],
    });
    const settled = conditionOf(done, "TrafficSettled");
    expect(settled?.status).toBe("True");
    expect(settled?.message).toMatch(/AWS ended App Mesh on 2026-09-30.*simulator only/);
    await rollout.waitFor("the old version is emptied", ({ status }) => status?.retained === undefined);
    await rollout.waitForReady();
    expect([await replicasOf("mesh-good-a"), await replicasOf("mesh-good-b")]).toEqual([0, 2]);
    expectReadable(rollout);
    const services = world.operatorCalls().map(({ service }) => service);
    expect(services).not.toContain("elasticloadbalancing");
  });

  test("a bad version is taken back when its alarm fires, and its pods go after the drain", async () => {
    const { rollout, apply, weights, writes } = await behind("mesh-bad");
    world.simulator.alarms.put("mesh-bad-5xx", { state: "OK" });
    await apply({ version: "v1" });
    await rollout.waitForReady();
    const steps = [{ weight: 30, hold: "60s" }];
    await apply({ version: "v2", alarms: ["mesh-bad-5xx"], steps });
    await rollout.waitForState("Holding");
    expect(weights()).toEqual({ a: 70, b: 30 });

    world.simulator.alarms.set("mesh-bad-5xx", "ALARM");
    const back = await rollout.waitForState("RolledBack");
    expect(weights()).toEqual({ a: 100, b: 0 });
    expect(writes.at(-1)).toEqual({ a: 100, b: 0 });
    expect(back.status?.failedReason).toBe("AlarmFiring");
    expect(sentenceOf(back)).toMatch(/mesh-bad-5xx/);
    expect(back.status?.stable).toMatchObject({ modelVersion: "v1", slot: "a", readyReplicas: 2 });
    expect(await replicasOf("mesh-bad-b")).toBe(0);
  });

  test("a version whose pods never get Ready gets no weight: pods are the capacity", async () => {
    const { rollout, apply, writes } = await behind("mesh-never");
    await apply({ version: "v1" });
    await rollout.waitForReady();
    const podAnnotations = { "modelrollout.dev/test-never-ready": "true" };
    await apply({ version: "v2", podAnnotations, strategy: { stepTimeout: "4s" } });
    const back = await rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("StepTimeout");
    expect(sentenceOf(back)).toMatch(/0 of 1 pods of \w+ Ready in slot b/);
    expect(writes.every(({ b }) => b === 0)).toBe(true);
  });
});

describe("what stands there already", () => {
  test("a node with weight may be somebody's service: the first revision goes to the other through all steps", async () => {
    const { rollout, apply, weights, writes } = await behind("mesh-theirs", { a: 100, b: 0 });
    await apply({ version: "v1", steps: [{ weight: 40, hold: "1s" }] });
    const seen = await rollout.waitForState("Holding");
    expect(seen.status?.stable).toMatchObject({ slot: "a", unmanaged: true });
    await rollout.waitFor("v1 is stable", ({ status }) => status?.stable?.modelVersion === "v1");
    expect(writes).toEqual([
      { a: 60, b: 40 },
      { a: 0, b: 100 },
    ]);
    expect(weights()).toEqual({ a: 0, b: 100 });
  });

  test("somebody else's writes are told of by version, and a canary's weight that they raise is put back", async () => {
    const { rollout, apply, rewrite, weights, route } = await behind("mesh-drift");
    await apply({ version: "v1" });
    await rollout.waitForReady();
    rewrite((spec) => ({ ...spec, priority: 13 }));
    const told = await rollout.waitFor("a note on the route", ({ status }) =>
      (status?.targets?.[0]?.message ?? "").includes("somebody else has written"),
    );
    expect(told.status?.targets?.[0]?.message).toMatch(/version 3, ours was 2/);
    expect(conditionOf(told, "Ready")?.status).toBe("True");

    rewrite((spec) => withWeights(spec, (node) => (node === "mesh-drift-a" ? 90 : 10)));
    await rollout.waitFor("put back", () => weights().a === 100 && weights().b === 0);
    expect(route().spec?.priority).toBe(13);
    const noticed = (await rollout.events()).map(({ reason }) => reason);
    expect(noticed).toContain("DriftRepaired");
  });

  test("a route that does not exist is Blocked, and the end of the service is said", async () => {
    const { rollout } = await world.newRollout("mesh-none");
    const appMesh = {
      meshName: "none",
      virtualRouterName: "model",
      routeName: "main",
      virtualNodes: { a: "none-a", b: "none-b" },
    };
    await rollout.apply({ spec: { traffic: { appMesh } } });
    expect(await blocked(rollout, "RuleNotFound")).toMatch(
      /no mesh named none; AWS ended App Mesh on 2026-09-30/,
    );
  });

  test("two rollouts on one route: the younger stands back, whether it names the region or not", async () => {
    const { rollout, apply, writes } = await behind("mesh-older");
    await apply({ version: "v1" });
    await rollout.waitForReady();
    const before = writes.length;
    const { rollout: younger } = await world.newRollout("mesh-younger");
    const appMesh = {
      region: world.simulator.region,
      meshName: "mesh-older",
      virtualRouterName: "model",
      routeName: "main",
      virtualNodes: { a: "mesh-older-a", b: "mesh-older-b" },
    };
    await younger.apply({ spec: { traffic: { appMesh } } });
    expect(await blocked(younger, "OwnedByAnother")).toContain(`${world.namespace}/mesh-older`);
    expect(rollout.latest?.status?.traffic?.rules).toEqual([routeName(appMesh)]);
    expect(writes.length).toBe(before);
  });
});

test("deletion in mid-release takes the traffic back first, and leaves the route as it was", async () => {
  const { rollout, apply, weights, route } = await behind("mesh-gone");
  const before = rest(route());
  await apply({ version: "v1" });
  await rollout.waitForReady();
  await apply({ version: "v2", steps: [{ weight: 30, hold: "60s" }] });
  await rollout.waitForState("Holding");
  await rollout.delete();
  await rollout.waitGone();
  expect(weights()).toEqual({ a: 100, b: 0 });
  expect(rest(route())).toEqual(before);
  await expect(replicasOf("mesh-gone-a")).rejects.toThrow(/404/);
});
