import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/runtime/clock.ts";
import { pathOf } from "../../src/workloads/slots/names.ts";
import type { BindingObject, ServiceObject } from "../../src/workloads/slots/objects.ts";
import type { SlotsSpec } from "../../src/workloads/slots/slots-spec.ts";
import { createSlotsWorkload } from "../../src/workloads/slots/workload.ts";
import { eventually, useControlPlane } from "../control-plane/shared.ts";
import { withoutGroup } from "./absent-type.ts";
import { succeeded, useWorld } from "./world.ts";

const cluster = useControlPlane();
const world = useWorld(cluster);

const serviceOf = (spec: SlotsSpec) =>
  world.get<ServiceObject>(pathOf("Service", spec.namespace, `${spec.name}-a`));
const bindingOf = (spec: SlotsSpec) =>
  world.get<BindingObject>(pathOf("TargetGroupBinding", spec.namespace, `${spec.name}-a`));

/** A TargetGroupBinding somebody else made. */
function foreignBinding(name: string, group: string) {
  return {
    apiVersion: "elbv2.k8s.aws/v1beta1",
    kind: "TargetGroupBinding",
    metadata: { name },
    spec: { targetGroupARN: group, targetType: "ip", serviceRef: { name: "theirs", port: 80 } },
  };
}

describe("endpoints of a slot", () => {
  test("stand after one call, and a second call writes nothing", async () => {
    const spec = world.spec("ends");
    expect(world.workload.read(spec).a.endpoints).toBe(false);
    succeeded(await world.workload.ensureEndpoints(spec, "a"));
    expect(world.workload.read(spec).a.endpoints).toBe(true);
    expect(world.workload.read(spec).b.endpoints).toBe(false);
    const before = [await serviceOf(spec), await bindingOf(spec)];
    succeeded(await world.workload.ensureEndpoints(spec, "a"));
    expect([await serviceOf(spec), await bindingOf(spec)]).toEqual(before);
    expect(before[1]?.spec).toEqual({
      serviceRef: { name: "ends-a", port: 8080 },
      targetGroupARN: spec.groups?.a,
      targetType: "ip",
    });
  });

  test("are put right when the spec or somebody else changes them, and keep what others added", async () => {
    const networking = {
      ingress: [{ from: [{ securityGroup: { groupID: "sg-1" } }], ports: [{ port: 8080 }] }],
    };
    const spec = world.spec("changed", { binding: { targetType: "ip", networking } });
    succeeded(await world.workload.ensureEndpoints(spec, "a"));
    const added = { metadata: { annotations: { theirs: "kept" } }, spec: { ipAddressType: "ipv4" } };
    const path = pathOf("TargetGroupBinding", spec.namespace, "changed-a");
    await world.api.patch(path, added, { type: "merge", fieldManager: "webhook" });
    const next = { ...spec, service: { port: 9090, targetPort: 9 }, binding: { targetType: "ip" } as const };
    expect(world.workload.read(next).a.endpoints).toBe(false);
    succeeded(await world.workload.ensureEndpoints(next, "a"));
    expect(world.workload.read(next).a.endpoints).toBe(true);
    expect((await serviceOf(spec)).spec.ports).toEqual([{ port: 9090, targetPort: 9, protocol: "TCP" }]);
    const binding = await bindingOf(spec);
    expect(binding.spec).toEqual({
      serviceRef: { name: "changed-a", port: 9090 },
      targetGroupARN: spec.groups?.a,
      targetType: "ip",
      ipAddressType: "ipv4",
    });
    expect(binding.metadata.annotations).toEqual({ theirs: "kept" });
  });

  test("come back when somebody deletes them", async () => {
    const spec = world.spec("deleted");
    succeeded(await world.workload.ensureEndpoints(spec, "a"));
    const { uid } = (await serviceOf(spec)).metadata;
    await world.api.delete(pathOf("Service", spec.namespace, "deleted-a"));
    await eventually("it is seen", () => !world.workload.read(spec).a.endpoints);
    succeeded(await world.workload.ensureEndpoints(spec, "a"));
    expect((await serviceOf(spec)).metadata.uid).not.toBe(uid);
  });

  test("are not bound to a group that has another binding", async () => {
    const spec = world.spec("rivalled");
    const path = pathOf("TargetGroupBinding", spec.namespace);
    await world.api.create(path, foreignBinding("their-own", spec.groups?.a ?? ""));
    await eventually("it is seen", () => world.workload.read(spec).a.foreignBinding !== undefined);
    expect(world.workload.read(spec).a.foreignBinding).toBe(`${spec.namespace}/their-own`);
    const outcome = await world.workload.ensureEndpoints(spec, "a");
    expect(outcome).toMatchObject({ ok: false, problem: { kind: "refused" } });
    await expect(bindingOf(spec)).rejects.toMatchObject({ reason: "NotFound" });
  });

  test("never move a standing binding to another group", async () => {
    const spec = world.spec("moved");
    succeeded(await world.workload.ensureEndpoints(spec, "a"));
    const elsewhere = world.spec("moved", { uid: spec.uid });
    const outcome = await world.workload.ensureEndpoints(elsewhere, "a");
    expect(outcome).toMatchObject({ ok: false, problem: { kind: "refused" } });
    expect((await bindingOf(spec)).spec.targetGroupARN).toBe(spec.groups?.a);
  });

  test("say what to install where TargetGroupBindings do not exist", async () => {
    const spec = world.spec("no-controller");
    const workload = createSlotsWorkload({
      api: withoutGroup(world.api, "elbv2.k8s.aws"),
      stores: world.stores,
      clock: systemClock,
    });
    succeeded(await workload.askNames(spec, 0));
    expect(await workload.ensureEndpoints(spec, "a")).toEqual({
      ok: false,
      problem: {
        kind: "refused",
        message:
          "this cluster has no TargetGroupBinding (elbv2.k8s.aws/v1beta1): install the AWS Load Balancer Controller, or set spec.traffic.alb.bindTargets to false",
      },
    });
    const { binding: _, ...unbound } = spec;
    succeeded(await workload.ensureEndpoints(unbound, "a"));
    succeeded(await workload.deleteBindings(spec));
    succeeded(await workload.deleteWorkload(spec));
    await expect(serviceOf(spec)).rejects.toMatchObject({ reason: "NotFound" });
  });
});
