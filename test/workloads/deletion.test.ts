import { describe, expect, test } from "vitest";
import { destinations, pathOf, type SlotKind } from "../../src/workloads/slots/names.ts";
import type { SlotsSpec } from "../../src/workloads/slots/slots-spec.ts";
import { eventually, useControlPlane } from "../control-plane/shared.ts";
import { identityOf, succeeded, useWorld } from "./world.ts";

const cluster = useControlPlane();
const world = useWorld(cluster);
const finalizer = "elbv2.k8s.aws/resources";

async function standing(spec: SlotsSpec): Promise<void> {
  for (const destination of destinations) {
    succeeded(await world.workload.ensureEndpoints(spec, destination));
    await world.render(spec, destination, 1);
  }
  await world.settled(spec, "a", 1);
  await world.settled(spec, "b", 1);
}

async function exists(spec: SlotsSpec, kind: SlotKind): Promise<boolean> {
  const path = pathOf(kind, spec.namespace, `${spec.name}-a`);
  return await world.get(path).then(
    () => true,
    () => false,
  );
}

describe("deletion", () => {
  test("takes the bindings first, and the pods only when their controller has let the bindings go", async () => {
    const spec = world.spec("ordered");
    const rollout = identityOf(spec);
    await standing(spec);
    const bindings = destinations.map((slot) =>
      pathOf("TargetGroupBinding", spec.namespace, `ordered-${slot}`),
    );
    for (const path of bindings) {
      await world.api.patch(path, { metadata: { finalizers: [finalizer] } }, { type: "merge" });
    }
    expect(await world.workload.deleteWorkload(rollout)).toMatchObject({
      ok: false,
      problem: { kind: "waiting" },
    });
    expect(await world.workload.deleteBindings(rollout)).toMatchObject({
      ok: false,
      problem: { kind: "waiting" },
    });
    expect(await world.workload.deleteBindings(rollout)).toMatchObject({
      ok: false,
      problem: { kind: "waiting" },
    });
    expect(await world.workload.deleteWorkload(rollout)).toMatchObject({
      ok: false,
      problem: { kind: "waiting" },
    });
    expect(world.workload.read(spec).a.ready).toBe(1);
    expect(world.workload.bindingsGone(rollout)).toBe(false);

    for (const path of bindings) {
      await world.api.patch(path, { metadata: { finalizers: null } }, { type: "merge" });
    }
    succeeded(await world.workload.deleteBindings(rollout));
    await eventually("the cache knows", () => world.workload.bindingsGone(rollout));
    expect(await exists(spec, "Deployment")).toBe(true);
    succeeded(await world.workload.deleteWorkload(rollout));
    expect(await exists(spec, "Deployment")).toBe(false);
    expect(await exists(spec, "Service")).toBe(false);
    expect(world.workload.revisions(rollout)).toEqual([]);
    await eventually("the pods are gone", () => world.workload.read(spec).a.pods === 0);
    expect(world.workload.read(spec).a).toMatchObject({ pods: 0, ready: 0, endpoints: false, foreign: [] });
  });

  test("can be repeated, and begun anew after a crash in the middle", async () => {
    const spec = world.spec("repeated");
    await standing(spec);
    await world.api.delete(pathOf("Deployment", spec.namespace, "repeated-a"));
    await world.api.delete(pathOf("TargetGroupBinding", spec.namespace, "repeated-b"));
    for (let turn = 0; turn < 2; turn++) {
      succeeded(await world.workload.deleteBindings(spec));
      succeeded(await world.workload.deleteWorkload(spec));
    }
    expect(await exists(spec, "Service")).toBe(false);
  });

  test("goes on in a namespace that is itself being deleted, or gone", async () => {
    const namespace = `ending-${crypto.randomUUID().slice(0, 8)}`;
    await world.api.create("/api/v1/namespaces", {
      metadata: { name: namespace },
    });
    const spec = world.spec("ending", { namespace });
    const hold = { metadata: { name: "hold", finalizers: ["modelrollout.dev/test"] } };
    await world.api.create(`/api/v1/namespaces/${namespace}/configmaps`, hold);
    await world.api.delete(`/api/v1/namespaces/${namespace}`);
    const outcome = await world.workload.ensureEndpoints(spec, "a");
    expect(outcome).toMatchObject({ ok: false, problem: { kind: "refused" } });
    succeeded(await world.workload.deleteBindings(spec));
    succeeded(await world.workload.deleteWorkload(spec));
    const release = { metadata: { finalizers: null } };
    await world.api.patch(`/api/v1/namespaces/${namespace}/configmaps/hold`, release, { type: "merge" });
    await eventually("the namespace is gone", async () => {
      const gone = world.get(`/api/v1/namespaces/${namespace}`).then(
        () => false,
        () => true,
      );
      return await gone;
    });
    succeeded(await world.workload.deleteBindings(spec));
    succeeded(await world.workload.deleteWorkload(spec));
  });
});
