import {
  AppMeshClient,
  DescribeRouteCommand,
  type HttpRoute,
  NotFoundException,
  type RouteSpec,
  UpdateRouteCommand,
} from "@aws-sdk/client-app-mesh";
import { type SlotWeights, simulated, type Weighted } from "./weighted.ts";

const place = { meshName: "sentiment", virtualRouterName: "sentiment", routeName: "sentiment" };

/** A virtual node's slot is the end of its name. */
const slotOf = (virtualNode: string | undefined): string => (virtualNode ?? "").slice(-1);

/** The App Mesh route of the demo; undefined when there is none. */
export async function openRoute(endpoint: string): Promise<Weighted | undefined> {
  const mesh = new AppMeshClient(simulated(endpoint));
  const spec = async (): Promise<RouteSpec & { httpRoute: HttpRoute }> => {
    const { route } = await mesh.send(new DescribeRouteCommand(place));
    const found = route?.spec;
    if (found?.httpRoute === undefined) throw new Error("the route has no http route");
    return { ...found, httpRoute: found.httpRoute };
  };
  try {
    await spec();
  } catch (error) {
    mesh.destroy();
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
  return {
    read: async () => weightsOf((await spec()).httpRoute),
    write: async (wanted) => {
      const now = await spec();
      const weightedTargets = (now.httpRoute.action?.weightedTargets ?? []).map((target) => ({
        ...target,
        weight: wanted[slotOf(target.virtualNode)] ?? target.weight,
      }));
      const httpRoute = { ...now.httpRoute, action: { weightedTargets } };
      await mesh.send(new UpdateRouteCommand({ ...place, spec: { ...now, httpRoute } }));
    },
    close: () => mesh.destroy(),
  };
}

function weightsOf({ action }: HttpRoute): SlotWeights {
  return Object.fromEntries(
    (action?.weightedTargets ?? []).map(({ virtualNode, weight = 0 }) => [slotOf(virtualNode), weight]),
  );
}
