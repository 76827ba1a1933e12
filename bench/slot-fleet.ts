import { apiVersion, plural } from "../src/api/group.ts";
import type { ModelRollout } from "../src/api/types.ts";
import { createStack } from "../test/aws-simulator/fixtures.ts";
import type { KubeObject } from "../test/control-plane/api-client.ts";
import { eventually } from "../test/control-plane/eventually.ts";
import { createIfAbsent } from "../test/control-plane/service-account.ts";
import { startPodDirectory } from "../test/target-binder/pod-directory.ts";
import { startTargetBinder } from "../test/target-binder/target-binder.ts";
import { type WatchedObjects, watchObjects } from "../test/target-binder/watched-objects.ts";
import type { Edge } from "../test/world/edge.ts";
import { manifestOf } from "../test/world/manifest.ts";
import { createModelServers } from "../test/world/model-servers.ts";
import { inLanes } from "./fleet.ts";
import type { Place } from "./place.ts";

/** Rollouts with slots of 2 pods each, over many namespaces, as teams have them. */
export type SlotFleet = {
  /** Adds rollouts until there are so many. */
  grow(size: number): Promise<void>;
  /** Waits until the first version of all of them serves and is settled. */
  ready(withinMs: number): Promise<void>;
  stop(): Promise<void>;
};

/** Rollouts per namespace. */
const perNamespace = 10;

/** Opens an empty one; it plays the AWS Load Balancer Controller as well. */
export async function openSlotFleet({ client, simulator, plane }: Place): Promise<SlotFleet> {
  const pods = await startPodDirectory(plane);
  simulator.setProbe(createModelServers(pods).probe);
  const { kubeconfigPath } = plane;
  const binder = await startTargetBinder({
    kubeconfigPath,
    elbEndpoint: simulator.endpoint,
    region: simulator.region,
  });
  const watched: WatchedObjects<ModelRollout & KubeObject> = await watchObjects(
    client,
    `/apis/${apiVersion}/${plural}`,
    () => undefined,
  );
  let made = 0;
  const isReady = ({ status, metadata }: ModelRollout): boolean =>
    status?.state === "Idle" &&
    status.observedGeneration === metadata.generation &&
    status.stable !== undefined &&
    status.retained === undefined;
  const ready = (): number => [...watched.byKey.values()].filter(isReady).length;
  return {
    grow: async (size) => {
      const added = Array.from({ length: size - made }, (_, index) => made + index);
      await inLanes(added, async (index) => {
        const namespace = `team-${Math.floor(index / perNamespace)}`;
        await createIfAbsent(client, "/api/v1/namespaces", { metadata: { name: namespace } });
        const name = `s${String(index).padStart(5, "0")}`;
        simulator.alarms.put(`${name}-5xx`, { state: "OK" });
        const edge = { stack: createStack(simulator, { name }) } as unknown as Edge;
        const path = `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}?fieldManager=user&force=true`;
        await client.patch(path, "apply", manifestOf({ name, edge, alarms: [`${name}-5xx`] }));
      });
      made = size;
    },
    ready: async (withinMs) => {
      await eventually(`${made} rollouts with pods are ready`, () => ready() === made, {
        withinMs,
        everyMs: 250,
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}; ${ready()} are`);
      });
    },
    stop: async () => {
      await Promise.all([watched.stop(), binder.stop(), pods.stop()]);
    },
  };
}
