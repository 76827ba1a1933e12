import { AppMeshClient, type RouteData, type RouteSpec } from "@aws-sdk/client-app-mesh";
import { OPEN_TO_ALL } from "../fixtures.ts";
import type { Simulator } from "../simulator.ts";

/** A real SDK client that reaches `simulator`: one attempt, the simulator's region and account. */
export const createMeshClient = (simulator: Simulator): AppMeshClient =>
  new AppMeshClient({
    endpoint: simulator.endpoint,
    region: simulator.region,
    maxAttempts: 1,
    credentials: { accessKeyId: simulator.account, secretAccessKey: "simulated" },
  });

/** What to create. */
export interface MeshStackSpec {
  readonly mesh: string;
  readonly router: string;
  readonly route: string;
  /** Weight by virtual node; default `{a: 100, b: 0}`. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly spec?: (targets: readonly { virtualNode: string; weight: number }[]) => RouteSpec;
  readonly tags?: Readonly<Record<string, string>>;
  /** Where a node's addresses come from: NODE.NAMESPACE.svc.cluster.local. Default namespace `prod`. */
  readonly namespace?: string;
}

/** Creates a mesh with a router, its nodes and one HTTP route, in process. Returns the route's ARN. */
export const createMeshStack = (simulator: Simulator, spec: MeshStackSpec): string => {
  const tags = Object.entries({ ...OPEN_TO_ALL, ...spec.tags }).map(([key, value]) => ({ key, value }));
  const create = (operation: string, input: object): object => simulator.invoke("appmesh", operation, input);
  const targets = Object.entries(spec.weights ?? { a: 100, b: 0 }).map(([virtualNode, weight]) => ({
    virtualNode,
    weight,
  }));
  const listeners = [{ portMapping: { port: 8080, protocol: "http" } }];
  const plain = (): RouteSpec => ({
    httpRoute: { match: { prefix: "/" }, action: { weightedTargets: [...targets] } },
  });
  create("CreateMesh", { meshName: spec.mesh, tags });
  create("CreateVirtualRouter", {
    meshName: spec.mesh,
    virtualRouterName: spec.router,
    spec: { listeners },
    tags,
  });
  for (const { virtualNode } of targets) {
    create("CreateVirtualNode", {
      meshName: spec.mesh,
      virtualNodeName: virtualNode,
      spec: {
        listeners,
        serviceDiscovery: {
          dns: { hostname: `${virtualNode}.${spec.namespace ?? "prod"}.svc.cluster.local` },
        },
      },
      tags,
    });
  }
  const route = create("CreateRoute", {
    meshName: spec.mesh,
    virtualRouterName: spec.router,
    routeName: spec.route,
    spec: spec.spec?.(targets) ?? plain(),
    tags,
  }) as RouteData;
  return route.metadata?.arn ?? "";
};
