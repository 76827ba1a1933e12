import { expect } from "vitest";
import type { WeightsWrite } from "../../src/routers/router.ts";
import { eventually, timed } from "./conditions.ts";
import { only, readFirst } from "./router-reads.ts";
import { raise } from "./router-shifts.ts";
import type { Case, Scene } from "./router-world.ts";

/** All traffic back to a. */
export const rollback: WeightsWrite = { weights: { a: 100, b: 0 }, stickiness: "off", purpose: "rollback" };

const first = (scene: Scene): string => scene.targets[0] ?? "";
const half = { a: 50, b: 50 };

/** The sentences about taking traffic back. */
export const rollbackCases: readonly Case[] = [
  {
    name: "a rollback writes the stable weights to every target and reads them back",
    needs: ["several"],
    async run(world) {
      const scene = await world.scene({ targets: 3, weights: half });
      const { targets } = await scene.router.write(rollback);
      expect(targets.map(({ shares }) => shares?.b)).toEqual([0, 0, 0]);
      for (const target of scene.targets) expect(await scene.weights(target)).toEqual({ a: 100, b: 0 });
    },
  },
  {
    name: "a rollback needs no earlier read",
    async run(world) {
      const scene = await world.scene({ weights: half });
      const { targets } = await scene.fresh().write(rollback);
      expect(only(targets).shares).toEqual({ a: 100, b: 0 });
    },
  },
  {
    name: "a rollback takes weights and stickiness back in one request and keeps the rest",
    needs: ["stickiness", "calls"],
    async run(world) {
      const scene = await world.scene({ weights: half, sticky: 600, third: 0 });
      const before = await scene.rest(first(scene), { withoutStickiness: true });
      const read = only((await scene.router.write(rollback)).targets);
      expect(read.shares).toEqual({ a: 100, b: 0 });
      expect(read.stickySeconds).toBeUndefined();
      expect(scene.calls("write")).toBe(1);
      expect(await scene.rest(first(scene), { withoutStickiness: true })).toEqual(before);
    },
  },
  {
    name: "a rollback takes the canary out although a third destination has weight, and leaves that one alone",
    async run(world) {
      const scene = await world.scene({ weights: { a: 50, b: 30 }, third: 20 });
      const before = await scene.rest(first(scene), { withoutStickiness: true });
      const { targets } = await scene.router.write(rollback);
      expect(only(targets).shares).toEqual({ a: 100, b: 0 });
      const { a, b } = await scene.weights(first(scene));
      expect(b).toBe(0);
      expect(a).toBeGreaterThanOrEqual(80);
      expect(await scene.rest(first(scene), { withoutStickiness: true })).toEqual(before);
    },
  },
  {
    name: "a rollback where the canary's destination is gone writes nothing and says that it has no traffic",
    async run(world) {
      const scene = await world.scene({ lacksB: true });
      const before = await scene.rest(first(scene));
      const { targets } = await scene.router.write(rollback);
      expect(only(targets)).toMatchObject({ shares: { a: 100, b: 0 }, refusal: { reason: "GroupMissing" } });
      expect(await scene.rest(first(scene))).toEqual(before);
    },
  },
  ...(["denied", "throttle", "error503", "hang", "garbage"] as const).map(
    (kind): Case => ({
      name: `a rollback goes on from the last known state when the read before it meets '${kind}'`,
      needs: ["faults"],
      async run(world) {
        const scene = await world.scene({ weights: half, third: 0 });
        const before = await scene.rest(first(scene), { withoutStickiness: true });
        await readFirst(scene.router);
        const fault = scene.fault({ kind }, { on: "read" });
        const written = timed(() => scene.router.write(rollback));
        const since = performance.now();
        await eventually(
          () => scene.weights(first(scene)),
          ({ b }) => b === 0,
        );
        expect(performance.now() - since).toBeLessThan(2_500);
        expect(only((await written).value.targets).problem).toBeDefined();
        fault.remove();
        expect(await scene.weights(first(scene))).toEqual({ a: 100, b: 0 });
        expect(await scene.rest(first(scene), { withoutStickiness: true })).toEqual(before);
      },
    }),
  ),
  {
    name: "a rollback that never saw the target reports the problem and writes nothing",
    needs: ["faults", "calls"],
    async run(world) {
      const scene = await world.scene({ weights: half });
      scene.fault({ kind: "denied" }, { on: "read" });
      expect(only((await scene.fresh().write(rollback)).targets).problem?.kind).toBe("denied");
      expect(scene.calls("write")).toBe(0);
    },
  },
  {
    name: "a rollback writes although a (stale) read says that all is well",
    needs: ["calls"],
    async run(world) {
      const scene = await world.scene();
      await scene.router.write(rollback);
      expect(scene.calls("write")).toBe(1);
    },
  },
  {
    name: "after a write no read from before it is given, whatever age will do",
    async run(world) {
      const scene = await world.scene({ weights: { a: 90, b: 10 } });
      const lenient = async () => only((await scene.router.read({ maxAgeMs: 60_000 })).targets).shares?.b;
      expect(await lenient()).toBe(10);
      await scene.router.write(raise(10, 50));
      expect(await lenient()).toBe(50);
      await scene.router.write(rollback);
      expect(await lenient()).toBe(0);
    },
  },
  {
    name: "a rollback that is throttled once is repeated at once",
    needs: ["faults"],
    async run(world) {
      const scene = await world.scene({ weights: half });
      scene.fault({ kind: "throttle" }, { on: "write", times: 1 });
      const { value, ms } = await timed(() => scene.router.write(rollback));
      expect(only(value.targets)).toMatchObject({ shares: { a: 100, b: 0 } });
      expect(ms).toBeLessThan(3_000);
    },
  },
  {
    name: "a rollback that is refused on one target takes the others back and says why",
    needs: ["several", "faults"],
    async run(world) {
      const scene = await world.scene({ targets: 2, weights: half });
      scene.fault({ kind: "denied" }, { on: "write", target: first(scene) });
      const { targets } = await scene.router.write(rollback);
      expect(targets[0]).toMatchObject({ problem: { kind: "denied" }, shares: { b: 50 } });
      expect(targets[1]).toMatchObject({ shares: { a: 100, b: 0 } });
    },
  },
  {
    name: "a rollback does not wait for a raise that hangs, and ends it",
    needs: ["faults"],
    async run(world) {
      const scene = await world.scene({ weights: { a: 90, b: 10 } });
      const fault = scene.fault({ kind: "hang" }, { on: "write", times: 1 });
      const raising = scene.router.write(raise(10, 50));
      await eventually(
        () => fault.hits,
        (hits) => hits > 0,
        3_000,
      );
      const { value, ms } = await timed(() => scene.router.write(rollback));
      expect(ms).toBeLessThan(1_500);
      expect(only(value.targets).shares).toEqual({ a: 100, b: 0 });
      await raising;
      expect(await scene.weights(first(scene))).toEqual({ a: 100, b: 0 });
    },
  },
];
