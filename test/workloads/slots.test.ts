import { describe, expect, test } from "vitest";
import { pathOf } from "../../src/workloads/slots/names.ts";
import type { DeploymentObject } from "../../src/workloads/slots/objects.ts";
import type { SlotsSpec } from "../../src/workloads/slots/slots-spec.ts";
import { createSlotsWorkload } from "../../src/workloads/slots/workload.ts";
import { eventually, useControlPlane } from "../control-plane/shared.ts";
import { named } from "./samples.ts";
import { succeeded, useWorld } from "./world.ts";

const cluster = useControlPlane();
const world = useWorld(cluster);

const deploymentPath = (spec: SlotsSpec, slot: "a" | "b") =>
  pathOf("Deployment", spec.namespace, `${spec.name}-${slot}`);
const deploymentOf = (spec: SlotsSpec, slot: "a" | "b") =>
  world.get<DeploymentObject>(deploymentPath(spec, slot));

function withTemplate(
  spec: SlotsSpec,
  change: { image?: string; annotations?: Record<string, string> },
): SlotsSpec {
  const { metadata } = spec.content.template;
  const image = change.image ?? "registry.example/sentiment:v8";
  return {
    ...spec,
    content: {
      ...spec.content,
      template: {
        metadata: { ...metadata, annotations: change.annotations ?? {} },
        spec: { containers: [{ name: "server", image }] },
      },
    },
  };
}

