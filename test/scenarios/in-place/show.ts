import { isActive } from "../deployment-controller/cluster.ts";
import { settingsText } from "../narrate.ts";
import type { World } from "../world.ts";
import { settingsOf } from "./rolled.ts";

/** How the Deployment stands, its pods, and what of the operator is in it. */
export function deploymentLines({ rolled, stored }: World): readonly string[] {
  const { deployment, labels, held = false, cluster } = rolled ?? {};
  if (!deployment || !labels || !cluster) return ["  no Deployment"];
  const { spec } = deployment;
  const ours = [
    ...(labels.adopted === undefined ? [] : ["adopted"]),
    ...(labels.released === undefined ? [] : [`released ${labels.released}`]),
    ...(held ? ["in managedFields"] : []),
  ];
  const sets = cluster.sets.map(({ template, replicas, status }) => {
    return `${template} x${replicas} (${status.readyReplicas} Ready)`;
  });
  const going = cluster.pods.filter((pod) => !isActive(pod)).length;
  return [
    `  template ${spec.template} x${spec.replicas}${spec.paused ? ", paused" : ""}, ${settingsText(settingsOf(spec))}`,
    `  pods: ${sets.join(", ")}${going > 0 ? `, ${going} terminating` : ""}`,
    `  ours: ${ours.join(", ") || "nothing"}; stored: ${[...stored].join(" ") || "nothing"}`,
  ];
}
