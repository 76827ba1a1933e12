import { expect, test } from "vitest";
import { InterleavedWorld, type WorldOptions } from "../../../test/workloads/in-place-model/world.ts";

/** The user's own limits, one pair for each seed. */
const limits = [
  { maxSurge: 1, maxUnavailable: 0 },
  { maxSurge: "25%", maxUnavailable: "25%" },
  { maxSurge: 0, maxUnavailable: 1 },
  { maxSurge: 3, maxUnavailable: 2 },
] as const;

const approvals = (...weights: readonly number[]): NonNullable<WorldOptions["spec"]> => ({
  strategy: {
    steps: weights.map((weight) => ({ weight, hold: "0s", approval: true })),
    retain: "1s",
    stepTimeout: "60s",
  },
});

/** Adopted, with the policies for every second seed. */
async function adopted(seed: number, options: Partial<WorldOptions> = {}): Promise<InterleavedWorld> {
  const own = limits[seed % limits.length] ?? limits[0];
  const world = new InterleavedWorld({ seed, guarded: seed % 8 < 4, ...own, ...options });
  await world.until("adopted", () => world.operator.status.state === "Idle");
  await world.quiet();
  return world;
}

const awaits = (world: InterleavedWorld) => () => world.operator.status.state === "AwaitingApproval";

/** Virtual time, but many orders of things. */
const timeout = 60_000;

/** Each of these seeds is another order in which controllers, caches and the operator act. */
async function forSeeds(count: number, story: (seed: number) => Promise<InterleavedWorld>): Promise<void> {
  for (let seed = 1; seed <= count; seed += 1) {
    const world = await story(seed);
    if (world.broken.length > 0) throw new Error(`seed ${seed}: ${world.broken[0]}\n${world.story()}`);
  }
}

const counts = ({ cluster }: InterleavedWorld) => [cluster.count("v1"), cluster.count("v2")];

test("a release, whatever the order of things: no capacity is lost, no step is exceeded", {
  timeout,
}, async () => {
  await forSeeds(24, async (seed) => {
    const world = await adopted(seed);
    world.setImage("v2");
    await world.until("promoted", () => world.operator.status.history?.[0]?.outcome === "Promoted");
    await world.until("settled", () => counts(world).join() === "0,10");
    return world;
  });
});

test("150 replicas: exactly the step's pods, and back", { timeout }, async () => {
  await forSeeds(4, async (seed) => {
    const world = await adopted(seed, {
      replicas: 150,
      maxSurge: "10%",
      maxUnavailable: 0,
      spec: approvals(5),
    });
    world.setImage("v2");
    await world.until("held", awaits(world));
    expect(counts(world)).toEqual([143, 8]);
    world.operator.annotate("abort", world.operator.status.release ?? "");
    await world.until("taken back", () => world.operator.status.state === "RolledBack");
    expect(counts(world)).toEqual([150, 0]);
    return world;
  });
});

test("an autoscaler in a held step, in moments: the share stays", { timeout }, async () => {
  await forSeeds(24, async (seed) => {
    const world = await adopted(seed, { spec: approvals(50) });
    world.setImage("v2");
    await world.until("held", awaits(world));
    for (const replicas of [8, 4, 14, 10]) {
      world.scale(replicas);
      if (world.random(2) === 0) await world.pass(world.random(3_000));
    }
    await world.pass(20_000);
    expect(counts(world)).toEqual([5, 5]);
    return world;
  });
});

test("to 0 and back: stable first, then the release begins again; the failed one never starts, whenever it is written", {
  timeout,
}, async () => {
  await forSeeds(24, async (seed) => {
    const world = await adopted(seed, { spec: approvals(50) });
    const { operator } = world;
    world.setImage("v2");
    await world.until("held", awaits(world));
    const before = operator.status.release;
    world.scale(0);
    await world.until("taken back", () => operator.status.history?.[0]?.reason === "TooFewReplicas");
    await world.pass(world.random(100));
    world.scale(10);
    await world.until("held again", () => operator.status.release !== before && awaits(world)());
    await world.pass(5_000);
    expect(counts(world)).toEqual([5, 5]);
    operator.annotate("abort", operator.status.release ?? "");
    await world.until("taken back", () => operator.status.state === "RolledBack");
    world.setImage("v2");
    for (const replicas of [8, 0, 10, 4, 0, 10]) {
      await world.pass(world.random(1_500));
      world.scale(replicas);
    }
    await world.pass(5_000);
    expect(counts(world)).toEqual([10, 0]);
    return world;
  });
});

test("an autoscaler in every state of a release, pods loading or not: it ends as if nothing had been", {
  timeout,
}, async () => {
  await forSeeds(32, async (seed) => {
    const world = await adopted(seed);
    world.setImage("v2");
    for (let turn = 0; turn < 8; turn += 1) {
      await world.pass(world.random(4_000));
      await world.quiet();
      world.scale([1, 2, 3, 4, 5, 8, 10, 12, 20][world.random(9)] ?? 10);
    }
    await world.pass(1_000);
    world.scale(10);
    await world.until("promoted", () => world.operator.status.history?.[0]?.outcome === "Promoted");
    await world.pass(20_000);
    expect(counts(world)).toEqual([0, 10]);
    return world;
  });
});

