import { expect, test } from "vitest";
import { revisionName } from "../../api/revision.ts";
import {
  countsOnly,
  type InPlaceDeployment,
  isRestless,
  markOf,
  settingsOf,
  withHeldFields,
} from "./objects.ts";
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
  expect(held("user", "modelrollout").othersFields).toEqual([{ manager: "user" }]);
  expect(held("modelrollout").othersFields).toEqual([]);
  expect(held("user")).not.toHaveProperty("othersFields");
});

test("its controller is about to write it: it has not seen the spec, or not counted what is Ready", () => {
  const seen = (status: object | undefined, spec: object = {}) => {
    const made = deployment({ metadata: { name: "x", generation: 3 }, ...(status ? { status } : {}) });
    return isRestless({ ...made, spec: { ...made.spec, ...spec } });
  };
  const counted = { observedGeneration: 3, readyReplicas: 4, availableReplicas: 4 };
  expect(seen(counted)).toBe(false);
  expect(seen({ observedGeneration: 3 })).toBe(false);
  expect(seen(undefined)).toBe(true);
  expect(seen({ ...counted, observedGeneration: 2 })).toBe(true);
  expect(seen({ ...counted, availableReplicas: 3 })).toBe(true);
  // With the user's own minReadySeconds that may take long.
  expect(seen({ ...counted, availableReplicas: 3 }, { minReadySeconds: 30 })).toBe(false);
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
