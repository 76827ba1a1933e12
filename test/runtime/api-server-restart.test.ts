import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../src/runtime/clock.ts";
import type { KubeApi } from "../../src/runtime/kube-api.ts";
import { createKubeApi } from "../../src/runtime/kube-client.ts";
import { loadKubeConfig } from "../../src/runtime/kube-config.ts";
import { LeaderElector } from "../../src/runtime/leader-election.ts";
import { Reflector } from "../../src/runtime/reflector.ts";
import { resourcePath } from "../../src/runtime/resource-path.ts";
import { useOwnControlPlane } from "../control-plane/shared.ts";

/** No proxy here: the API server itself is killed, started again, and frozen. */
const cluster = useOwnControlPlane({ nodes: 1 });
let api: KubeApi;
let reflector: Reflector;
let elector: LeaderElector;
let seen: string[];

function configMaps(): string {
  return resourcePath({ group: "", version: "v1", plural: "configmaps", namespace: cluster.namespace });
}

async function createAndSee(name: string): Promise<void> {
  await api.create(configMaps(), { metadata: { name, labels: { watched: "yes" } } });
  await vi.waitFor(() => expect(seen).toContain(name), { timeout: 20_000, interval: 20 });
}

beforeEach(async () => {
  seen = [];
  api = createKubeApi(loadKubeConfig({ kubeconfig: cluster.kubeconfigPath }), {
    userAgent: "modelrollout/test",
  });
  const parts = { api, clock: systemClock, random: Math.random };
  const select = { labelSelector: "watched=yes" };
  reflector = new Reflector({ ...parts, path: configMaps(), select, backoff: { baseMs: 100, maxMs: 1_000 } });
  reflector.addHandlers({ onAdd: ({ metadata }) => seen.push(metadata.name ?? "") });
  reflector.start();
  await reflector.synced();
  elector = new LeaderElector({ ...parts, namespace: cluster.namespace, name: "lease", identity: "one" });
  elector.start();
  await vi.waitFor(() => expect(elector.mayWrite()).toBe(true), { timeout: 10_000 });
});

afterEach(async () => {
  await elector.stop();
  await reflector.stop();
  await api.close();
});

test("a killed API server that comes back finds watch and leader going on", async () => {
  await createAndSee("before");
  await cluster.plane.stopApiServer();
  const signal = elector.leadershipSignal;
  await vi.waitFor(() => expect(signal.aborted).toBe(true), { timeout: 10_000 });
  expect(elector.mayWrite()).toBe(false);
  await cluster.plane.startApiServer();
  await vi.waitFor(() => expect(elector.mayWrite()).toBe(true), { timeout: 20_000 });
  await createAndSee("after");
  expect(seen).toEqual(["before", "after"]);
});

test("a frozen API server costs the term in time, and calls their deadline, not more", async () => {
  const frozenAt = performance.now();
  cluster.plane.pauseApiServer();
  try {
    await expect(api.get(configMaps(), { timeoutMs: 500 })).rejects.toMatchObject({ reason: "Timeout" });
    await vi.waitFor(() => expect(elector.isLeader()).toBe(false), { timeout: 10_000, interval: 10 });
    expect(performance.now() - frozenAt).toBeLessThan(4_500);
  } finally {
    cluster.plane.resumeApiServer();
  }
  await vi.waitFor(() => expect(elector.mayWrite()).toBe(true), { timeout: 20_000 });
  await createAndSee("thawed");
});
