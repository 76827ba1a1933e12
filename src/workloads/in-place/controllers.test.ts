import { describe, expect, test } from "vitest";
import { controllerOf } from "./controllers.ts";
import { type InPlaceDeployment, withHeldFields } from "./objects.ts";

const deployment = (
  metadata: object,
  { replicas = 4, pod = {} }: { replicas?: number; pod?: Record<string, string> } = {},
): InPlaceDeployment =>
  withHeldFields({
    metadata: { name: "sentiment", namespace: "prod", ...metadata },
    spec: {
      replicas,
      selector: {},
      template: { metadata: { annotations: pod }, spec: { containers: [{ name: "server", image: "x:v1" }] } },
    },
  });

const owner = (more: object): object => ({
  ownerReferences: [
    { apiVersion: "flagger.app/v1beta1", kind: "Canary", name: "sentiment", uid: "1", ...more },
  ],
});
const scaledBy = (manager: string): object => ({
  managedFields: [
    { manager: "kubectl", fieldsV1: { "f:spec": { "f:template": {} } } },
    { manager, fieldsV1: { "f:spec": { "f:replicas": {} } } },
  ],
});

describe("whose Deployment it is", () => {
  test("a controlling owner is named", () => {
    expect(controllerOf(deployment(owner({ controller: true })))).toBe(
      "belongs to Canary sentiment (flagger.app/v1beta1, its controlling owner), which writes it: change that, or take the owner reference off",
    );
  });

  test.each([
    ["Argo Rollouts", { annotations: { "argo-rollouts.argoproj.io/managed-by-rollouts": "sentiment" } }],
    ["Argo Rollouts", { annotations: { "rollout.argoproj.io/revision": "3" } }],
    ["Flagger", { labels: { "flagger.app/primary": "true" } }],
    ["OpenKruise Rollouts", { annotations: { "rollouts.kruise.io/in-progressing": "{}" } }],
  ])("%s by its mark", (name, metadata) => {
    const key = Object.keys(Object.values(metadata)[0] ?? {})[0];
    expect(controllerOf(deployment(metadata))).toContain(
      `is driven by ${name} (it carries ${key}): delete the `,
    );
  });

  test("Flagger by the id in the pods of its primary", () => {
    expect(controllerOf(deployment({}, { pod: { "flagger-id": "6f0c" } }))).toMatch(/^is driven by Flagger/);
  });

  test.each(["rollouts-controller", "flagger"])(
    "%s scaled it to 0: only as long as it stands so",
    (manager) => {
      expect(controllerOf(deployment(scaledBy(manager), { replicas: 0 }))).toContain(
        `(${manager} scaled it to 0): delete the `,
      );
      expect(controllerOf(deployment(scaledBy(manager)))).toBeUndefined();
      expect(controllerOf(deployment(scaledBy("kubectl"), { replicas: 0 }))).toBeUndefined();
    },
  );

  test("Argo CD, Helm, Flux, autoscalers and owners that do not control may stay", () => {
    const metadata = {
      ...owner({}),
      labels: {
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/instance": "sentiment",
        "argocd.argoproj.io/instance": "models",
        "kustomize.toolkit.fluxcd.io/name": "models",
      },
      annotations: {
        "argocd.argoproj.io/tracking-id": "models:apps/Deployment:prod/sentiment",
        "meta.helm.sh/release-name": "sentiment",
        "deployment.kubernetes.io/revision": "3",
      },
      ...scaledBy("kube-controller-manager"),
    };
    expect(controllerOf(deployment(metadata))).toBeUndefined();
  });
});
