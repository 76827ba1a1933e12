import { fileURLToPath } from "node:url";
import type { ControlPlane } from "../../test/control-plane/control-plane.ts";
import { kubectl } from "../../test/control-plane/manifests.ts";
import type { World } from "../../test/world/world.ts";
import type { Surroundings } from "../manifests.ts";
import { albTraffic } from "./alb.ts";
import { appMeshTraffic } from "./app-mesh.ts";
import { rollingUpdateTraffic } from "./rolling-update.ts";
import type { Traffic, TrafficKind } from "./traffic.ts";

/** The alarms of the demo, and what they watch in a few words. */
export const alarms = {
  "sentiment-5xx": "fires above 2 % of 5xx answers for 3 s",
  "sentiment-p99": "fires when 1 in 100 answers takes over 250 ms",
} as const;

const errorRate = { name: "sentiment-5xx", percent: 2, evaluationPeriods: 3 } as const;
const latency = { name: "sentiment-p99", ms: 250, evaluationPeriods: 3 } as const;
const policies = fileURLToPath(
  new URL("../../deploy/components/admission-policies/policies.yaml", import.meta.url),
);

/** Makes what must exist in AWS, and in the cluster beside what a user applies, for one kind of traffic. */
export async function openTraffic(
  kind: TrafficKind,
  plane: Pick<ControlPlane, "kubectl" | "kubeconfigPath">,
  world: World,
  name: string,
): Promise<Traffic> {
  const to: Surroundings = { name, namespace: world.namespace, alarms: Object.keys(alarms) };
  if (kind === "appMesh") {
    const mesh = await world.createMesh(name);
    mesh.putErrorRateAlarm(errorRate);
    mesh.putLatencyAlarm(latency);
    return appMeshTraffic(mesh, to);
  }
  const inPlace = kind === "rollingUpdate";
  if (inPlace) await kubectl(plane, ["apply", "-f", policies]);
  const edge = await world.createEdge({ name, ...(inPlace ? { groups: ["pods"] } : {}) });
  edge.putErrorRateAlarm(errorRate);
  edge.putLatencyAlarm(latency);
  return inPlace ? rollingUpdateTraffic(world, edge, to) : albTraffic(edge, to);
}