const strange = ({ cluster }: InterleavedWorld): unknown => {
  const { paused, strategy, minReadySeconds, progressDeadlineSeconds, template, replicas } =
    cluster.deployment?.spec ?? {};
  return { paused: paused === true, strategy, minReadySeconds, progressDeadlineSeconds, template, replicas };
};

/** A release that is promoted, another one that is aborted; killed once, after the n-th write (the odd ones with the policies, the even ones without). */
async function lifetime(
  killAt: number,
  guarded: boolean,
): Promise<{ readonly world: InterleavedWorld; readonly writes: number }> {
  const world = await adopted(7, { guarded, maxSurge: 1, maxUnavailable: 0, replicas: 3 });
  const { operator } = world;
  // A read changes nothing: only what follows a write is a moment of its own.
  let writes = 0;
  world.onPoint = (point) => {
    if (point === "observed") return;
    writes += 1;
    if (writes === killAt) operator.kill();
  };
  world.setImage("v2");
  await world.until("promoted", () => operator.status.history?.[0]?.outcome === "Promoted");
  world.setImage("v3");
  await world.until("held", () => operator.status.state === "Holding" && operator.status.step?.index === 1);
  operator.annotate("abort", operator.status.release ?? "");
  await world.until("taken back", () => operator.status.state === "RolledBack");
  await world.pass(30_000);
  return { world, writes };
}

for (const guarded of [true, false]) {
  test(`killed before and after every write, ${guarded ? "with" : "without"} the policies: the same end, no capacity lost`, {
    timeout,
  }, async () => {
    const { world: whole, writes } = await lifetime(0, guarded);
    expect(whole.broken).toEqual([]);
    expect(whole.cluster.count("v2")).toBe(3);
    const end = strange(whole);
    expect(writes).toBeGreaterThan(30);
    for (let killAt = guarded ? 1 : 2; killAt <= writes; killAt += 2) {
      const { world } = await lifetime(killAt, guarded);
      if (world.broken.length > 0)
        throw new Error(`killed at ${killAt}: ${world.broken[0]}\n${world.story()}`);
      expect([killAt, strange(world), world.cluster.count("v2"), world.cluster.count("v3")]).toEqual([
        killAt,
        end,
        3,
        0,
      ]);
    }
  });
}

test("deleted at any moment of a release or a rollback: stable's template, every field the user's", {
  timeout,
}, async () => {
  await forSeeds(40, async (seed) => {
    const world = await adopted(seed, { replicas: 6 });
    const { operator } = world;
    const before = structuredClone(world.cluster.deployment);
    world.setImage("v2");
    await world.pass(world.random(20_000));
    if (world.random(2) === 0) {
      operator.annotate("abort", operator.status.release ?? "");
      await world.pass(world.random(4_000));
    }
    const stable = operator.status.stable?.modelVersion ?? "";
    operator.delete();
    await world.until("gone", () => operator.rollout === undefined);
    await world.pass(60_000);
    const { deployment } = world.cluster;
    expect(world.cluster.count(stable)).toBe(6);
    expect(world.cluster.pods.size).toBe(6);
    expect(deployment?.metadata.labels).toEqual({ app: "model" });
    expect({ ...deployment?.spec, template: undefined, paused: deployment?.spec.paused === true }).toEqual({
      ...before?.spec,
      template: undefined,
      paused: false,
    });
    return world;
  });
});

for (const when of ["at rest", "in mid-release", "on the way back"] as const) {
  test(`an upgrade of Kubernetes adds a default to every template ${when}: no release starts, none is lost, no pod is made for it`, async () => {
    await forSeeds(6, async (seed) => {
      const world = await adopted(seed, { spec: approvals(50) });
      const { cluster, operator } = world;
      if (when !== "at rest") {
        world.setImage("v2");
        await world.until("held", awaits(world));
        await world.quiet();
      }
      operator.kill();
      cluster.upgraded = true;
      for (const object of [cluster.deployment, ...cluster.sets.values()]) {
        if (object) Object.assign(object.spec, { template: cluster.defaulted(object.spec.template) });
      }
      operator.kill();
      const pods = [...cluster.pods.keys()];
      await world.pass(60_000);
      expect([...cluster.pods.keys()]).toEqual(pods);
      if (when === "at rest") {
        expect([operator.status.state, operator.status.stable?.modelVersion]).toEqual(["Idle", "v1"]);
        world.setImage("v2");
        await world.until("held", awaits(world));
      }
      expect(counts(world)).toEqual([5, 5]);
      const { release = "", awaiting = "" } = operator.status;
      if (when === "on the way back") {
        operator.annotate("abort", release);
        await world.until("taken back", () => operator.status.state === "RolledBack");
        expect(counts(world)).toEqual([10, 0]);
        return world;
      }
      operator.annotate("approve", awaiting);
      await world.until("promoted", () => operator.status.history?.[0]?.outcome === "Promoted");
      await world.until("settled", () => counts(world).join() === "0,10");
      return world;
    });
  });
}
