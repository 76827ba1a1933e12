import { expect, test } from "vitest";
import type { ModelRolloutStatus } from "../api/types.ts";
import { trafficChanged, withFrozenTraffic } from "./frozen-traffic.ts";
import type { RolloutObject } from "./reflectors.ts";

const rollout = (rule: string, status: ModelRolloutStatus): RolloutObject =>
  ({
    spec: { traffic: { alb: { rules: [{ arn: rule }], targetGroups: { a: "group-a", b: "group-b" } } } },
    status,
  }) as unknown as RolloutObject;

const canary = { revision: "c", slot: "b", replicas: 1, readyReplicas: 1 } as const;
const traffic = { b: "group-b", a: "group-a", rules: ["rule-1"] };

test("in mid-release another rule in the spec waits: the release keeps driving its own", () => {
  const edited = rollout("rule-2", { canary, traffic });
  expect(trafficChanged(edited, "us-east-1")).toBe(true);
  expect(withFrozenTraffic(edited, "us-east-1").spec.traffic.alb).toMatchObject({
    rules: [{ arn: "rule-1" }],
    targetGroups: { a: "group-a", b: "group-b" },
  });
});

test("without an edit, and at rest, the spec counts as it stands", () => {
  const same = rollout("rule-1", { canary, traffic });
  expect(trafficChanged(same, "us-east-1")).toBe(false);
  expect(withFrozenTraffic(same, "us-east-1")).toBe(same);
  const idle = rollout("rule-2", { traffic });
  expect(withFrozenTraffic(idle, "us-east-1")).toBe(idle);
});

test("a route of App Mesh waits in the same way; naming the operator's own region is no edit", () => {
  const route = { meshName: "ai", virtualRouterName: "shop", routeName: "main" };
  const virtualNodes = { a: "shop-a", b: "shop-b" };
  const driven = {
    a: "shop-a",
    b: "shop-b",
    rules: ["appmesh:us-east-1:mesh/ai/virtualRouter/shop/route/main"],
  };
  const mesh = (spec: object): RolloutObject =>
    ({
      spec: { traffic: { appMesh: { ...route, virtualNodes, ...spec } } },
      status: { canary, traffic: driven },
    }) as unknown as RolloutObject;
  expect(trafficChanged(mesh({}), "us-east-1")).toBe(false);
  expect(trafficChanged(mesh({ region: "us-east-1" }), "eu-west-1")).toBe(false);
  const edited = mesh({ routeName: "other", virtualNodes: { a: "x", b: "y" } });
  expect(trafficChanged(edited, "us-east-1")).toBe(true);
  expect(withFrozenTraffic(edited, "us-east-1").spec.traffic.appMesh).toEqual({
    ...route,
    region: "us-east-1",
    virtualNodes,
  });
});
