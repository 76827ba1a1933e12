import { expect, it } from "vitest";
import type { Traffic } from "../api/types.ts";
import { drivenTraffic, withDriven } from "./driven-traffic.ts";

const mesh = (routeName: string, region?: string): Traffic => ({
  appMesh: {
    ...(region === undefined ? {} : { region }),
    meshName: "ai",
    virtualRouterName: "shop",
    routeName,
    virtualNodes: { a: "shop-a", b: "shop-b" },
  },
});

const alb = (arn: string, region?: string, group = "group"): Traffic => ({
  alb: {
    ...(region === undefined ? {} : { region }),
    rules: [{ arn }],
    targetGroups: { a: `${group}-a`, b: `${group}-b` },
    service: { port: 80 },
  },
});

it("a route is named with its region, the operator's own where the spec has none", () => {
  const name = "appmesh:us-east-1:mesh/ai/virtualRouter/shop/route/main";
  expect(drivenTraffic(mesh("main"), "us-east-1")).toEqual({ rules: [name], a: "shop-a", b: "shop-b" });
  expect(drivenTraffic(mesh("main", "us-east-1"), "eu-west-1")?.rules).toEqual([name]);
});

it("what was driven takes the place of an edited spec, whatever the operator's region is by then", () => {
  const before = drivenTraffic(mesh("main"), "us-east-1");
  const back = before && withDriven(mesh("other", "eu-west-1"), before);
  expect(back).toEqual(mesh("main", "us-east-1"));
  expect(back && drivenTraffic(back, "eu-west-1")).toEqual(before);
});

it("rules are kept by ARN, which has the region, and everything else of the spec is today's", () => {
  const before = drivenTraffic(alb("rule-1"), "us-east-1");
  expect(before).toEqual({ rules: ["rule-1"], a: "group-a", b: "group-b" });
  expect(before && withDriven(alb("rule-2", "us-east-1", "other"), before)).toEqual(alb("rule-1"));
});

it("a spec without rules drives none, and a name that nobody wrote changes nothing", () => {
  expect(drivenTraffic({ rollingUpdate: {} }, "us-east-1")).toBeUndefined();
  const broken = { rules: ["nonsense"], a: "x", b: "y" };
  expect(withDriven(mesh("main"), broken)).toEqual(mesh("main"));
  expect(withDriven({ rollingUpdate: {} }, broken)).toEqual({ rollingUpdate: {} });
  const route = drivenTraffic(mesh("main"), "us-east-1");
  expect(route && withDriven({ rollingUpdate: {} }, route)).toEqual({ rollingUpdate: {} });
});