describe("Deployments of the slots", () => {
  test("run side by side, each counting its own pods, and scale alone", async () => {
    const spec = world.spec("both");
    const revision = await world.render(spec, "a", 2);
    await world.render(spec, "b", 1);
    await world.settled(spec, "a", 2);
    await world.settled(spec, "b", 1);
    const before = await deploymentOf(spec, "b");
    succeeded(await world.workload.scaleSlot(spec, "b", 3));
    expect(world.workload.read(spec).b.deployment).toMatchObject({ revision, replicas: 3 });
    await world.settled(spec, "b", 3);
    await world.settled(spec, "a", 2);
    const after = await deploymentOf(spec, "b");
    expect(after.spec).toEqual({ ...before.spec, replicas: 3 });
    succeeded(await world.workload.scaleSlot(spec, "b", 0));
    await world.settled(spec, "b", 0);
  });

  test("count a pod only when it is Ready, and say what is wrong with it", async () => {
    const slow = withTemplate(world.spec("slow"), {
      annotations: { "modelrollout.dev/test-ready-delay": "3s" },
    });
    await world.render(slow, "a", 2);
    await eventually("two pods exist", () => world.workload.read(slow).a.pods === 2);
    expect(world.workload.read(slow).a.ready).toBe(0);
    await world.settled(slow, "a", 2);
    const broken = withTemplate(world.spec("broken"), {
      annotations: { "modelrollout.dev/test-crash": "true" },
    });
    await world.render(broken, "a", 1);
    await eventually("the crash is told", () => world.workload.read(broken).a.trouble !== undefined);
    expect(world.workload.read(broken).a.trouble).toMatch(
      /^pod broken-a-\S+: container server: CrashLoopBackOff/,
    );
  });

  test("say when a quota keeps pods from being made", async () => {
    const spec = world.spec("quota");
    const content = structuredClone(spec.content) as { template: { spec: { priorityClassName?: string } } };
    content.template.spec.priorityClassName = "no-such-class";
    const refused = { ...spec, content: content as unknown as SlotsSpec["content"] };
    await world.render(refused, "a", 1);
    await eventually("it is told", () => world.workload.read(refused).a.trouble !== undefined);
    expect(world.workload.read(refused).a.trouble).toMatch(/pods cannot be created: .*no-such-class/);
  });

  test("are not touched by rendering the same revision again, whatever the operator would render today", async () => {
    const spec = world.spec("again");
    const revision = await world.render(spec, "a", 1);
    await world.settled(spec, "a", 1);
    const label = [{ op: "add", path: "/spec/template/metadata/labels/of-an-older-operator", value: "x" }];
    await world.api.patch(deploymentPath(spec, "a"), label, { type: "json" });
    const before = await deploymentOf(spec, "a");
    succeeded(await world.workload.renderSlot(spec, "a", revision, 1));
    expect((await deploymentOf(spec, "a")).metadata.generation).toBe(before.metadata.generation);
    succeeded(await world.workload.renderSlot(spec, "a", revision, 2));
    expect((await deploymentOf(spec, "a")).spec).toEqual({ ...before.spec, replicas: 2 });
  });

  test("never roll: another revision comes in only when the slot is empty, and then whole", async () => {
    const first = world.spec("turns");
    await world.render(first, "a", 1);
    await world.settled(first, "a", 1);
    const env = { containers: [{ name: "server", env: [{ name: "BY_HAND", value: "1" }] }] };
    const byHand = { spec: { template: { spec: env } } };
    await world.api.patch(deploymentPath(first, "a"), byHand, {
      type: "strategic",
      fieldManager: "kubectl-set",
    });

    const second = withTemplate(first, { image: "registry.example/sentiment:v9" });
    const { revision } = named(second);
    succeeded(await world.workload.storeRevision(second, second.content, revision));
    expect(await world.workload.renderSlot(second, "a", revision, 1)).toMatchObject({
      ok: false,
      problem: { kind: "conflict" },
    });
    succeeded(await world.workload.scaleSlot(second, "a", 0));
    await world.settled(second, "a", 0);
    await eventually(
      "the status says so",
      async () => ((await deploymentOf(second, "a")).status?.replicas ?? 0) === 0,
    );

    succeeded(await world.workload.renderSlot(second, "a", revision, 2));
    await world.settled(second, "a", 2);
    const live = await deploymentOf(second, "a");
    const [container] = (
      live.spec.template["spec"] as { containers: Array<{ image: string; env: object[] }> }
    ).containers;
    expect(container?.image).toBe("registry.example/sentiment:v9");
    expect(container?.env).toEqual([
      { name: "MODEL_NAME", value: "sentiment" },
      { name: "MODEL_VERSION", value: "v8" },
      { name: "MODEL_URI", value: "s3://models/sentiment/v8" },
    ]);
    const managers = (live.metadata.managedFields ?? []) as Array<{
      manager: string;
      operation: string;
      fieldsV1: object;
    }>;
    const owners = managers.filter(({ fieldsV1 }) => "f:spec" in fieldsV1);
    expect(owners.map(({ manager, operation }) => `${manager} ${operation}`)).toEqual(["modelrollout Apply"]);
  });

  test("are rebuilt from the stored revision, even when the spec has moved on", async () => {
    const spec = world.spec("rebuilt");
    const revision = await world.render(spec, "a", 1);
    const { template } = (await deploymentOf(spec, "a")).spec;
    await world.api.delete(deploymentPath(spec, "a"));
    await eventually("it is seen to be gone", () => world.workload.read(spec).a.deployment === undefined);
    const moved = withTemplate(spec, { image: "registry.example/sentiment:v9" });
    succeeded(await world.workload.renderSlot(moved, "a", revision, 1));
    expect((await deploymentOf(spec, "a")).spec.template).toEqual(template);
    expect(await world.workload.renderSlot(moved, "b", named(moved).revision, 1)).toMatchObject({
      ok: false,
      problem: { kind: "conflict", message: `revision ${named(moved).revision} is not stored` },
    });
  });

  test("are scaled by UID: one made anew under the name is left alone", async () => {
    const spec = world.spec("replaced");
    await world.render(spec, "a", 1);
    const known = world.stores.deployments.get(`${spec.namespace}/replaced-a`);
    if (known === undefined) throw new Error("the Deployment is not cached");
    await world.api.delete(deploymentPath(spec, "a"));
    await eventually(
      "it is gone",
      () => world.stores.deployments.get(`${spec.namespace}/replaced-a`) === undefined,
    );
    const { uid: _, resourceVersion: __, ...metadata } = known.metadata;
    await world.api.create(pathOf("Deployment", spec.namespace), { ...known, metadata });
    const stale = createSlotsWorkload({
      api: world.api,
      stores: { ...world.stores, deployments: { ...frozenStore(known), byIndex: () => [], size: 1 } },
      clock: { monotonic: () => 0 },
    });
    expect(await stale.scaleSlot(spec, "a", 5)).toMatchObject({ ok: false, problem: { kind: "conflict" } });
    expect((await deploymentOf(spec, "a")).spec.replicas).toBe(1);
  });
});

/** A cache that stands still at one object. */
function frozenStore(object: DeploymentObject) {
  return { get: () => object, list: () => [object], noteWrite: () => undefined, noteDelete: () => undefined };
}
