import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Cluster,
  createDeployment,
  type DeploymentSpec,
  deletePod,
  deleteReplicaSet,
  editDeployment,
  readyPods,
  removePod,
  setReady,
} from "./cluster.ts";
import { syncDeployment } from "./deployment.ts";
import { nextAvailability, syncReplicaSet } from "./pods.ts";
import { settle } from "./settle.ts";

/** One Deployment whose pods get Ready, or do not, as a test says. */
class Bench {
  cluster: Cluster;
  now = 0;
  /** Templates of which no pod gets Ready by itself. */
  readonly broken = new Set<string>();

  constructor(spec: Partial<DeploymentSpec> = {}) {
    this.cluster = createDeployment("x", { template: "v1", replicas: 10, ...spec });
    this.settle();
  }

  edit(change: Partial<DeploymentSpec>): this {
    this.now += 1_000;
    this.cluster = editDeployment(this.cluster, change);
    return this.settle();
  }

  /** Both controllers, and pods that get Ready at once. */
  settle(): this {
    for (;;) {
      this.cluster = settle(this.cluster, this.now);
      const gone = this.cluster.pods.filter((pod) => pod.terminatingSince !== undefined);
      for (const { name } of gone) this.cluster = removePod(this.cluster, name);
      const loading = this.cluster.pods.filter(
        ({ readySince, template }) => readySince === undefined && !this.broken.has(template),
      );
      if (loading.length === 0 && gone.length === 0) return this;
      for (const { name } of loading) this.cluster = setReady(this.cluster, name, true, this.now);
    }
  }

  /** `{ v1: 8, v2: 2 }`: pods asked for, by template. */
  get sizes(): Readonly<Record<string, number>> {
    const sizes = this.cluster.sets.filter(({ replicas }) => replicas > 0);
    return Object.fromEntries(sizes.map(({ template, replicas }) => [template, replicas]));
  }
}

const rolling = (maxUnavailable: number | string, maxSurge: number | string) => ({
  type: "RollingUpdate",
  maxUnavailable,
  maxSurge,
});
const brake = { minReadySeconds: 2_147_483_646, progressDeadlineSeconds: 2_147_483_647 };

describe("as facts/control-plane.md saw it on 1.36.3", () => {
  const braked = (unavailable: number | string, surge = 0) =>
    new Bench().edit({ template: "v2", ...brake, strategy: rolling(unavailable, surge) });

  test("1: under the brake exactly U + S new pods are made, and that is where it stands", () => {
    const bench = braked("20%");
    expect(bench.sizes).toEqual({ v1: 8, v2: 2 });
    bench.now += 30 * 86_400_000;
    expect(bench.settle().sizes).toEqual({ v1: 8, v2: 2 });
    expect(braked("20%", 1).sizes).toEqual({ v1: 8, v2: 3 });
  });

  test("2: raising U moves it on; an autoscaler finishes an absolute roll, and keeps a percentage's share", () => {
    const bench = braked("20%").edit({ strategy: rolling("50%", 0) });
    expect(bench.sizes).toEqual({ v1: 5, v2: 5 });
    const share = (unavailable: number | string, replicas: number) =>
      braked(unavailable).edit({ replicas }).sizes;
    expect(share(5, 8)).toEqual({ v1: 3, v2: 5 });
    expect(share(5, 4)).toEqual({ v2: 4 });
    expect(share("50%", 8)).toEqual({ v1: 4, v2: 4 });
    expect(share("50%", 4)).toEqual({ v1: 2, v2: 2 });
    expect(share("50%", 3)).toEqual({ v1: 1, v2: 2 });
    expect(share("50%", 1)).toEqual({ v2: 1 });
  });

  test("3: a scale up in the middle and back keeps the proportion", () => {
    const bench = braked("50%").edit({ replicas: 14 });
    expect(bench.sizes).toEqual({ v1: 7, v2: 7 });
    expect(bench.edit({ replicas: 10 }).sizes).toEqual({ v1: 5, v2: 5 });
  });

  test("4: the user's own settings back finish the roll", () => {
    const bench = braked("50%").edit({ minReadySeconds: 0, strategy: rolling(0, 1) });
    expect(bench.sizes).toEqual({ v2: 10 });
  });

  test("5: the old template and the old values bring every pod back", () => {
    const bench = braked("50%").edit({ template: "v1", minReadySeconds: 0, strategy: rolling("25%", "25%") });
    expect(bench.sizes).toEqual({ v1: 10 });
    expect(readyPods(bench.cluster, "v1")).toHaveLength(10);
  });

  test("6: old pods go as soon as U allows, whether or not the new ones are Ready", () => {
    const bench = new Bench();
    bench.broken.add("v2");
    bench.edit({ template: "v2", ...brake, strategy: rolling("50%", 0) });
    expect(bench.sizes).toEqual({ v1: 5, v2: 5 });
    expect(readyPods(bench.cluster)).toHaveLength(5);
  });

  test("7: a paused Deployment is not inert: a scale to 0 and back starts the template that stands there", () => {
    const back = new Bench().edit({ template: "v2", ...brake, strategy: rolling("20%", 0) });
    back.edit({ template: "v1", minReadySeconds: 0 });
    const failed = new Bench();
    failed.cluster = back.cluster;
    failed.edit({ template: "v2", paused: true });
    expect(failed.sizes).toEqual({ v1: 10 });
    expect(failed.edit({ replicas: 0 }).edit({ replicas: 10 }).sizes).toEqual({ v2: 10 });

    const cleared = new Bench();
    cleared.cluster = deleteReplicaSet(back.cluster, "x-v2", 0);
    cleared.edit({ template: "v2", paused: true }).edit({ replicas: 0 }).edit({ replicas: 10 });
    expect(cleared.sizes).toEqual({ v1: 10 });
  });
});

