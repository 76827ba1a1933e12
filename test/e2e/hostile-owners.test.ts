import { expect, test } from "vitest";
import type { KubeObject } from "../control-plane/api-client.ts";
import { deploymentOf } from "./in-place-world.ts";
import { blocked } from "./sentences.ts";
import { useWorld } from "./shared.ts";

const world = useWorld();

const bare = { selector: undefined, template: undefined, replicas: undefined, model: undefined };

/** Somebody's Deployment and a ModelRollout that points at it. */
async function pointedAt(name: string, metadata: object, replicas = 1) {
  const made = deploymentOf({ name, version: "v1", replicas }) as KubeObject;
  const path = `/apis/apps/v1/namespaces/${world.namespace}/deployments`;
  await world.client.create(path, { ...made, metadata: { ...made.metadata, ...metadata } });
  const { rollout } = await world.newRollout(name);
  const workloadRef = { apiVersion: "apps/v1", kind: "Deployment", name };
  await rollout.apply({ spec: { ...bare, traffic: { rollingUpdate: {} }, workloadRef } });
  return { rollout, path: `${path}/${name}` };
}

test("a Deployment with a controlling owner is left alone, named with its owner; without one it is adopted", async () => {
  const configMap = { metadata: { name: "some-owner" } };
  const path = `/api/v1/namespaces/${world.namespace}/configmaps`;
  const owner = await world.client.create<KubeObject>(path, configMap);
  const ownerReferences = [
    { apiVersion: "v1", kind: "ConfigMap", name: "some-owner", uid: owner.metadata.uid, controller: true },
  ];
  const made = await pointedAt("owned-by", { ownerReferences });
  const said = await blocked(made.rollout, "OwnedByAnother");
  expect(said).toContain(`Deployment ${world.namespace}/owned-by belongs to ConfigMap some-owner`);
  const { metadata } = await world.client.get<KubeObject>(made.path);
  expect(metadata.labels).toEqual({ app: "owned-by" });
  await world.client.patch(made.path, "merge", { metadata: { ownerReferences: null } });
  await made.rollout.waitForReady();
});

test("one that Argo Rollouts has marked, and one that Flagger has scaled to 0, are left alone", async () => {
  const annotations = { "argo-rollouts.argoproj.io/managed-by-rollouts": "sentiment" };
  const argo = await pointedAt("of-argo", { annotations });
  expect(await blocked(argo.rollout, "OwnedByAnother")).toMatch(
    /driven by Argo Rollouts .*delete the Rollout/,
  );

  const flagger = await pointedAt("of-flagger", {}, 3);
  await flagger.rollout.waitForReady();
  const scale = `${flagger.path}?fieldManager=flagger`;
  await world.client.patch(scale, "merge", { spec: { replicas: 0 } });
  expect(await blocked(flagger.rollout, "OwnedByAnother")).toMatch(/Flagger \(flagger scaled it to 0\)/);
  await world.client.patch(`${flagger.path}?fieldManager=kubectl`, "merge", { spec: { replicas: 2 } });
  await flagger.rollout.waitForReady();
});
