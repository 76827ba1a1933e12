import {
  type AppMeshClient,
  CreateMeshCommand,
  CreateRouteCommand,
  CreateVirtualNodeCommand,
  DescribeRouteCommand,
  DescribeVirtualNodeCommand,
  DescribeVirtualRouterCommand,
  ListRoutesCommand,
  ListTagsForResourceCommand,
  type RouteSpec,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateRouteCommand,
} from "@aws-sdk/client-app-mesh";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createVirtualClock, type VirtualClock } from "../clock.ts";
import { type Simulator, startSimulator } from "../simulator.ts";
import { createMeshClient, createMeshStack } from "./fixtures.ts";

const place = { meshName: "shop", virtualRouterName: "api", routeName: "main" };

let clock: VirtualClock;
let simulator: Simulator;
let mesh: AppMeshClient;
let routeArn: string;

beforeEach(async () => {
  clock = createVirtualClock();
  simulator = await startSimulator({ clock });
  mesh = createMeshClient(simulator);
  routeArn = createMeshStack(simulator, { mesh: "shop", router: "api", route: "main" });
});

afterEach(async () => {
  mesh.destroy();
  await simulator.stop();
});

const spec = (weights: Readonly<Record<string, number>>, more: Partial<RouteSpec> = {}): RouteSpec => ({
  httpRoute: {
    match: { prefix: "/" },
    action: {
      weightedTargets: Object.entries(weights).map(([virtualNode, weight]) => ({ virtualNode, weight })),
    },
  },
  ...more,
});

const update = (next: RouteSpec, clientToken?: string) =>
  mesh.send(new UpdateRouteCommand({ ...place, spec: next, clientToken }));

describe("UpdateRoute", () => {
  it("replaces the whole spec, counts the version up and moves lastUpdatedAt", async () => {
    await update(spec({ a: 90, b: 10 }, { priority: 7 }));
    clock.advance(1500);
    const { route } = await update(spec({ a: 50, b: 50 }));
    expect(route?.spec).toEqual(spec({ a: 50, b: 50 }));
    expect(route?.metadata).toMatchObject({
      arn: "arn:aws:appmesh:us-east-1:123456789012:mesh/shop/virtualRouter/api/route/main",
      version: 3,
      createdAt: new Date(clock.now() - 1500),
      lastUpdatedAt: new Date(clock.now()),
    });
    const read = await mesh.send(new DescribeRouteCommand(place));
    expect(read.route?.spec).toEqual(spec({ a: 50, b: 50 }));
    expect(read.route?.status?.status).toBe("ACTIVE");
  });

  it("answers a repeated client token once and refuses it for another spec", async () => {
    const first = await update(spec({ a: 80, b: 20 }), "token-1");
    const again = await update(spec({ a: 80, b: 20 }), "token-1");
    expect(again.route?.metadata?.version).toBe(first.route?.metadata?.version);
    await expect(update(spec({ a: 70, b: 30 }), "token-1")).rejects.toMatchObject({
      name: "ConflictException",
      $metadata: { httpStatusCode: 409 },
    });
  });

  it.each([
    ["a sum above 100", spec({ a: 90, b: 11 })],
    ["a weight above 100", spec({ a: 101, b: 0 })],
    ["a negative weight", spec({ a: -1, b: 1 })],
    ["no target", spec({})],
    ["an unknown node", spec({ a: 1, nobody: 1 })],
    ["two kinds of route", spec({ a: 1 }, { tcpRoute: { action: { weightedTargets: [] } } })],
    ["no kind of route", {}],
  ])("refuses %s", async (_, wrong) => {
    await expect(update(wrong)).rejects.toMatchObject({
      name: "BadRequestException",
      $metadata: { httpStatusCode: 400 },
    });
    expect((await mesh.send(new DescribeRouteCommand(place))).route?.spec).toEqual(spec({ a: 100, b: 0 }));
  });

  it("refuses a client token of more than 36 characters", async () => {
    const long = update(spec({ a: 1 }), "x".repeat(37));
    await expect(long).rejects.toMatchObject({ name: "BadRequestException" });
  });

  it("allows all weights zero, and asks for a port where a node has several listeners", async () => {
    await update(spec({ a: 0, b: 0 }));
    const listeners = [8080, 8081].map((port) => ({ portMapping: { port, protocol: "http" as const } }));
    await mesh.send(
      new CreateVirtualNodeCommand({ meshName: "shop", virtualNodeName: "two", spec: { listeners } }),
    );
    await expect(update(spec({ a: 1, two: 1 }))).rejects.toMatchObject({ name: "BadRequestException" });
  });
});

describe("App Mesh", () => {
  it("says what does not exist", async () => {
    const unknown = mesh.send(new DescribeRouteCommand({ ...place, routeName: "typo" }));
    await expect(unknown).rejects.toMatchObject({
      name: "NotFoundException",
      $metadata: { httpStatusCode: 404 },
    });
    const noRouter = mesh.send(
      new DescribeVirtualRouterCommand({ meshName: "shop", virtualRouterName: "typo" }),
    );
    await expect(noRouter).rejects.toMatchObject({ name: "NotFoundException" });
    const noMesh = mesh.send(new DescribeVirtualNodeCommand({ meshName: "typo", virtualNodeName: "a" }));
    await expect(noMesh).rejects.toMatchObject({ name: "NotFoundException" });
    const twice = mesh.send(new CreateMeshCommand({ meshName: "shop" }));
    await expect(twice).rejects.toMatchObject({ name: "ConflictException" });
  });

  it("describes routers and nodes", async () => {
    const router = await mesh.send(
      new DescribeVirtualRouterCommand({ meshName: "shop", virtualRouterName: "api" }),
    );
    expect(router.virtualRouter?.spec?.listeners?.[0]?.portMapping?.port).toBe(8080);
    const node = await mesh.send(new DescribeVirtualNodeCommand({ meshName: "shop", virtualNodeName: "a" }));
    expect(node.virtualNode?.virtualNodeName).toBe("a");
  });

  it("lists routes in pages", async () => {
    for (const routeName of ["second", "third"]) {
      await mesh.send(new CreateRouteCommand({ ...place, routeName, spec: spec({ a: 100 }) }));
    }
    const { meshName, virtualRouterName } = place;
    const first = await mesh.send(new ListRoutesCommand({ meshName, virtualRouterName, limit: 2 }));
    expect(first.routes?.map((route) => route.routeName)).toEqual(["main", "second"]);
    const input = { meshName, virtualRouterName, limit: 2, nextToken: first.nextToken };
    const second = await mesh.send(new ListRoutesCommand(input));
    expect(second.routes?.map((route) => route.routeName)).toEqual(["third"]);
    expect(second.nextToken).toBeUndefined();
    const tooMany = mesh.send(new ListRoutesCommand({ meshName, virtualRouterName, limit: 101 }));
    await expect(tooMany).rejects.toMatchObject({ name: "BadRequestException" });
  });

  it("keeps tags", async () => {
    const tags = async () =>
      (await mesh.send(new ListTagsForResourceCommand({ resourceArn: routeArn }))).tags;
    expect(await tags()).toEqual([{ key: "modelrollout.dev/namespaces", value: "@all" }]);
    await mesh.send(new TagResourceCommand({ resourceArn: routeArn, tags: [{ key: "team", value: "ml" }] }));
    await mesh.send(
      new UntagResourceCommand({ resourceArn: routeArn, tagKeys: ["modelrollout.dev/namespaces"] }),
    );
    expect(await tags()).toEqual([{ key: "team", value: "ml" }]);
  });
});