describe("a paused Deployment", () => {
  test("starts nothing of a new template, and makes up for pods that are lost", () => {
    const bench = new Bench().edit({ paused: true }).edit({ template: "v2" });
    expect(bench.cluster.sets.map(({ template }) => template)).toEqual(["v1"]);
    const [first] = bench.cluster.pods;
    bench.cluster = deletePod(bench.cluster, first?.name ?? "", bench.now);
    expect(readyPods(bench.settle().cluster, "v1")).toHaveLength(10);
    expect(bench.edit({ paused: false }).sizes).toEqual({ v2: 10 });
  });

  test("shares a scale in the middle of a roll", () => {
    const bench = new Bench().edit({ template: "v2", ...brake, strategy: rolling("20%", 0) });
    expect(bench.edit({ paused: true }).edit({ replicas: 20 }).sizes).toEqual({ v1: 16, v2: 4 });
  });
});

describe("a roll", () => {
  test("pods that are never Ready stop it where the limits are; the next template takes their place", () => {
    const bench = new Bench({ strategy: rolling(2, 3) });
    bench.broken.add("v2");
    expect(bench.edit({ template: "v2" }).sizes).toEqual({ v1: 8, v2: 5 });
    expect(readyPods(bench.cluster)).toHaveLength(8);
    expect(bench.edit({ template: "v3" }).sizes).toEqual({ v3: 10 });
  });

  test("new pods count once they have been Ready for minReadySeconds", () => {
    const bench = new Bench({ strategy: rolling(0, 1), minReadySeconds: 30 });
    bench.now = 30_000;
    bench.settle();
    bench.edit({ template: "v2" });
    expect(bench.sizes).toEqual({ v1: 10, v2: 1 });
    expect(nextAvailability(bench.cluster, bench.now)).toBe(bench.now + 30_000);
    bench.now += 29_999;
    expect(bench.settle().sizes).toEqual({ v1: 10, v2: 1 });
    bench.now += 1;
    expect(bench.settle().sizes).toEqual({ v1: 9, v2: 2 });
  });

  test("an old ReplicaSet keeps the minReadySeconds that it had, the new one takes today's", () => {
    const bench = new Bench({ strategy: rolling("20%", 0), minReadySeconds: 5 });
    bench.now = 5_000;
    bench.settle().edit({ template: "v2", ...brake });
    const seconds = bench.cluster.sets.map(({ template, minReadySeconds }) => [template, minReadySeconds]);
    expect(seconds).toEqual([
      ["v1", 5],
      ["v2", 2_147_483_646],
    ]);
  });

  test("the brake put on over pods that were available takes them for unavailable only once their ReplicaSet says so", () => {
    const bench = new Bench({ strategy: rolling("50%", 0) });
    bench.broken.add("v3");
    bench.edit({ template: "v2" }).edit({ template: "v3" });
    expect(bench.sizes).toEqual({ v2: 5, v3: 5 });
    const braked = editDeployment(bench.cluster, { template: "v2", ...brake });
    const written = syncDeployment(braked, bench.now);
    const [set] = written.sets.filter(({ template }) => template === "v2");
    expect(set).toMatchObject({ minReadySeconds: brake.minReadySeconds, status: { availableReplicas: 5 } });
    expect(written.deployment?.status.observedGeneration).toBe(bench.cluster.deployment?.generation);
    const counted = syncReplicaSet(written, "x-v2", bench.now);
    expect(counted.sets.find(({ template }) => template === "v2")?.status.availableReplicas).toBe(0);
  });

  test("Recreate: no new pod before the last old one is gone", () => {
    const bench = new Bench({ strategy: { type: "Recreate", maxSurge: 0, maxUnavailable: 0 } });
    const before = editDeployment(bench.cluster, { template: "v2" });
    const emptied = settle(before, 1_000);
    expect(emptied.pods.every(({ terminatingSince }) => terminatingSince !== undefined)).toBe(true);
    expect(emptied.sets.map(({ template }) => template)).toEqual(["v1"]);
    expect(bench.edit({ template: "v2" }).sizes).toEqual({ v2: 10 });
  });

  test("empty ReplicaSets beyond revisionHistoryLimit go, the lowest revision first; an old template comes back as the latest", () => {
    const bench = new Bench({ revisionHistoryLimit: 2 });
    for (const template of ["v2", "v3", "v1", "v4"]) bench.edit({ template });
    const kept = bench.cluster.sets.map(({ template, revision }) => `${template}=${revision}`);
    expect(kept).toEqual(["v1=4", "v3=3", "v4=5"]);
  });
});

