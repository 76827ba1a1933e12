import type { BatchedReads } from "../../aws/batched-reads.ts";
import type { Aws } from "../../aws/clients.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { createTagReads, type Tags } from "./ownership.ts";
import { createRouteReads, type RouteState } from "./route-reads.ts";

/** What all App Mesh routers of the process share. Making it loads nothing. */
export interface AppMeshFleet {
  readonly aws: Aws;
  readonly clock: Clock;
  /** By `keyOf` the route's address. */
  readonly routes: BatchedReads<RouteState>;
  /** By ARN of a route. */
  readonly tags: BatchedReads<Tags>;
}

/** One per process and role. */
export function createAppMeshFleet(aws: Aws, clock: Clock = systemClock): AppMeshFleet {
  return { aws, clock, routes: createRouteReads(aws, clock), tags: createTagReads(aws, clock) };
}
