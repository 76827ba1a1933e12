import type { RouteData } from "@aws-sdk/client-app-mesh";
import { createMeshStack } from "../aws-simulator/app-mesh/fixtures.ts";
import type { DataPlane } from "../aws-simulator/data-plane/front.ts";
import { type Load, type LoadSpec, startLoad } from "../aws-simulator/data-plane/load.ts";
import { MESH_NAMESPACE, nodeDimensions } from "../aws-simulator/data-plane/mesh.ts";
import type { Simulator } from "../aws-simulator/simulator.ts";
import type { EdgeWeights, MeasuredAlarm } from "./edge.ts";
import type { ModelServers } from "./model-servers.ts";
import type { ServiceDirectory } from "./service-directory.ts";

/** What `traffic.appMesh` names. */
export type MeshAddress = {
  readonly meshName: string;
  readonly virtualRouterName: string;
  readonly routeName: string;
  readonly virtualNodes: { readonly a: string; readonly b: string };
};

/** A mesh with a route to two virtual nodes, a proxy that takes requests, and alarms on what it measures. */
export type Mesh = {
  readonly address: MeshAddress;
  readonly dataPlane: DataPlane;
  /** Of the two nodes in the route. */
  weights(): EdgeWeights;
  /** Sends requests until the load, or the mesh, is stopped. */
  startLoad(spec?: Partial<Omit<LoadSpec, "url">>): Load;
  /** Puts an alarm on the share of requests answered with 5xx: ALARM above `percent` (default 5). */
  putErrorRateAlarm(alarm: Omit<MeasuredAlarm, "group"> & { readonly percent?: number }): void;
  /** Puts an alarm on the 99th percentile of the latency of either node: ALARM above `ms`. */
  putLatencyAlarm(alarm: Omit<MeasuredAlarm, "group"> & { readonly ms: number }): void;
  stop(): Promise<void>;
};

/** Nodes `NAME-a` and `NAME-b` stand for the Services of these names. Nothing has weight at first. */
export type MeshSpec = { readonly name: string; readonly namespace: string };

/** Creates a mesh. Its name must be unique in the simulator. */
export async function createMesh(
  simulator: Simulator,
  servers: ModelServers,
  services: ServiceDirectory,
  { name, namespace }: MeshSpec,
): Promise<Mesh> {
  const address: MeshAddress = {
    meshName: name,
    virtualRouterName: name,
    routeName: name,
    virtualNodes: { a: `${name}-a`, b: `${name}-b` },
  };
  const nodes = Object.values(address.virtualNodes);
  createMeshStack(simulator, {
    mesh: name,
    router: name,
    route: name,
    namespace,
    weights: Object.fromEntries(nodes.map((node) => [node, 0])),
  });
  const dataPlane = await simulator.startMeshPlane({
    mesh: name,
    router: name,
    resolve: (hostname) => services.resolve(hostname),
    respond: ({ ip }) => servers.answer(ip),
  });
  const loads = new Set<Load>();
  const put = (alarm: MeasuredAlarm, threshold: number, Metrics: object[]): void => {
    simulator.invoke("monitoring", "PutMetricAlarm", {
      AlarmName: alarm.name,
      ComparisonOperator: "GreaterThanThreshold",
      EvaluationPeriods: alarm.evaluationPeriods ?? 1,
      Threshold: threshold,
      TreatMissingData: "notBreaching",
      Metrics,
    });
  };
  return {
    address,
    dataPlane,
    weights: () => weightsOf(simulator, address),
    startLoad: (load = {}) => {
      const started = startLoad({ rps: 40, ...load, url: dataPlane.url });
      loads.add(started);
      return started;
    },
    putErrorRateAlarm: ({ percent = 5, ...alarm }) => put(alarm, percent, errorRate(name, nodes, alarm)),
    putLatencyAlarm: ({ ms, ...alarm }) => put(alarm, ms, latency(name, nodes, alarm)),
    stop: async () => {
      await Promise.all([...loads].map((load) => load.stop()));
      await dataPlane.stop();
    },
  };
}

function weightsOf(simulator: Simulator, address: MeshAddress): EdgeWeights {
  const { spec } = simulator.invoke("appmesh", "DescribeRoute", address) as unknown as RouteData;
  const targets = (spec?.httpRoute ?? spec?.http2Route)?.action?.weightedTargets ?? [];
  const of = (node: string): number => targets.find(({ virtualNode }) => virtualNode === node)?.weight ?? 0;
  return { a: of(address.virtualNodes.a), b: of(address.virtualNodes.b) };
}

/** One metric of each node, called PREFIX0 and PREFIX1. */
function metrics(
  mesh: string,
  nodes: readonly string[],
  { prefix, name, stat, period }: { prefix: string; name: string; stat: string; period: number },
): object[] {
  return nodes.map((node, index) => ({
    Id: `${prefix}${index}`,
    ReturnData: false,
    MetricStat: {
      Metric: {
        Namespace: MESH_NAMESPACE,
        MetricName: `envoy.appmesh.${name}`,
        Dimensions: Object.entries(nodeDimensions(mesh, node)).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: period,
      Stat: stat,
    },
  }));
}

function errorRate(mesh: string, nodes: readonly string[], { period = 1 }: MeasuredAlarm): object[] {
  return [
    ...metrics(mesh, nodes, { prefix: "errors", name: "HTTPCode_Target_5XX_Count", stat: "Sum", period }),
    ...metrics(mesh, nodes, { prefix: "requests", name: "RequestCountPerTarget", stat: "Sum", period }),
    {
      Id: "rate",
      Expression: "100 * (FILL(errors0, 0) + FILL(errors1, 0)) / (FILL(requests0, 0) + FILL(requests1, 0))",
    },
  ];
}

function latency(mesh: string, nodes: readonly string[], { period = 1 }: MeasuredAlarm): object[] {
  return [
    ...metrics(mesh, nodes, { prefix: "slow", name: "TargetResponseTime", stat: "p99", period }),
    { Id: "slowest", Expression: "MAX([FILL(slow0, 0), FILL(slow1, 0)])" },
  ];
}
