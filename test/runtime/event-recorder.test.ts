import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/runtime/clock.ts";
import { type EventRecord, EventRecorder } from "../../src/runtime/event-recorder.ts";
import type { KubeApi } from "../../src/runtime/kube-api.ts";
import { createKubeApi } from "../../src/runtime/kube-client.ts";
import { loadKubeConfig } from "../../src/runtime/kube-config.ts";
import type { KubeError } from "../../src/runtime/kube-error.ts";
import type { KubeObject } from "../../src/runtime/kube-object.ts";
import { resourcePath } from "../../src/runtime/resource-path.ts";
import { useControlPlane } from "../control-plane/shared.ts";

interface StoredEvent extends KubeObject {
  readonly note: string;
  readonly series?: { readonly count: number };
}

const cluster = useControlPlane();
let api: KubeApi;
let recorder: EventRecorder;
let dropped: Array<KubeError | undefined>;

beforeEach(() => {
  api = createKubeApi(loadKubeConfig({ kubeconfig: cluster.kubeconfigPath }), {
    userAgent: "modelrollout/test",
  });
  dropped = [];
  recorder = new EventRecorder({
    api,
    clock: systemClock,
    random: Math.random,
    reportingController: "modelrollout.dev/operator",
    reportingInstance: "test-0",
    listener: { dropped: (_event, _why, error) => dropped.push(error) },
  });
});

afterEach(() => api.close());

test("kubectl describe shows events, counted; the server refuses none of their fields", async () => {
  const { namespace } = cluster;
  const ref = { group: "", version: "v1", plural: "configmaps", namespace };
  const regarding = await api.create(resourcePath(ref), { metadata: { name: "sentiment" } });
  const event: EventRecord = {
    regarding: { apiVersion: "v1", kind: "ConfigMap", ...regarding },
    related: { apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace, name: "sentiment-b" } },
    type: "Warning",
    reason: "RolledBack",
    action: "SetWeights",
    note: `the alarm sentiment-5xx fired ${"ö".repeat(2_000)}`,
  };
  for (let time = 0; time < 5; time++) recorder.record(event);
  recorder.record({ ...event, note: "short", reason: "WeightSet", type: "Normal" });
  await recorder.stop(10_000);
  expect(dropped).toEqual([]);
  const events = await api.list<StoredEvent>(
    resourcePath({ group: "events.k8s.io", version: "v1", plural: "events", namespace }),
    { fieldSelector: "regarding.name=sentiment" },
  );
  expect(new Map(events.items.map(({ note, series }) => [note.slice(0, 5), series?.count]))).toEqual(
    new Map([
      ["short", undefined],
      ["the a", 5],
    ]),
  );
  const described = await cluster.kubectl("describe", "configmap", "sentiment");
  expect(described).toMatch(/Warning\s+RolledBack\s+.*the alarm sentiment-5xx fired/);
  expect(described).toContain("modelrollout.dev/operator");
});

test("an event for a namespace that does not exist is dropped, with the server's reason", async () => {
  recorder.record({
    regarding: { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "gone", name: "x", uid: "1" } },
    type: "Normal",
    reason: "WeightSet",
    action: "SetWeights",
    note: "10 %",
  });
  await recorder.stop(10_000);
  expect(dropped).toMatchObject([{ reason: "NotFound" }]);
});
