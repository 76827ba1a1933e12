import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAlbFleet } from "../../src/routers/alb/fleet.ts";
import { createAlbRouter } from "../../src/routers/alb/router.ts";
import { createAppMeshFleet } from "../../src/routers/app-mesh/fleet.ts";
import { createAppMeshRouter } from "../../src/routers/app-mesh/router.ts";
import { type Grantee, grantTag } from "../../src/routers/grant.ts";
import type { TrafficRouter } from "../../src/routers/router.ts";
import { createMeshStack } from "../aws-simulator/app-mesh/fixtures.ts";
import { createStack, type Stack } from "../aws-simulator/fixtures.ts";
import { type SimulatorWorld, startSimulatorWorld } from "./alb-simulator-world.ts";
import { startMeshWorld } from "./app-mesh-simulator-world.ts";
import { readFirst } from "./router-reads.ts";
import { rollback } from "./router-rollbacks.ts";
import { raise } from "./router-shifts.ts";

const prod: Grantee = { namespace: "prod", cluster: "eu" };
const tagged = (value: string | undefined): Record<string, string> =>
  value === undefined ? { team: "x" } : { [grantTag]: value };

/** What a rule, or a route, and what it hangs on say; undefined: nothing. */
const rows: readonly [own: string | undefined, above: string | undefined, granted: boolean][] = [
  ["prod", undefined, true],
  ["staging eu/prod", undefined, true],
  ["@all", undefined, true],
  [undefined, "prod", true],
  [undefined, undefined, false],
  ["staging", undefined, false],
  ["us/prod", undefined, false],
  ["staging", "prod", false],
];

describe("a rule", () => {
  let world: SimulatorWorld;
  beforeAll(async () => {
    world = await startSimulatorWorld();
  });
  afterAll(async () => await world.stop());

  let stacks = 0;
  const stackWith = (tags: {
    readonly rule?: string;
    readonly listener?: string;
    readonly balancer?: string;
  }): Stack => {
    stacks += 1;
    const stack = createStack(world.simulator, { name: `grant${stacks}`, weights: { a: 100, b: 0 } });
    const all = world.simulator.world.region("123456789012", "us-east-1").elb.tags;
    all.set(stack.ruleArn, tagged(tags.rule));
    all.set(stack.listenerArn, tagged(tags.listener));
    all.set(stack.loadBalancerArn, tagged(tags.balancer));
    return stack;
  };
  const routerFor = (stack: Stack, grantee?: Grantee): TrafficRouter =>
    createAlbRouter({
      config: {
        rules: [{ arn: stack.ruleArn }],
        targetGroups: { a: stack.group("a"), b: stack.group("b") },
        bindTargets: false,
        ...(grantee ? { grantee } : {}),
      },
      fleet: createAlbFleet(world.aws),
    });
  const weights = (stack: Stack): readonly number[] =>
    Object.values(world.simulator.elb.weights(stack.ruleArn));

  it.each(rows)("tagged %j, on a load balancer tagged %j: %s", async (rule, balancer, granted) => {
    const stack = stackWith({
      ...(rule === undefined ? {} : { rule }),
      ...(balancer === undefined ? {} : { balancer }),
    });
    const router = routerFor(stack, prod);
    const { refusal } = await readFirst(router);
    expect(refusal?.reason).toBe(granted ? undefined : "NotGranted");
    await router.write(raise(0, 10));
    expect(weights(stack)).toEqual(granted ? [90, 10] : [100, 0]);
  });

  it("nothing is written without a grant: no raise, no repair, no restoring", async () => {
    const stack = stackWith({});
    const router = routerFor(stack, prod);
    for (const purpose of ["raise", "repair", "restore"] as const) {
      await router.write({ ...raise(0, 10), purpose });
      expect(weights(stack)).toEqual([100, 0]);
    }
  });

  it("a release that began with a grant is taken back without one", async () => {
    const stack = stackWith({ rule: "prod" });
    const router = routerFor(stack, prod);
    await router.write(raise(0, 10));
    world.simulator.world.region("123456789012", "us-east-1").elb.tags.set(stack.ruleArn, {});
    await router.write(rollback);
    expect(weights(stack)).toEqual([100, 0]);
  });

  it("the message says what to write where; once it is written the next look takes it", async () => {
    const stack = stackWith({});
    const router = routerFor(stack, prod);
    expect((await readFirst(router)).refusal?.message).toMatch(
      /^the rule listener-rule\/app\/grant\S+ is not granted to namespace prod: .* with the value eu\/prod$/,
    );
    world.simulator.invoke("elasticloadbalancing", "AddTags", {
      ResourceArns: [stack.ruleArn],
      Tags: [{ Key: grantTag, Value: "eu/prod" }],
    });
    expect((await readFirst(router)).refusal).toBeUndefined();
  });

  it("is anybody's where no grant is required", async () => {
    expect((await readFirst(routerFor(stackWith({})))).refusal).toBeUndefined();
  });
});

describe("a route", () => {
  let world: Awaited<ReturnType<typeof startMeshWorld>>;
  beforeAll(async () => {
    world = await startMeshWorld();
  });
  afterAll(async () => await world.stop());

  let meshes = 0;
  const routerOver = (
    route: string | undefined,
    mesh: string | undefined,
    grantee?: Grantee,
  ): TrafficRouter => {
    meshes += 1;
    const meshName = `grant${meshes}`;
    const arn = createMeshStack(world.simulator, { mesh: meshName, router: "api", route: "main" });
    const { tags } = world.simulator.world.region(world.simulator.account, world.simulator.region).appMesh;
    tags.set(arn, tagged(route));
    tags.set(arn.replace(/\/virtualRouter.*/, ""), tagged(mesh));
    return createAppMeshRouter({
      config: {
        region: "us-east-1",
        meshName,
        virtualRouterName: "api",
        routeName: "main",
        virtualNodes: { a: "a", b: "b" },
        ...(grantee ? { grantee } : {}),
      },
      fleet: createAppMeshFleet(world.aws),
    });
  };

  it.each(rows)("tagged %j, in a mesh tagged %j: %s", async (route, mesh, granted) => {
    const router = routerOver(route, mesh, prod);
    expect((await readFirst(router)).refusal?.reason).toBe(granted ? undefined : "NotGranted");
    const [written] = (await router.write(raise(0, 10))).targets;
    expect(written?.raw).toEqual(granted ? { a: 90, b: 10 } : { a: 100, b: 0 });
  });

  it("is anybody's where no grant is required", async () => {
    expect((await readFirst(routerOver(undefined, undefined))).refusal).toBeUndefined();
  });

  it("tags of a mesh that cannot be read are a problem, not a grant", async () => {
    const router = routerOver(undefined, "prod", prod);
    const fault = world.simulator.faults.add({ kind: "denied", operation: "ListTagsForResource" });
    expect((await readFirst(router)).problem?.message).toContain("appmesh:ListTagsForResource");
    fault.remove();
  });
});
