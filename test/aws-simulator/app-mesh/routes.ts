import type {
  CreateRouteInput,
  DeleteRouteInput,
  DescribeRouteInput,
  ListRoutesInput,
  UpdateRouteInput,
} from "@aws-sdk/client-app-mesh";
import { type OperationContext, type Operations, read, write } from "../operation.ts";
import { page } from "../paging.ts";
import { meshKey, routerByName } from "./meshes.ts";
import {
  ACTIVE,
  badRequest,
  conflict,
  created,
  notFound,
  presentMetadata,
  seenBefore,
  updated,
} from "./metadata.ts";
import type { AppMeshState, RouteRecord } from "./records.ts";
import { checkRouteSpec } from "./route-spec.ts";

const MAX_PAGE = 100;

const present = (route: RouteRecord) => ({
  meshName: route.mesh,
  virtualRouterName: route.router,
  routeName: route.name,
  spec: route.spec,
  metadata: presentMetadata(route.metadata),
  status: ACTIVE,
});

const presentRef = (route: RouteRecord) => ({
  meshName: route.mesh,
  virtualRouterName: route.router,
  routeName: route.name,
  ...presentMetadata(route.metadata),
});

const routeByName = (state: AppMeshState, input: DescribeRouteInput): RouteRecord => {
  routerByName(state, input.meshName, input.virtualRouterName);
  const found = state.routes.get(meshKey(input.meshName, input.virtualRouterName, input.routeName));
  if (!found) {
    throw notFound(
      `There is no route named ${input.routeName} in virtual router ${input.virtualRouterName} in mesh ${input.meshName}`,
    );
  }
  return found;
};

const nodesIn = (state: AppMeshState, mesh: string) => (name: string) =>
  state.nodes.get(meshKey(mesh, name))?.spec;

const create = (context: OperationContext, input: CreateRouteInput) => {
  const { appMesh } = context.state;
  const { mesh, name: router } = routerByName(appMesh, input.meshName, input.virtualRouterName);
  const name = input.routeName ?? "";
  const key = meshKey(mesh, router, name);
  const existing = appMesh.routes.get(key);
  if (seenBefore(appMesh, "CreateRoute", input) && existing) return present(existing);
  if (existing) throw conflict(`A route named ${name} already exists`);
  const spec = checkRouteSpec(input.spec, nodesIn(appMesh, mesh));
  const metadata = created(context, `${mesh}/virtualRouter/${router}/route/${name}`);
  const route: RouteRecord = { mesh, router, name, spec, metadata };
  appMesh.routes.set(key, route);
  appMesh.tags.set(
    metadata.arn,
    Object.fromEntries((input.tags ?? []).map((tag) => [tag.key ?? "", tag.value ?? ""])),
  );
  return present(route);
};

const update = ({ state: { appMesh }, now }: OperationContext, input: UpdateRouteInput) => {
  const route = routeByName(appMesh, input);
  const spec = checkRouteSpec(input.spec, nodesIn(appMesh, route.mesh));
  if (seenBefore(appMesh, "UpdateRoute", input)) return present(route);
  const next: RouteRecord = { ...route, spec, metadata: updated(route.metadata, now) };
  appMesh.routes.set(meshKey(route.mesh, route.router, route.name), next);
  return present(next);
};

/** Routes of virtual routers. An update replaces the whole spec. */
export const routeOperations: Operations = {
  CreateRoute: write(create),
  UpdateRoute: write(update),

  DescribeRoute: read(({ state: { appMesh } }, input: DescribeRouteInput) =>
    present(routeByName(appMesh, input)),
  ),

  ListRoutes: read(({ state: { appMesh } }, input: ListRoutesInput) => {
    const { mesh, name: router } = routerByName(appMesh, input.meshName, input.virtualRouterName);
    const limit = input.limit ?? MAX_PAGE;
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
      throw badRequest(`limit must be 1 to ${MAX_PAGE}`);
    const all = appMesh.routes.values().filter((route) => route.mesh === mesh && route.router === router);
    const { items, next } = page(all, limit, input.nextToken, () => badRequest("nextToken is not valid"));
    return { routes: items.map(presentRef), ...(next !== undefined && { nextToken: next }) };
  }),

  DeleteRoute: write(({ state: { appMesh } }, input: DeleteRouteInput) => {
    const route = routeByName(appMesh, input);
    appMesh.routes.delete(meshKey(route.mesh, route.router, route.name));
    appMesh.tags.delete(route.metadata.arn);
    return { ...present(route), status: { status: "DELETED" } };
  }),
};
