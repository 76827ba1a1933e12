import type { ModelRollout } from "../api/types.ts";
import { type AlbFleet } from "../routers/alb/fleet.ts";
import { createAlbRouter } from "../routers/alb/router.ts";
import type { TrafficRouter } from "../routers/router.ts";
import type { RolloutMemory } from "./memory.ts";

/** Which router drives a rollout: the one place that knows every kind of traffic. */
export interface Routers {
  /** What of the spec this build cannot drive, in one line; undefined: all of it can be. */
  unsupported(rollout: ModelRollout): string | undefined;
  /** The rollout's router, made anew when its targets change. */
  routerFor(rollout: ModelRollout, memory: RolloutMemory): TrafficRouter | undefined;
}

export function createRouters(fleet: AlbFleet): Routers {
  return {
    unsupported: ({ spec }) => {
      if (spec.traffic.rollingUpdate && !spec.workloadRef)
        return "spec.traffic.rollingUpdate with spec.template is not built yet: use spec.workloadRef";
      if (spec.traffic.appMesh) return "spec.traffic.appMesh is not built yet: use spec.traffic.alb";
      return undefined;
    },
    routerFor: ({ spec }, memory) => {
      const { alb } = spec.traffic;
      if (!alb) return undefined;
      const identity = JSON.stringify([alb.region, alb.rules, alb.targetGroups]);
      if (memory.router?.identity === identity) return memory.router.router;
      memory.router?.router.close();
      const config = {
        ...(alb.region === undefined ? {} : { region: alb.region }),
        rules: alb.rules,
        targetGroups: alb.targetGroups,
        bindTargets: spec.template !== undefined && alb.bindTargets !== false,
      };
      const router = createAlbRouter({ config, fleet });
      memory.router = { identity, router };
      return router;
    },
  };
}
