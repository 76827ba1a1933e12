import { expect, test } from "vitest";
import { desiredTargets } from "./desired-targets.ts";
import type { Pod, Service, TargetGroupBinding } from "./objects.ts";

const metadata = { name: "x", namespace: "prod" };

function binding(
  port: number | string,
  extra: Partial<TargetGroupBinding["metadata"]> = {},
): TargetGroupBinding {
  return {
    metadata: { ...metadata, ...extra },
    spec: { targetGroupARN: "arn", serviceRef: { name: "x", port } },
  };
}

const service: Service = {
  metadata,
  spec: {
    selector: { app: "x", slot: "a" },
    ports: [
      { name: "web", port: 80, targetPort: "http" },
      { name: "admin", port: 9000 },
    ],
  },
};

function pod(ip: string, extra: Partial<Pod["metadata"]> = {}, ready = "True"): Pod {
  return {
    metadata: { name: ip, namespace: "prod", labels: { app: "x", slot: "a", more: "y" }, ...extra },
    spec: {
      containers: [{ name: "proxy" }, { name: "server", ports: [{ name: "http", containerPort: 8080 }] }],
    },
    status: { podIP: ip, conditions: [{ type: "Ready", status: ready }] },
  };
}

test("a port by name or by number leads to the pods' own named or numbered port", () => {
  expect(desiredTargets(binding("web"), service, [pod("10.0.0.1")])).toEqual([
    { ip: "10.0.0.1", port: 8080 },
  ]);
  expect(desiredTargets(binding(80), service, [pod("10.0.0.1")])).toEqual([{ ip: "10.0.0.1", port: 8080 }]);
  expect(desiredTargets(binding(9000), service, [pod("10.0.0.1")])).toEqual([{ ip: "10.0.0.1", port: 9000 }]);
});

test("two versions may serve one named port on two numbers", () => {
  const other = pod("10.0.0.2");
  other.spec.containers = [{ name: "server", ports: [{ name: "http", containerPort: 9090 }] }];
  expect(desiredTargets(binding(80), service, [pod("10.0.0.1"), other]).map(({ port }) => port)).toEqual([
    8080, 9090,
  ]);
});

test.each([
  ["is not Ready", pod("10.0.0.1", {}, "False")],
  ["is being deleted", pod("10.0.0.1", { deletionTimestamp: "2026-01-01T00:00:00Z" })],
  ["lacks a label", pod("10.0.0.1", { labels: { app: "x" } })],
  ["is in another namespace", pod("10.0.0.1", { namespace: "test" })],
])("a pod that %s is no target", (_, one) => {
  expect(desiredTargets(binding(80), service, [one])).toEqual([]);
});

test("no Service, no such port, a deleted binding: no targets", () => {
  expect(desiredTargets(binding(80), undefined, [pod("10.0.0.1")])).toEqual([]);
  expect(desiredTargets(binding(81), service, [pod("10.0.0.1")])).toEqual([]);
  const deleted = binding(80, { deletionTimestamp: "2026-01-01T00:00:00Z" });
  expect(desiredTargets(deleted, service, [pod("10.0.0.1")])).toEqual([]);
});
