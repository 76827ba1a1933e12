import { expect } from "vitest";
import type { TargetRead } from "../../src/core/observed.ts";
import type { TrafficRouter } from "../../src/routers/router.ts";
import { eventually, timed } from "./conditions.ts";
import type { Case } from "./router-world.ts";

/** The one target of a read. */
export const only = (targets: readonly TargetRead[]): TargetRead => {
  expect(targets).toHaveLength(1);
  return targets[0] as TargetRead;
};

/** Health, where there is any to ask about. */
const healthOf = async (router: TrafficRouter) => {
  const health = await router.health({ maxAgeMs: 0 });
  if (health === undefined) throw new Error("no health, although it says that targets are the capacity");
  return health;
};

/** The first target, freshly read. */
export const readFirst = async (router: TrafficRouter): Promise<TargetRead> =>
  (await router.read({ maxAgeMs: 0 })).targets[0] as TargetRead;

/** The sentences about reading weights and health. */
export const readCases: readonly Case[] = [
  {
    name: "reads the shares that stand there",
    async run(world) {
      const scene = await world.scene({ weights: { a: 90, b: 10 } });
      const before = Date.now();
      const read = await scene.router.read({ maxAgeMs: 0 });
      expect(read.at).toBeGreaterThanOrEqual(before);
      expect(only(read.targets)).toMatchObject({ id: scene.targets[0], shares: { a: 90, b: 10 } });
    },
  },
  {
    name: "gives shares of odd weights in percent",
    async run(world) {
      const scene = await world.scene({ weights: { a: 3, b: 1 } });
      expect(await readFirst(scene.router)).toMatchObject({ raw: { a: 3, b: 1 }, shares: { a: 75, b: 25 } });
    },
  },
  {
    name: "gives no shares where all weights are 0",
    async run(world) {
      const scene = await world.scene({ weights: { a: 0, b: 0 } });
      const read = await readFirst(scene.router);
      expect(read.raw).toEqual({ a: 0, b: 0 });
      expect(read.shares).toBeUndefined();
    },
  },
  {
    name: "reads several targets, each as it stands, in the order of the spec",
    needs: ["several"],
    async run(world) {
      const scene = await world.scene({ targets: 3 });
      await scene.setWeights(scene.targets[1] ?? "", { a: 60, b: 40 });
      const { targets } = await scene.router.read({ maxAgeMs: 0 });
      expect(targets.map(({ id }) => id)).toEqual(scene.targets);
      expect(targets.map(({ shares }) => shares?.b)).toEqual([0, 40, 0]);
    },
  },
  {
    name: "a target that does not exist is a problem of its own, and the others are read",
    needs: ["several"],
    async run(world) {
      const scene = await world.scene({ targets: 2, extra: "missing" });
      const { targets } = await scene.router.read({ maxAgeMs: 0 });
      const lost = targets.find(({ id }) => id === scene.extra);
      expect(lost?.problem?.kind).toBe("notFound");
      expect(lost?.shares).toBeUndefined();
      expect(targets.filter(({ problem }) => !problem)).toHaveLength(2);
    },
  },
  {
    name: "a target id that is nonsense is invalid, and the others are read",
    needs: ["several"],
    async run(world) {
      const scene = await world.scene({ extra: "malformed" });
      const { targets } = await scene.router.read({ maxAgeMs: 0 });
      expect(targets.find(({ id }) => id === scene.extra)?.problem?.kind).toBe("invalid");
      expect(targets.filter(({ problem }) => !problem)).toHaveLength(1);
    },
  },
  {
    name: "refuses a target in which a third destination has weight, and still says what the canary has",
    async run(world) {
      const scene = await world.scene({ weights: { a: 60, b: 20 }, third: 20 });
      const read = await readFirst(scene.router);
      expect(read.refusal?.reason).toBe("ThirdGroupHasWeight");
      expect(read.shares).toEqual({ a: 75, b: 25 });
    },
  },
  {
    name: "leaves a third destination without weight alone",
    async run(world) {
      const scene = await world.scene({ third: 0 });
      const read = await readFirst(scene.router);
      expect(read.refusal).toBeUndefined();
      expect(read.shares).toEqual({ a: 100, b: 0 });
    },
  },
  {
    name: "refuses a target that lacks a destination, naming it",
    async run(world) {
      const scene = await world.scene({ lacksB: true });
      const read = await readFirst(scene.router);
      expect(read.refusal?.reason).toBe("GroupMissing");
      expect(read.refusal?.message).toMatch(/-b\b/);
      expect(read.shares).toEqual({ a: 100, b: 0 });
    },
  },
  {
    name: "says how long cookies hold clients",
    needs: ["stickiness"],
    async run(world) {
      const sticky = await world.scene({ sticky: 120 });
      expect((await readFirst(sticky.router)).stickySeconds).toBe(120);
      const plain = await world.scene();
      expect((await readFirst(plain.router)).stickySeconds).toBeUndefined();
    },
  },
  {
    name: "an answer young enough is given again; a fresh one is asked for when none will do",
    needs: ["calls"],
    async run(world) {
      const scene = await world.scene();
      const first = await scene.router.read({ maxAgeMs: 60_000 });
      const second = await scene.router.read({ maxAgeMs: 60_000 });
      expect(second).toEqual(first);
      expect(scene.calls("read")).toBe(1);
      await scene.router.read({ maxAgeMs: 0 });
      expect(scene.calls("read")).toBe(2);
    },
  },
  {
    name: "several targets are asked for in one request",
    needs: ["several", "calls"],
    async run(world) {
      const scene = await world.scene({ targets: 4 });
      await scene.router.read({ maxAgeMs: 0 });
      expect(scene.calls("read")).toBe(1);
    },
  },
  {
    name: "a missing target does not cost a search again at every poll",
    needs: ["several", "calls"],
    async run(world) {
      const scene = await world.scene({ targets: 3, extra: "missing" });
      await scene.router.read({ maxAgeMs: 0 });
      const searched = scene.calls("read");
      expect(searched).toBeGreaterThan(1);
      for (const _ of [1, 2, 3]) await scene.router.read({ maxAgeMs: 0 });
      expect(scene.calls("read")).toBe(searched + 3);
    },
  },
  ...(
    [
      ["throttle", "throttled"],
      ["denied", "denied"],
      ["expiredToken", "denied"],
      ["error503", "unreachable"],
      ["refuse", "unreachable"],
      ["garbage", "unreachable"],
      ["hang", "unreachable"],
    ] as const
  ).map(
    ([kind, expected]): Case => ({
      name: `a read that meets '${kind}' is '${expected}', within bounded time, and the next one is good again`,
      needs: ["faults"],
      async run(world) {
        const scene = await world.scene();
        const fault = scene.fault({ kind }, { on: "read" });
        const { value, ms } = await timed(() => readFirst(scene.router));
        expect(value.problem?.kind).toBe(expected);
        expect(value.problem?.message).toMatch(/^Describe\w+ in us-east-1: /);
        expect(value.problem?.message).not.toMatch(/\n/);
        if (kind === "denied")
          expect(value.problem?.message).toMatch(/elasticloadbalancing:Describe|appmesh:Describe/);
        expect(value.shares).toBeUndefined();
        expect(ms).toBeLessThan(5_000);
        fault.remove();
        expect((await readFirst(scene.router)).problem).toBeUndefined();
      },
    }),
  ),
  {
    name: "a read that is given up is a problem, at once",
    needs: ["faults"],
    async run(world) {
      const scene = await world.scene();
      scene.fault({ kind: "slow", ms: 1_500 }, { on: "read", times: 1 });
      const { value, ms } = await timed(() =>
        scene.router.read({ maxAgeMs: 0, signal: AbortSignal.timeout(100) }),
      );
      expect(only(value.targets).problem?.kind).toBe("unreachable");
      expect(ms).toBeLessThan(1_000);
    },
  },
  {
    name: "has health to tell exactly where it says that targets are the capacity",
    async run(world) {
      const { router } = await world.scene();
      const health = await router.health({ maxAgeMs: 0 });
      expect(health === undefined ? "pods" : "targets").toBe(router.capacity);
      expect(router.capacity).toBe(world.cannot.targets === undefined ? "targets" : "pods");
    },
  },
  {
    name: "says which addresses are registered and which are healthy",
    needs: ["targets"],
    async run(world) {
      const scene = await world.scene();
      await scene.register("a", "10.0.0.1");
      await scene.register("b", "10.0.1.1");
      const health = await eventually(
        () => healthOf(scene.router),
        ({ a, b }) => a.healthy.length === 1 && b.healthy.length === 1,
      );
      expect(health.a).toMatchObject({ registered: ["10.0.0.1"], healthy: ["10.0.0.1"] });
      expect(health.b).toMatchObject({ registered: ["10.0.1.1"], healthy: ["10.0.1.1"] });
    },
  },
  {
    name: "a destination with weight 0 is checked too; an unhealthy address is registered, not healthy; a draining one is neither",
    needs: ["targets", "health"],
    async run(world) {
      const scene = await world.scene({ weights: { a: 100, b: 0 } });
      await scene.setHealthy("10.0.2.2", false);
      for (const address of ["10.0.2.1", "10.0.2.2", "10.0.2.3"]) await scene.register("b", address);
      const up = await eventually(
        () => healthOf(scene.router),
        ({ b }) => b.healthy.length === 2,
      );
      expect(up.b.registered).toEqual(["10.0.2.1", "10.0.2.2", "10.0.2.3"]);
      expect(up.b.healthy).toEqual(["10.0.2.1", "10.0.2.3"]);
      await scene.deregister("b", "10.0.2.3");
      const { b } = await healthOf(scene.router);
      expect(b.registered).toEqual(["10.0.2.1", "10.0.2.2"]);
      expect(b.healthy).toEqual(["10.0.2.1"]);
    },
  },
];
