import type { ModelRollout } from "../../src/api/types.ts";
import { pathOf } from "../api/cases.ts";
import type { TestCluster } from "../control-plane/shared.ts";
import { type SceneName, scene } from "./scenes.ts";

/** Makes a ModelRollout of this name that stands as in the scene: its spec, and its status by the status endpoint. */
export async function put(cluster: TestCluster, name: string, sceneName: SceneName): Promise<ModelRollout> {
  const { rollout } = scene(sceneName);
  const { annotations } = rollout.metadata;
  await cluster.client.create(pathOf(cluster), {
    apiVersion: rollout.apiVersion,
    kind: rollout.kind,
    metadata: { name, ...(annotations === undefined ? {} : { annotations }) },
    spec: rollout.spec,
  });
  return await stand(cluster, name, sceneName);
}

/** The status of the scene, as of the generation that the object has now; the spec stays. */
export async function stand(cluster: TestCluster, name: string, sceneName: SceneName): Promise<ModelRollout> {
  const { status } = scene(sceneName).rollout;
  const path = pathOf(cluster, name);
  const { metadata } = await cluster.client.get<ModelRollout>(path);
  if (status === undefined) return await cluster.client.get<ModelRollout>(path);
  const seen = sceneName === "stale" ? metadata.generation - 1 : metadata.generation;
  await cluster.client.patch(`${path}/status`, "json", [
    { op: "add", path: "/status", value: { ...status, observedGeneration: seen } },
  ]);
  return await cluster.client.get<ModelRollout>(path);
}
