/** Where a route is. */
export interface RouteAddress {
  readonly region: string;
  readonly meshName: string;
  readonly virtualRouterName: string;
  readonly routeName: string;
  /** Account that owns a mesh which is shared with ours. */
  readonly meshOwner?: string;
}

/** The address as one text, for maps. */
export function keyOf({ region, meshName, virtualRouterName, routeName, meshOwner }: RouteAddress): string {
  return JSON.stringify({ region, meshName, virtualRouterName, routeName, meshOwner });
}

/** The address that `keyOf` made a text of. */
export function addressOf(key: string): RouteAddress {
  return JSON.parse(key) as RouteAddress;
}
