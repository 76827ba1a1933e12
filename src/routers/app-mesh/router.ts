import type { Destination } from "../../core/observed.ts";
import type { Grantee } from "../grant.ts";
import type { TrafficRouter } from "../router.ts";
import { createTargetRouter } from "../target-router.ts";
import { createRouteDriver } from "./driver.ts";
import type { AppMeshFleet } from "./fleet.ts";
import type { RouteAddress } from "./route-address.ts";

/** `spec.traffic.appMesh` with its defaults filled in. */
export interface AppMeshConfig extends RouteAddress {
  readonly virtualNodes: Readonly<Record<Destination, string>>;
  /** Absent: the route need not be granted to anybody. */
  readonly grantee?: Grantee;
}

export interface AppMeshRouterOptions {
  readonly config: AppMeshConfig;
  readonly fleet: AppMeshFleet;
}

/** AWS's own words on every page of the App Mesh user guide: neither the console nor App Mesh resources are accessible. */
const notice =
  "AWS ended App Mesh on 2026-09-30; this way to move traffic is proved against a simulator only, see docs/app-mesh.md";

/** Moves traffic by the weights of two virtual nodes in an App Mesh route. */
export function createAppMeshRouter({ config, fleet }: AppMeshRouterOptions): TrafficRouter {
  const { virtualNodes, grantee, ...address } = config;
  // The first rollback of this process must not wait for a package to load; a failure is met, and told, by the reads.
  fleet.aws.appMesh(address.region, "rollback").catch(() => {});
  return createTargetRouter({
    description: "App Mesh route",
    notice,
    clock: fleet.clock,
    targets: [{ driver: createRouteDriver(fleet, address, virtualNodes, grantee) }],
    // No health: the proxies know that of a virtual node's endpoints, the control plane does not.
    free: () => {},
  });
}
