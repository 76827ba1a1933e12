import { expect } from "vitest";
import type { WeightsWrite } from "../../src/routers/router.ts";
import { timed } from "./conditions.ts";
import { only, readFirst } from "./router-reads.ts";
import type { Case, Scene } from "./router-world.ts";

/** A raise of b from `from` to `to` percent. */
export const raise = (from: number, to: number): WeightsWrite => ({
  weights: { a: 100 - to, b: to },
  stickiness: "keep",
  purpose: "raise",
  expected: { destination: "b", share: from },
});

const first = (scene: Scene): string => scene.targets[0] ?? "";

/** The sentences about raising, repairing and restoring weights. */
export const shiftCases: readonly Case[] = [
  {
    name: "writes absolute weights and reads them back",
    async run(world) {
      const scene = await world.scene();
      const before = Date.now();
      const read = await scene.router.write(raise(0, 10));
      expect(read.at).toBeGreaterThanOrEqual(before);
      expect(only(read.targets)).toMatchObject({ shares: { a: 90, b: 10 } });
      expect(only(read.targets).problem).toBeUndefined();
      expect(await scene.weights(first(scene))).toEqual({ a: 90, b: 10 });
    },
  },
  {
    name: "writes every target",
    needs: ["several"],
    async run(world) {
      const scene = await world.scene({ targets: 3 });
      const { targets } = await scene.router.write(raise(0, 50));
      expect(targets.map(({ shares }) => shares?.b)).toEqual([50, 50, 50]);
      for (const target of scene.targets) expect(await scene.weights(target)).toEqual({ a: 50, b: 50 });
    },
  },
  {
    name: "the same write again changes nothing and sends no write",
    needs: ["calls"],
    async run(world) {
      const scene = await world.scene();
      const one = await scene.router.write(raise(0, 10));
      const written = scene.calls("write");
      const two = await scene.router.write(raise(0, 10));
      expect(two.targets).toEqual(one.targets);
      expect(written).toBe(1);
      expect(scene.calls("write")).toBe(1);
    },
  },
  {
    name: "keeps everything else of the target",
    async run(world) {
      const scene = await world.scene({ third: 0, sticky: 300 });
      const before = await scene.rest(first(scene));
      await scene.router.write(raise(0, 10));
      await scene.router.write({ ...raise(10, 0), purpose: "rollback" });
      await scene.router.write({ weights: { a: 0, b: 100 }, stickiness: "keep", purpose: "restore" });
      expect(await scene.weights(first(scene))).toMatchObject({ a: 0, b: 100 });
      expect(await scene.rest(first(scene))).toEqual(before);
    },
  },
  {
    name: "a raise is refused when the target no longer carries what was acknowledged",
    async run(world) {
      const scene = await world.scene({ weights: { a: 90, b: 10 } });
      await scene.setWeights(first(scene), { a: 100, b: 0 });
      const { targets } = await scene.router.write(raise(10, 50));
      expect(only(targets).shares).toEqual({ a: 100, b: 0 });
      expect(await scene.weights(first(scene))).toEqual({ a: 100, b: 0 });
    },
  },
  {
    name: "a repair needs no expectation",
    async run(world) {
      const scene = await world.scene({ weights: { a: 20, b: 80 } });
      await scene.router.write({ weights: { a: 90, b: 10 }, stickiness: "keep", purpose: "repair" });
      expect(await scene.weights(first(scene))).toEqual({ a: 90, b: 10 });
    },
  },
  {
    name: "`only` writes the named target and reads them all",
    needs: ["several"],
    async run(world) {
      const scene = await world.scene({ targets: 2, weights: { a: 50, b: 50 } });
      const target = scene.targets[1] ?? "";
      const repair = { weights: { a: 90, b: 10 }, stickiness: "keep", purpose: "repair" } as const;
      const { targets } = await scene.router.write({ ...repair, only: [target] });
      expect(targets.map(({ shares }) => shares?.b)).toEqual([50, 10]);
    },
  },
  {
    name: "weights that are no whole percents or do not sum to 100 are a programming error",
    async run(world) {
      const scene = await world.scene();
      for (const weights of [
        { a: 0, b: 0 },
        { a: 50, b: 49 },
        { a: 99.5, b: 0.5 },
        { a: 101, b: -1 },
      ]) {
        await expect((async () => scene.router.write({ ...raise(0, 10), weights }))()).rejects.toThrow(
          RangeError,
        );
      }
      expect(await scene.weights(first(scene))).toEqual({ a: 100, b: 0 });
    },
  },
  ...(["third", "lacksB"] as const).map(
    (flaw): Case => ({
      name: `a raise is refused when the target must not be driven (${flaw})`,
      async run(world) {
        const scene = await world.scene(flaw === "third" ? { third: 5 } : { lacksB: true });
        const before = await scene.rest(first(scene));
        const { targets } = await scene.router.write(raise(0, 10));
        expect(only(targets).refusal).toBeDefined();
        expect((await scene.weights(first(scene))).b).toBe(0);
        expect(await scene.rest(first(scene))).toEqual(before);
      },
    }),
  ),
  {
    name: "turns stickiness on and off when told, and only then",
    needs: ["stickiness"],
    async run(world) {
      const scene = await world.scene({ sticky: 60 });
      const keep = { weights: { a: 90, b: 10 }, purpose: "repair" } as const;
      expect(only((await scene.router.write({ ...keep, stickiness: "keep" })).targets).stickySeconds).toBe(
        60,
      );
      expect(
        only((await scene.router.write({ ...keep, stickiness: "off" })).targets).stickySeconds,
      ).toBeUndefined();
      expect(only((await scene.router.write({ ...keep, stickiness: 60 })).targets).stickySeconds).toBe(60);
    },
  },
  {
    name: "a target whose write fails does not hold up the others and says why",
    needs: ["several", "faults"],
    async run(world) {
      const scene = await world.scene({ targets: 2 });
      scene.fault({ kind: "denied" }, { on: "write", target: scene.targets[1] ?? "" });
      const { targets } = await scene.router.write(raise(0, 10));
      expect(targets[0]).toMatchObject({ shares: { b: 10 } });
      expect(targets[1]).toMatchObject({ problem: { kind: "denied" }, shares: { b: 0 } });
      expect(targets[1]?.problem?.message).toMatch(/^(Modify|Update)\w+ in us-east-1: denied/);
    },
  },
  {
    name: "one that does not exist does not hold up the others",
    needs: ["several"],
    async run(world) {
      const scene = await world.scene({ extra: "missing" });
      const { targets } = await scene.router.write(raise(0, 10));
      expect(targets.find(({ id }) => id === scene.extra)?.problem?.kind).toBe("notFound");
      expect(targets.find(({ id }) => id === first(scene))?.shares?.b).toBe(10);
    },
  },
  ...(["throttle", "error503", "refuse"] as const).map(
    (kind): Case => ({
      name: `a raise that meets '${kind}' is tried once, not repeated, and has not happened`,
      needs: ["faults", "calls"],
      async run(world) {
        const scene = await world.scene();
        scene.fault({ kind }, { on: "write", times: 1 });
        const read = only((await scene.router.write(raise(0, 10))).targets);
        expect(read.problem).toBeDefined();
        expect(read.shares).toEqual({ a: 100, b: 0 });
        expect(scene.calls("write")).toBe(1);
      },
    }),
  ),
  {
    name: "a raise that hangs ends within 3 s and its read-back, and is not repeated",
    needs: ["faults", "calls"],
    async run(world) {
      const scene = await world.scene();
      scene.fault({ kind: "hang" }, { on: "write" });
      const { value, ms } = await timed(() => scene.router.write(raise(0, 10)));
      expect(ms).toBeLessThan(4_500);
      expect(only(value.targets)).toMatchObject({ problem: { kind: "unreachable" }, shares: { b: 0 } });
      expect(scene.calls("write")).toBe(1);
    },
  },
  {
    name: "a write whose answer got lost is found out by the read-back",
    needs: ["faults"],
    async run(world) {
      const scene = await world.scene();
      scene.fault({ kind: "lostAnswer" }, { on: "write", times: 1 });
      const read = only((await scene.router.write(raise(0, 10))).targets);
      expect(read.problem).toBeUndefined();
      expect(read.shares).toEqual({ a: 90, b: 10 });
    },
  },
  ...(["denied", "throttle", "hang"] as const).map(
    (kind): Case => ({
      name: `a raise writes nothing when the read before it meets '${kind}'`,
      needs: ["faults", "calls"],
      async run(world) {
        const scene = await world.scene();
        await readFirst(scene.router);
        scene.fault({ kind }, { on: "read" });
        expect(only((await scene.router.write(raise(0, 10))).targets).problem).toBeDefined();
        expect(scene.calls("write")).toBe(0);
      },
    }),
  ),
  {
    name: "a stale read-back shows the old weights, without a problem: it is read again, not written again",
    needs: ["faults", "calls"],
    async run(world) {
      const scene = await world.scene();
      await readFirst(scene.router);
      // Reads answer from 400 ms ago, so the scene has to be that old first.
      await scene.aged(400);
      const old = scene.fault({ kind: "staleRead", ms: 400 }, { on: "read" });
      const read = only((await scene.router.write(raise(0, 10))).targets);
      expect(read).toMatchObject({ shares: { a: 100, b: 0 } });
      expect(read.problem).toBeUndefined();
      old.remove();
      expect((await readFirst(scene.router)).shares).toEqual({ a: 90, b: 10 });
      expect(scene.calls("write")).toBe(1);
    },
  },
  {
    name: "nothing is written once the signal has aborted",
    needs: ["calls"],
    async run(world) {
      const scene = await world.scene();
      for (const purpose of ["raise", "rollback"] as const) {
        const read = await scene.router.write({ ...raise(0, 10), purpose }, AbortSignal.abort());
        expect(only(read.targets).problem).toBeDefined();
      }
      expect(scene.calls("write")).toBe(0);
    },
  },
];
