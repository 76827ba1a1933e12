import type { ModelRollout, Traffic } from "../api/types.ts";
import type { AwsScopes } from "../aws/accounts.ts";
import { type AlbFleet, createAlbFleet } from "../routers/alb/fleet.ts";
import { createAlbRouter } from "../routers/alb/router.ts";
import { type AppMeshFleet, createAppMeshFleet } from "../routers/app-mesh/fleet.ts";
import { createAppMeshRouter } from "../routers/app-mesh/router.ts";
import type { Grantee } from "../routers/grant.ts";
import type { TrafficRouter } from "../routers/router.ts";
import type { Clock } from "../runtime/clock.ts";
import type { RolloutMemory } from "./memory.ts";

/** Which router drives a rollout: the one place that knows every kind of traffic. */
export interface Routers {
  /** What of the spec this build cannot drive, in one line; undefined: all of it can be. */
  unsupported(rollout: ModelRollout): string | undefined;
  /** The rollout's router, made anew when its targets change. */
  routerFor(rollout: ModelRollout, memory: RolloutMemory): TrafficRouter | undefined;
}

/** What all routers of one kind, and of one role, share. */
export interface RouterFleets {
  readonly alb: AlbFleet;
  readonly appMesh: AppMeshFleet;
}

/** What holds for all rollouts of the process. */
export interface RouterSettings {
  /** The operator's own, for traffic that names none. */
  readonly region: string;
  /** A target is driven only where its tags grant it to the rollout's namespace. */
  readonly requireGrant: boolean;
  /** The operator's own name of its cluster, when it was told. */
  readonly clusterName?: string;
}

/** The fleets of each role, made when its first rollout is seen. */
export function fleetsOf(scopes: AwsScopes, clock: Clock): (namespace: string) => RouterFleets {
  const known = new Map<string, RouterFleets>();
  return (namespace) => {
    const scope = scopes.of(namespace);
    const { key, aws } = scope;
    const fleets = known.get(key) ?? {
      alb: createAlbFleet(aws, clock, scope),
      appMesh: createAppMeshFleet(aws, clock),
    };
    known.set(key, fleets);
    return fleets;
  };
}

export function createRouters(
  fleets: (namespace: string) => RouterFleets,
  settings: RouterSettings,
): Routers {
  return {
    unsupported: ({ spec }) => {
      const { alb, appMesh, rollingUpdate } = spec.traffic;
      const known = alb !== undefined || appMesh !== undefined || rollingUpdate !== undefined;
      // After a downgrade: the CRD, and what was stored by it, may be newer than this program.
      return known ? undefined : "spec.traffic names a kind that this version of the operator does not know";
    },
    routerFor: ({ metadata, spec }, memory) => {
      const { alb, appMesh } = spec.traffic;
      const identity = JSON.stringify(alb ? [alb.region, alb.rules, alb.targetGroups] : (appMesh ?? null));
      if (memory.router?.identity === identity) return memory.router.router;
      memory.router?.router.close();
      const router = routerOf(
        { ...spec, ...granteeOf(metadata.namespace, settings), owner: metadata.namespace },
        fleets(metadata.namespace ?? "default"),
        settings.region,
      );
      if (router) memory.router = { identity, router };
      else delete memory.router;
      return router;
    },
  };
}

function granteeOf(
  namespace = "default",
  { requireGrant, clusterName }: RouterSettings,
): { readonly grantee?: Grantee } {
  if (!requireGrant) return {};
  return { grantee: { namespace, ...(clusterName === undefined ? {} : { cluster: clusterName }) } };
}

interface RoutedSpec {
  readonly traffic: Traffic;
  readonly template?: unknown;
  readonly grantee?: Grantee;
  /** The rollout's namespace. */
  readonly owner: string;
}

function routerOf(
  { traffic, template, owner, ...granted }: RoutedSpec,
  fleets: RouterFleets,
  ownRegion: string,
): TrafficRouter | undefined {
  const { alb, appMesh } = traffic;
  const grant = granted.grantee ? { grantee: granted.grantee } : {};
  if (appMesh) {
    const config = { ...appMesh, ...grant, region: appMesh.region ?? ownRegion };
    return createAppMeshRouter({ config, fleet: fleets.appMesh });
  }
  if (!alb) return undefined;
  const config = {
    ...grant,
    owner,
    ...(alb.region === undefined ? {} : { region: alb.region }),
    rules: alb.rules,
    targetGroups: alb.targetGroups,
    bindTargets: template !== undefined && alb.bindTargets !== false,
  };
  return createAlbRouter({ config, fleet: fleets.alb });
}