const change = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 4, 7, 8, 10, 14).map((replicas) => ({ replicas })),
  fc.constantFrom("v1", "v2", "v3").map((template) => ({ template })),
  fc.boolean().map((paused) => ({ paused })),
  fc.constantFrom(0, brake.minReadySeconds).map((minReadySeconds) => ({ minReadySeconds })),
  fc
    .tuple(fc.constantFrom(0, 1, "10%", "50%", "100%"), fc.constantFrom(0, 1, 3, "25%"))
    .map(([unavailable, surge]) => ({
      strategy: unavailable === 0 && surge === 0 ? rolling(1, 0) : rolling(unavailable, surge),
    })),
);

test("whatever is written in whatever order, and whichever controller runs next: it comes to rest, and to the size asked for", () => {
  const steps = fc.array(fc.tuple(change, fc.array(fc.nat(5), { maxLength: 6 })), { maxLength: 12 });
  fc.assert(
    fc.property(steps, (written) => {
      const bench = new Bench();
      for (const [edit, turns] of written) {
        bench.cluster = editDeployment(bench.cluster, edit);
        bench.now += 500;
        for (const turn of turns) {
          const set = bench.cluster.sets[turn];
          bench.cluster = set
            ? syncReplicaSet(bench.cluster, set.name, bench.now)
            : syncDeployment(bench.cluster, bench.now);
        }
      }
      bench.settle();
      const { pods, sets, deployment } = bench.cluster;
      const wanted = sets.reduce((sum, { replicas }) => sum + replicas, 0);
      expect(pods).toHaveLength(wanted);
      expect(deployment?.status.observedGeneration).toBe(deployment?.generation);
      expect(sets.every(({ replicas }) => replicas >= 0)).toBe(true);
      bench.edit({ paused: false, minReadySeconds: 0, strategy: rolling(1, 1) });
      const { template = "", replicas = 0 } = bench.cluster.deployment?.spec ?? {};
      expect(bench.sizes).toEqual(replicas === 0 ? {} : { [template]: replicas });
    }),
    { numRuns: 300 },
  );
});
