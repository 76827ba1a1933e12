import type { ModelRollout, Traffic } from "../api/types.ts";
import type { AlbFleet } from "../routers/alb/fleet.ts";
import { createAlbRouter } from "../routers/alb/router.ts";
import type { AppMeshFleet } from "../routers/app-mesh/fleet.ts";
import { createAppMeshRouter } from "../routers/app-mesh/router.ts";
import type { TrafficRouter } from "../routers/router.ts";
import type { RolloutMemory } from "./memory.ts";

/** Which router drives a rollout: the one place that knows every kind of traffic. */
export interface Routers {
  /** What of the spec this build cannot drive, in one line; undefined: all of it can be. */
  unsupported(rollout: ModelRollout): string | undefined;
  /** The rollout's router, made anew when its targets change. */
  routerFor(rollout: ModelRollout, memory: RolloutMemory): TrafficRouter | undefined;
}

/** What all routers of one kind share. */
export interface RouterFleets {
  readonly alb: AlbFleet;
  readonly appMesh: AppMeshFleet;
}

/** `region`: the operator's own, for traffic that names none. */
export function createRouters(fleets: RouterFleets, region: string): Routers {
  return {
    unsupported: ({ spec }) => {
      const { alb, appMesh, rollingUpdate } = spec.traffic;
      const known = alb !== undefined || appMesh !== undefined || rollingUpdate !== undefined;
      // After a downgrade: the CRD, and what was stored by it, may be newer than this program.
      return known ? undefined : "spec.traffic names a kind that this version of the operator does not know";
    },
    routerFor: ({ spec }, memory) => {
      const { alb, appMesh } = spec.traffic;
      const identity = JSON.stringify(alb ? [alb.region, alb.rules, alb.targetGroups] : (appMesh ?? null));
      if (memory.router?.identity === identity) return memory.router.router;
      memory.router?.router.close();
      const router = routerOf(spec, fleets, region);
      if (router) memory.router = { identity, router };
      else delete memory.router;
      return router;
    },
  };
}

function routerOf(
  { traffic, template }: { readonly traffic: Traffic; readonly template?: unknown },
  fleets: RouterFleets,
  ownRegion: string,
): TrafficRouter | undefined {
  const { alb, appMesh } = traffic;
  if (appMesh) {
    const config = { ...appMesh, region: appMesh.region ?? ownRegion };
    return createAppMeshRouter({ config, fleet: fleets.appMesh });
  }
  if (!alb) return undefined;
  const config = {
    ...(alb.region === undefined ? {} : { region: alb.region }),
    rules: alb.rules,
    targetGroups: alb.targetGroups,
    bindTargets: template !== undefined && alb.bindTargets !== false,
  };
  return createAlbRouter({ config, fleet: fleets.alb });
}
