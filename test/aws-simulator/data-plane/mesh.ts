import type { HttpRoute, WeightedTarget } from "@aws-sdk/client-app-mesh";
import { meshKey } from "../app-mesh/meshes.ts";
import type { AppMeshState, RouteRecord, VirtualNodeRecord } from "../app-mesh/records.ts";
import type { Clock } from "../clock.ts";
import type { MetricStore } from "../cloudwatch/metric-store.ts";
import type { Random } from "../random.ts";
import type { TargetAnswer } from "./data-plane.ts";
import { type DataPlane, type Outcome, openFront, type WholeRequest } from "./front.ts";

/** An address behind a virtual node. */
export interface NodeAddress {
  readonly ip: string;
  readonly port: number;
}

/** What a mesh's front is made of. */
export interface MeshParts {
  readonly mesh: string;
  readonly router: string;
  readonly state: AppMeshState;
  readonly metrics: MetricStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Service discovery: the addresses behind a node's DNS name at this moment. */
  readonly resolve: (hostname: string) => readonly NodeAddress[];
  /** Stands for the pods. A rejection is one that does not answer: the client gets 503 from the proxy. */
  readonly respond: (address: NodeAddress) => Promise<TargetAnswer>;
}

/** As the CloudWatch agent names what the proxies' metrics extension tells it. */
export const MESH_NAMESPACE = "CWAgent";

/** Dimensions of what was sent to a virtual node. */
export const nodeDimensions = (mesh: string, node: string): Readonly<Record<string, string>> => ({
  Mesh: mesh,
  TargetVirtualNode: node,
});

const pause = (ms: number): Promise<void> =>
  ms <= 0 ? Promise.resolve() : new Promise((resolve) => void setTimeout(resolve, ms));

const unavailable = (why: string): Outcome => ({
  status: 503,
  headers: { server: "envoy", "content-type": "text/plain" },
  body: why,
});

/**
 * Opens a proxy whose backend is a virtual router: each request takes the first route that matches (the lowest
 * priority number first), a virtual node by the weights that the route has at that moment, and the next of the node's
 * addresses. HTTP routes by path prefix, which is what the demo and the tests use.
 */
export const startMeshPlane = async (parts: MeshParts): Promise<DataPlane> => {
  const turns = new Map<string, number>();
  const route = async (request: WholeRequest): Promise<Outcome> => {
    const target = chosen(routeFor(parts, request), parts.random);
    if (target === undefined) return unavailable("no route");
    const node = parts.state.nodes.get(meshKey(parts.mesh, target.virtualNode));
    const addresses = parts.resolve(node === undefined ? "" : hostnameOf(node));
    const turn = turns.get(target.virtualNode ?? "") ?? 0;
    turns.set(target.virtualNode ?? "", turn + 1);
    const address = addresses[turn % Math.max(1, addresses.length)];
    const destination = target.virtualNode ?? "";
    if (address === undefined) return { ...unavailable("no healthy upstream"), destination };
    try {
      const answer = await parts.respond({ ...address, port: target.port ?? address.port });
      await pause(answer.latencyMs);
      const told = {
        "x-target": `${address.ip}:${address.port}`,
        "x-virtual-node": destination,
        ...(answer.version !== undefined && { "x-version": answer.version }),
      };
      return { ...answer, headers: { ...answer.headers, ...told }, destination, fromTarget: true };
    } catch {
      return { ...unavailable("upstream connect error"), destination };
    }
  };
  return await openFront(parts.clock, route, (outcome) => count(parts, outcome));
};

const hostnameOf = ({ spec }: VirtualNodeRecord): string => spec.serviceDiscovery?.dns?.hostname ?? "";

const httpOf = ({ spec }: RouteRecord): HttpRoute | undefined => spec.httpRoute ?? spec.http2Route;

/** Routes without a priority come last. */
const routeFor = ({ state, mesh, router }: MeshParts, { path }: WholeRequest): HttpRoute | undefined =>
  state.routes
    .values()
    .filter((route) => route.mesh === mesh && route.router === router)
    .sort((one, other) => (one.spec.priority ?? 1001) - (other.spec.priority ?? 1001))
    .map(httpOf)
    .find((http) => path.startsWith(http?.match?.prefix ?? "/"));

const chosen = (http: HttpRoute | undefined, random: Random): WeightedTarget | undefined => {
  const targets = http?.action?.weightedTargets ?? [];
  let left = random() * targets.reduce((sum, { weight = 0 }) => sum + weight, 0);
  for (const target of targets) {
    if (left < (target.weight ?? 0)) return target;
    left -= target.weight ?? 0;
  }
  return undefined;
};

/** As the proxies' metrics extension counts what they send to a virtual node. */
const count = ({ metrics, clock, mesh }: MeshParts, outcome: Outcome): void => {
  if (outcome.destination === undefined) return;
  const dimensions = nodeDimensions(mesh, outcome.destination);
  const put = (name: string, value = 1): void =>
    metrics.put({ namespace: MESH_NAMESPACE, name: `envoy.appmesh.${name}`, dimensions }, clock.now(), value);
  put("RequestCountPerTarget");
  put(`HTTPCode_Target_${Math.floor(outcome.status / 100)}XX_Count`);
  if (outcome.fromTarget === true) put("TargetResponseTime", outcome.latencyMs ?? 0);
};
