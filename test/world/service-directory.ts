import type { NodeAddress } from "../aws-simulator/data-plane/mesh.ts";
import type { ApiClient } from "../control-plane/api-client.ts";
import { addressesOf } from "../target-binder/desired-targets.ts";
import type { Pod, Service } from "../target-binder/objects.ts";
import { watchObjects } from "../target-binder/watched-objects.ts";

/** What the cluster's DNS tells of the Services of one namespace, as far as headless ones go: their Ready pods. */
export type ServiceDirectory = {
  /** The addresses behind `SERVICE.NAMESPACE.svc.cluster.local` now; none for a name that is not there. */
  resolve(hostname: string): readonly NodeAddress[];
  stop(): Promise<void>;
};

/** Watches the Services and pods of a namespace. Resolves when it has seen what there is. */
export async function startServiceDirectory(client: ApiClient, namespace: string): Promise<ServiceDirectory> {
  const path = `/api/v1/namespaces/${namespace}`;
  const [services, pods] = await Promise.all([
    watchObjects<Service>(client, `${path}/services`, () => undefined),
    watchObjects<Pod>(client, `${path}/pods`, () => undefined),
  ]);
  return {
    resolve: (hostname) => {
      const [name, within, ...rest] = hostname.split(".");
      if (within !== namespace || rest.join(".") !== "svc.cluster.local") return [];
      const service = services.byKey.get(`${namespace}/${name}`);
      const port = service?.spec.ports?.[0];
      return service === undefined || port === undefined
        ? []
        : addressesOf(service, port, pods.byKey.values());
    },
    stop: async () => {
      await Promise.all([services.stop(), pods.stop()]);
    },
  };
}
