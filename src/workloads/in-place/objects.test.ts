import { expect, test } from "vitest";
import { revisionName } from "../../api/revision.ts";
import { countsOnly, type InPlaceDeployment, markOf, settingsOf, withHeldFields } from "./objects.ts";
import { versionOf } from "./revisions.ts";

const template = {
  metadata: { labels: { app: "x" } },
  spec: { containers: [{ name: "server", image: "registry.example:5000/model:v7" }] },
};

const deployment = (over: object = {}): InPlaceDeployment => ({
  metadata: { name: "x", uid: "u" },
  spec: { selector: { matchLabels: { app: "x" } }, template },
  ...over,
});

test("a ReplicaSet is known by its Deployment's template: the label that Kubernetes adds does not count", () => {
  const { metadata, spec } = template;
  const labelled = { metadata: { labels: { ...metadata.labels, "pod-template-hash": "abc" } }, spec };
  const kept = countsOnly({
    metadata: { name: "x-abc", labels: { a: "b" }, managedFields: [{}] },
    spec: { replicas: 3, template: labelled },
    status: { readyReplicas: 2 },
  } as never);
  expect(kept).toEqual({
    metadata: { name: "x-abc" },
    spec: { replicas: 3 },
    status: { readyReplicas: 2 },
    hash: revisionName({ template }),
  });
});

test("an entry of ours in managedFields is noticed, others are not", () => {
  const held = (...managers: string[]) =>
    withHeldFields(
      deployment({ metadata: { name: "x", managedFields: managers.map((manager) => ({ manager })) } }),
    );
  expect(held("user", "modelrollout").holdsFields).toBe(true);
  expect(held("user", "kube-controller-manager").holdsFields).toBe(false);
  expect(held("user").metadata.managedFields).toBeUndefined();
});

test("settings that the API server would default, and labels", () => {
  expect(settingsOf(deployment())).toEqual({
    type: "RollingUpdate",
    maxUnavailable: "25%",
    maxSurge: "25%",
    minReadySeconds: 0,
    progressDeadlineSeconds: 600,
  });
  const labelled = (...names: string[]) =>
    markOf(deployment({ metadata: { labels: Object.fromEntries(names.map((name) => [name, "r"])) } }));
  expect(labelled()).toBe("none");
  expect(labelled("modelrollout.dev/adopted")).toBe("adopted");
  expect(labelled("modelrollout.dev/adopted", "modelrollout.dev/released")).toBe("released");
});

test("the version for people: the label, else the image's tag", () => {
  expect(versionOf(template)).toBe("v7");
  expect(versionOf({ ...template, metadata: { labels: { "app.kubernetes.io/version": "2026.1" } } })).toBe(
    "2026.1",
  );
  expect(versionOf({ spec: { containers: [{ name: "s", image: "host:5000/model" }] } })).toBeUndefined();
  expect(versionOf({ spec: { containers: [{ name: "s", image: `m:v8@sha256:${"0".repeat(64)}` }] } })).toBe(
    "v8",
  );
});
