import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/runtime/clock.ts";
import { createKubeApi } from "../../src/runtime/kube-client.ts";
import { loadKubeConfig } from "../../src/runtime/kube-config.ts";
import { pathOf } from "../../src/workloads/slots/names.ts";
import type { SlotsSpec } from "../../src/workloads/slots/slots-spec.ts";
import { createSlotsWorkload } from "../../src/workloads/slots/workload.ts";
import { serviceAccountToken } from "../control-plane/service-account.ts";
import { useControlPlane } from "../control-plane/shared.ts";
import { named } from "./samples.ts";
import { useWorld } from "./world.ts";

const cluster = useControlPlane();
const world = useWorld(cluster);

function withPods(spec: SlotsSpec, pods: object): SlotsSpec {
  const { template } = spec.content;
  const changed = { ...template, spec: { ...template.spec, ...pods } };
  return { ...spec, content: { ...spec.content, template: changed } };
}

async function proofOf(spec: SlotsSpec) {
  const outcome = await world.workload.proveTemplate(spec, "a", named(spec).revision);
  if (!outcome.ok) throw new Error(outcome.problem.message);
  return outcome.proof;
}

describe("the proof of a template", () => {
  test("passes a good one and leaves nothing behind", async () => {
    const spec = world.spec("good");
    expect(await proofOf(spec)).toEqual({ revision: named(spec).revision, ok: true });
    await expect(world.get(pathOf("Deployment", spec.namespace, "good-a"))).rejects.toMatchObject({
      reason: "NotFound",
    });
  });

  test.each<[string, object, string]>([
    [
      "a field that does not exist",
      { containers: [{ name: "server", imge: "x", image: "y" }] },
      "spec.template.spec.containers[0].imge: unknown field",
    ],
    [
      "a missing value",
      { containers: [{ name: "server" }] },
      "spec.template.spec.containers[0].image: Required value",
    ],
    ["a value of the wrong type", { terminationGracePeriodSeconds: "soon" }, "terminationGracePeriodSeconds"],
    [
      "a container for the model that is not there",
      { containers: [{ name: "serve", image: "y" }] },
      'spec.model.container: no container "server" in spec.template (serve)',
    ],
  ])("names %s", async (_, pods, message) => {
    const plain = world.spec("bad");
    const spec = { ...plain, content: { ...plain.content, model: { version: "v8", container: "server" } } };
    const proof = await proofOf(withPods(spec, pods));
    expect(proof.ok).toBe(false);
    expect(proof.message).toContain(message);
    expect(proof.message).not.toContain("POST");
  });

  test("names a label that the selector does not match", async () => {
    const spec = world.spec("unmatched", { matchLabels: { app: "another" } });
    const proof = await proofOf(spec);
    expect(proof.ok).toBe(false);
    expect(proof.message).toMatch(/^spec\.template\.metadata\.labels: /);
  });

  test("names what a quota refuses", async () => {
    const quota = { metadata: { name: "none" }, spec: { hard: { "count/deployments.apps": "0" } } };
    const path = `/api/v1/namespaces/${cluster.namespace}/resourcequotas`;
    await world.api.create(path, quota);
    // Without a resource quota controller nobody fills the status in.
    await world.api.patch(
      `${path}/none/status`,
      { status: { hard: quota.spec.hard, used: { "count/deployments.apps": "0" } } },
      { type: "merge" },
    );
    try {
      await expect
        .poll(async () => (await proofOf(world.spec("poor"))).message, { timeout: 20_000 })
        .toMatch(/exceeded quota: none/);
    } finally {
      await world.api.delete(`${path}/none`);
    }
    await expect.poll(async () => (await proofOf(world.spec("poor"))).ok, { timeout: 20_000 }).toBe(true);
  });

  test("is of the template, also when the slot's Deployment exists, ours or not, with the longest name there is", async () => {
    const name = "n".repeat(61);
    const spec = world.spec(name);
    await world.render(spec, "a", 0);
    expect(await proofOf(spec)).toMatchObject({ ok: true });
    const stranger = { ...spec, uid: crypto.randomUUID() };
    expect(await proofOf(stranger)).toMatchObject({ ok: true });
    const wrong = withPods(stranger, { containers: [{ name: "server" }] });
    expect((await proofOf(wrong)).message).toContain("Required value");
  });

  test("says that the namespace is not there", async () => {
    const proof = await proofOf(world.spec("lost", { namespace: "no-such-namespace" }));
    expect(proof.ok).toBe(false);
    expect(proof.message).toBe('namespaces "no-such-namespace" not found');
  });

  test("is no proof but a problem when the operator lacks the right, or nobody answers", async () => {
    const spec = world.spec("powerless");
    const account = { namespace: cluster.namespace, name: "powerless" };
    const { clusters } = loadKubeConfig({ kubeconfig: cluster.kubeconfigPath });
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters,
      users: [{ name: "powerless", token: await serviceAccountToken(cluster.client, account) }],
      contexts: [{ name: "powerless", cluster: clusters[0]?.name, user: "powerless" }],
      currentContext: "powerless",
    });
    const api = createKubeApi(config, { userAgent: "modelrollout-test" });
    const workload = createSlotsWorkload({ api, stores: world.stores, clock: systemClock });
    const prove = (signal?: AbortSignal) => workload.proveTemplate(spec, "a", named(spec).revision, signal);
    expect(await prove()).toMatchObject({ ok: false, problem: { kind: "denied" } });
    expect(await prove(AbortSignal.abort())).toMatchObject({ ok: false, problem: { kind: "unreachable" } });
    await api.close();
  });
});
