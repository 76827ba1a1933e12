import type { ModelRollout } from "../../src/api/types.ts";
import type { KubeObject } from "../../test/control-plane/api-client.ts";
import { isServing, type Pod } from "../../test/target-binder/objects.ts";
import { watchObjects } from "../../test/target-binder/watched-objects.ts";
import type { Edge } from "../../test/world/edge.ts";
import type { World } from "../../test/world/world.ts";
import { rollingUpdateYaml, type Surroundings } from "../manifests.ts";
import type { Sign } from "../reaction.ts";
import { versionOfPod, versionSides } from "./pods.ts";
import type { Side, Traffic } from "./traffic.ts";

type Deployment = KubeObject & { spec: { template: Pick<Pod, "spec"> } };

/** Pods of an existing Deployment behind the one target group of `edge`. */
export function rollingUpdateTraffic(world: World, edge: Edge, to: Surroundings): Traffic {
  return {
    scenery: {
      place: "in an existing Deployment",
      shareHeading: ["SHARE OF READY PODS", "OF PODS"],
      sharedBy: "pods",
    },
    manifest: (version) => rollingUpdateYaml(to, edge.stack.group("pods"), version),
    startLoad: (rps) => edge.startLoad({ rps }),
    sides: versionSides(),
    operations: { write: [], read: [] },
    watchSigns: (report, rollout) => watchSigns(world, report, rollout),
    words: {
      until: "no Ready pod of the bad version left",
      howMeasured: (written) =>
        "Measured from the simulator's answer to DescribeAlarms that said ALARM to the moment at which a watch of the pods " +
        `showed it; a watch of the Deployment showed the stable template after ${written}.`,
    },
    wrongTraffic,
    tries: [
      {
        title:
          "Do to the Deployment what you are used to. A new template is released in steps, whoever writes it:",
        commands: [
          "kubectl set image deployment sentiment server=registry.example/sentiment:v12",
          "kubectl scale deployment sentiment --replicas=6",
          "kubectl get replicasets -o wide",
        ],
      },
    ],
  };
}

function wrongTraffic({ status }: ModelRollout, sides: readonly Side[]): string | undefined {
  const stable = status?.stable?.modelVersion;
  const others = sides.filter(({ version, pods }) => version !== stable && pods.total > 0);
  const own = sides.find(({ version }) => version === stable);
  if (others.length === 0 && own !== undefined && own.pods.ready > 0) return undefined;
  return `${stable} is stable, and there are ${sides
    .map(({ version = "no version", pods }) => `${pods.ready} Ready pods of ${version}`)
    .join(" and ")}`;
}

async function watchSigns(
  { client, namespace }: World,
  report: (sign: Sign) => void,
  rollout: () => ModelRollout | undefined,
): Promise<() => Promise<void>> {
  const stable = (): string | undefined => rollout()?.status?.stable?.modelVersion;
  let known: ReadonlyMap<string, Pod> | undefined;
  const pods = await watchObjects<Pod>(client, `/api/v1/namespaces/${namespace}/pods`, () => {
    const serving = [...(known?.values() ?? [])].filter(isServing);
    if (serving.length > 0 && serving.every((pod) => versionOfPod(pod) === stable())) report("shown");
  });
  known = pods.byKey;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const deployments = await watchObjects<Deployment>(client, path, (deployment) => {
    if (deployment !== undefined && versionOfPod(deployment.spec.template) === stable()) report("written");
  });
  return async () => {
    await Promise.all([pods.stop(), deployments.stop()]);
  };
}
