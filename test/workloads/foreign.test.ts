import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/runtime/kube-object.ts";
import { pathOf, type SlotKind } from "../../src/workloads/slots/names.ts";
import type { Outcome } from "../../src/workloads/slots/outcome.ts";
import type { SlotsSpec } from "../../src/workloads/slots/slots-spec.ts";
import { eventually, useControlPlane } from "../control-plane/shared.ts";
import { named } from "./samples.ts";
import { succeeded, useWorld } from "./world.ts";

const cluster = useControlPlane();
const world = useWorld(cluster);

const podTemplate = {
  metadata: { labels: { app: "theirs" } },
  spec: { containers: [{ name: "server", image: "registry.example/theirs:v1" }] },
};

/** Somebody else's object of each kind, under a name that the slots need. */
const foreign: Readonly<Record<string, (name: string) => object>> = {
  Deployment: (name) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { replicas: 0, selector: { matchLabels: { app: "theirs" } }, template: podTemplate },
  }),
  Service: (name) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: "theirs" }, ports: [{ port: 1 }] },
  }),
  TargetGroupBinding: (name) => ({
    apiVersion: "elbv2.k8s.aws/v1beta1",
    kind: "TargetGroupBinding",
    metadata: { name },
    spec: { targetGroupARN: `arn:of:${name}`, serviceRef: { name: "theirs", port: 80 } },
  }),
};

async function everyWrite(spec: SlotsSpec): Promise<readonly Outcome[]> {
  const { revision } = named(spec);
  succeeded(await world.workload.storeRevision(spec, spec.content, revision));
  return [
    await world.workload.ensureEndpoints(spec, "a"),
    await world.workload.renderSlot(spec, "a", revision, 3),
    await world.workload.scaleSlot(spec, "a", 3),
    await world.workload.deleteBindings(spec),
    await world.workload.deleteWorkload(spec),
  ];
}

describe.each(["Deployment", "Service", "TargetGroupBinding"] as const)(
  "a foreign %s of a name we need",
  (kind) => {
    const pathFor = (spec: SlotsSpec, of: SlotKind = kind) => pathOf(of, spec.namespace, `${spec.name}-a`);

    test("is told, and never written to or deleted", async () => {
      const spec = world.spec(`theirs-${kind.toLowerCase()}`);
      await world.api.create(pathOf(kind, spec.namespace), foreign[kind]?.(`${spec.name}-a`) ?? {});
      const before = await world.get(pathFor(spec));
      succeeded(await world.workload.askNames(spec, 0));
      expect(world.workload.read(spec).a.foreign).toEqual([`${kind} ${spec.name}-a`]);
      expect(world.workload.read(spec).b.foreign).toEqual([]);
      expect((await everyWrite(spec)).some(({ ok }) => !ok)).toBe(true);
      const after = await world.get(pathFor(spec));
      // Their own controller may have written its status meanwhile; nothing else has changed.
      expect(withoutStatus(after)).toEqual(withoutStatus(before));
    });

    test("is met by a write when nobody asked before, and told from then on", async () => {
      const spec = world.spec(`met-${kind.toLowerCase()}`);
      await world.api.create(pathOf(kind, spec.namespace), foreign[kind]?.(`${spec.name}-a`) ?? {});
      const refused = (await everyWrite(spec)).filter((outcome) => !outcome.ok);
      expect(refused.map(({ problem }) => problem.kind)).toContain("refused");
      expect(world.workload.read(spec).a.foreign).toEqual([`${kind} ${spec.name}-a`]);
      await world.api.delete(pathFor(spec));
      await eventually("it is gone", async () => {
        succeeded(await world.workload.askNames(spec, 0));
        return world.workload.read(spec).a.foreign.length === 0;
      });
    });

    test("that replaces ours, by other hands, is left alone", async () => {
      const spec = world.spec(`swapped-${kind.toLowerCase()}`);
      const { revision } = named(spec);
      succeeded(await world.workload.storeRevision(spec, spec.content, revision));
      succeeded(await world.workload.ensureEndpoints(spec, "a"));
      succeeded(await world.workload.renderSlot(spec, "a", revision, 0));
      await world.api.delete(pathFor(spec));
      await world.api.create(pathOf(kind, spec.namespace), foreign[kind]?.(`${spec.name}-a`) ?? {});
      const before = await world.get(pathFor(spec));
      await everyWrite(spec);
      expect(withoutStatus(await world.get(pathFor(spec)))).toEqual(withoutStatus(before));
    });
  },
);

test("the objects of an earlier rollout of the same name are somebody else's", async () => {
  const earlier = world.spec("twice");
  await world.render(earlier, "a", 0);
  succeeded(await world.workload.ensureEndpoints(earlier, "a"));
  const later = { ...earlier, uid: crypto.randomUUID() };
  expect(world.workload.read(later).a).toMatchObject({
    endpoints: false,
    foreign: ["Deployment twice-a", "Service twice-a", "TargetGroupBinding twice-a"],
  });
  succeeded(await world.workload.deleteBindings(later));
  succeeded(await world.workload.deleteWorkload(later));
  for (const kind of ["Deployment", "Service", "TargetGroupBinding"] as const) {
    expect((await world.get(pathOf(kind, later.namespace, "twice-a"))).metadata.labels).toMatchObject({
      "modelrollout.dev/rollout-uid": earlier.uid,
    });
  }
});

function withoutStatus(object: KubeObject): object {
  const { status: _, metadata, ...rest } = object as KubeObject & { status?: unknown };
  const { resourceVersion: __, managedFields: ___, annotations: ____, ...more } = metadata;
  return { ...rest, metadata: more };
}
