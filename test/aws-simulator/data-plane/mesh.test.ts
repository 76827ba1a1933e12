import { GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMeshStack } from "../app-mesh/fixtures.ts";
import { type Clients, createClients } from "../clients.ts";
import { createVirtualClock, type VirtualClock } from "../clock.ts";
import { type Simulator, startSimulator } from "../simulator.ts";
import type { DataPlane } from "./front.ts";
import { MESH_NAMESPACE, type NodeAddress } from "./mesh.ts";

let clock: VirtualClock;
let simulator: Simulator;
let clients: Clients;
let plane: DataPlane;
let addresses: Record<string, NodeAddress[]>;
const place = { meshName: "ai", virtualRouterName: "model", routeName: "main" };

beforeEach(async () => {
  clock = createVirtualClock();
  simulator = await startSimulator({ clock });
  clients = createClients(simulator);
  createMeshStack(simulator, { mesh: "ai", router: "model", route: "main", weights: { a: 80, b: 20 } });
  addresses = {
    "a.prod.svc.cluster.local": [
      { ip: "10.0.0.1", port: 8080 },
      { ip: "10.0.0.2", port: 8080 },
    ],
    "b.prod.svc.cluster.local": [{ ip: "10.0.1.1", port: 8080 }],
  };
  plane = await simulator.startMeshPlane({
    mesh: "ai",
    router: "model",
    seed: 7,
    resolve: (hostname) => addresses[hostname] ?? [],
    respond: async ({ ip }) => {
      if (ip === "10.9.9.9") throw new Error("nobody is there");
      return { status: 200, latencyMs: 0, version: ip.startsWith("10.0.0.") ? "v1" : "v2", body: "hello" };
    },
  });
});

afterEach(async () => {
  clients.destroy();
  await simulator.stop();
});

const shift = (a: number, b: number): void => {
  const weightedTargets = [
    { virtualNode: "a", weight: a },
    { virtualNode: "b", weight: b },
  ];
  const spec = { httpRoute: { match: { prefix: "/v1" }, action: { weightedTargets } } };
  simulator.invoke("appmesh", "UpdateRoute", { ...place, spec });
};

const send = async (count: number, path = "/v1/predict"): Promise<Response[]> => {
  const answers: Response[] = [];
  for (let sent = 0; sent < count; sent++) {
    const answer = await fetch(new URL(path, plane.url));
    await answer.arrayBuffer();
    answers.push(answer);
  }
  return answers;
};

test("requests are spread by the weights that the route has now, and over the addresses of a node in turn", async () => {
  await send(200);
  const { v1 = 0, v2 = 0 } = plane.stats().byVersion;
  expect(v1 + v2).toBe(200);
  expect(v2).toBeGreaterThan(20);
  expect(v2).toBeLessThan(65);
  shift(0, 100);
  const answers = await send(20);
  expect(new Set(answers.map(({ headers }) => headers.get("x-version")))).toEqual(new Set(["v2"]));
  shift(100, 0);
  const targets = (await send(4)).map(({ headers }) => headers.get("x-target"));
  expect(new Set(targets)).toEqual(new Set(["10.0.0.1:8080", "10.0.0.2:8080"]));
});

test.each<[string, () => void, string]>([
  ["a path that no route matches", () => shift(100, 0), "/other"],
  ["no weight at all", () => shift(0, 0), "/v1"],
  ["a node without addresses", () => void (addresses = {}), "/"],
  [
    "an address where nobody is",
    () => {
      addresses["a.prod.svc.cluster.local"] = addresses["b.prod.svc.cluster.local"] = [
        { ip: "10.9.9.9", port: 8080 },
      ];
    },
    "/",
  ],
])("%s: 503 from the proxy", async (_, change, path) => {
  change();
  const [answer] = await send(1, path);
  expect([answer?.status, answer?.headers.get("server")]).toEqual([503, "envoy"]);
});

test("what is sent to a node is counted for CloudWatch", async () => {
  shift(0, 100);
  addresses["b.prod.svc.cluster.local"]?.push({ ip: "10.9.9.9", port: 8080 });
  await send(10);
  clock.advance(1_000);
  const stat = (Id: string, name: string) => ({
    Id,
    MetricStat: {
      Metric: {
        Namespace: MESH_NAMESPACE,
        MetricName: `envoy.appmesh.${name}`,
        Dimensions: [
          { Name: "Mesh", Value: "ai" },
          { Name: "TargetVirtualNode", Value: "b" },
        ],
      },
      Period: 60,
      Stat: "Sum",
    },
  });
  const { MetricDataResults = [] } = await clients.cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(clock.now() - 60_000),
      EndTime: new Date(clock.now() + 60_000),
      MetricDataQueries: [stat("all", "RequestCountPerTarget"), stat("bad", "HTTPCode_Target_5XX_Count")],
    }),
  );
  expect(MetricDataResults.map(({ Values }) => Values)).toEqual([[10], [5]]);
});
