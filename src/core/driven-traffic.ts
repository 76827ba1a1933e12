import type { AppMeshTraffic, ModelRolloutStatus, Traffic } from "../api/types.ts";

/** What is driven, as status keeps it: rules by ARN or a route by name, and the groups or nodes of the destinations. */
export type DrivenTraffic = NonNullable<ModelRolloutStatus["traffic"]>;

type Route = Pick<AppMeshTraffic, "meshName" | "virtualRouterName" | "routeName"> & {
  readonly region: string;
};

/** `appmesh:us-east-1:mesh/ai/virtualRouter/shop/route/main`: a route's ARN as far as its spec tells it. */
export function routeName({ region, meshName, virtualRouterName, routeName: name }: Route): string {
  return `appmesh:${region}:mesh/${meshName}/virtualRouter/${virtualRouterName}/route/${name}`;
}

const routePattern = /^appmesh:([^:]*):mesh\/([^/]+)\/virtualRouter\/([^/]+)\/route\/([^/]+)$/;

/**
 * What a spec drives; undefined for a kind without rules. `ownRegion` is the operator's, for a spec that names none.
 */
export function drivenTraffic({ alb, appMesh }: Traffic, ownRegion: string): DrivenTraffic | undefined {
  if (alb) return { rules: alb.rules.map(({ arn }) => arn), ...alb.targetGroups };
  if (!appMesh) return undefined;
  const { region = ownRegion, virtualNodes } = appMesh;
  return { rules: [routeName({ ...appMesh, region })], ...virtualNodes };
}

/** The spec's traffic with another driven one in its place. */
export function withDriven(traffic: Traffic, { rules, a, b }: DrivenTraffic): Traffic {
  const { alb, appMesh } = traffic;
  if (alb) {
    const { region: _edited, ...rest } = alb;
    return { alb: { ...rest, rules: rules.map((arn) => ({ arn })), targetGroups: { a, b } } };
  }
  const [, region, meshName, virtualRouterName, name] = routePattern.exec(rules[0] ?? "") ?? [];
  if (!appMesh || !region || !meshName || !virtualRouterName || !name) return traffic;
  const virtualNodes = { a, b };
  return { appMesh: { region, meshName, virtualRouterName, routeName: name, virtualNodes } };
}
