import { afterAll, beforeAll, expect, it } from "vitest";
import { createAws } from "../../src/aws/clients.ts";
import { type AlbFleet, createAlbFleet } from "../../src/routers/alb/fleet.ts";
import { createAlbRouter } from "../../src/routers/alb/router.ts";
import type { TrafficRouter } from "../../src/routers/router.ts";
import { createStack } from "../aws-simulator/fixtures.ts";
import { type SimulatorWorld, startSimulatorWorld, testCredentials } from "./alb-simulator-world.ts";

let world: SimulatorWorld;
beforeAll(async () => {
  world = await startSimulatorWorld();
});
afterAll(async () => {
  await world.stop();
});

const count = 30;
const rate = { burst: 5, perSecond: 20 };

function newRouter(fleet: AlbFleet, name: string): TrafficRouter {
  const stack = createStack(world.simulator, { name });
  return createAlbRouter({
    config: {
      rules: [{ arn: stack.ruleArn }],
      targetGroups: { a: stack.group("a"), b: stack.group("b") },
      bindTargets: true,
      grantee: { namespace: "default" },
    },
    fleet,
  });
}

/** Looks as plans do: with little patience, again when something has come late. Resolves with the looks it took. */
async function untilKnown(router: TrafficRouter): Promise<number> {
  for (let looks = 1; ; looks += 1) {
    const woken = Promise.withResolvers<void>();
    const wish = { maxAgeMs: 12_000, signal: AbortSignal.timeout(50), onLate: () => woken.resolve() };
    const [read, health] = await Promise.all([router.read(wish), router.health(wish)]);
    const unread = [read.targets[0], health?.a, health?.b].filter((each) => each?.problem !== undefined);
    if (unread.length === 0) return looks;
    await woken.promise;
  }
}

it("30 rollouts that are seen at once are all known after the fewest requests, in the time that these need", async () => {
  const { simulator } = world;
  const aws = createAws({
    version: "contract",
    endpoint: simulator.endpoint,
    credentials: testCredentials,
    budgets: { elasticloadbalancing: rate },
  });
  try {
    const fleet = createAlbFleet(aws);
    const routers = Array.from({ length: count }, (_, index) => newRouter(fleet, `crowd${index}`));
    const before = simulator.calls.length;
    const since = performance.now();
    const looks = await Promise.all(routers.map(untilKnown));
    const seconds = (performance.now() - since) / 1_000;
    const asked = simulator.calls.slice(before).map(({ operation }) => operation);
    const of = (operation: string): number => asked.filter((each) => each === operation).length;
    // One for each group of targets, nobody's twice although each was asked for at every look.
    expect(of("DescribeTargetHealth")).toBe(2 * count);
    // Rule, listener and load balancer of each; 20 share a request. All rules share one.
    expect(of("DescribeTags")).toBe(Math.ceil((3 * count) / 20));
    expect(of("DescribeRules")).toBe(1);
    expect(asked).toHaveLength(2 * count + Math.ceil((3 * count) / 20) + 1);
    expect(seconds).toBeLessThan((1.3 * asked.length) / rate.perSecond);
    expect(Math.max(...looks)).toBeGreaterThan(1);
  } finally {
    aws.destroy();
  }
});
