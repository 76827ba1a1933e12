import type { PlantedFault } from "../fault.ts";

/** In the slots. */
export const workloads: readonly PlantedFault[] = [
  {
    name: "every Ready pod serves, healthy in its group or not",
    file: "workloads/slots/read.ts",
    text: "  if (health === undefined || health.problem !== undefined) return 0;\n",
    instead: "  if (health !== undefined) return ready.length;\n",
    within: 100,
  },
  {
    name: "a slot is scaled by increments",
    file: "workloads/slots/deployment.ts",
    text: "const patch = { metadata: { uid: known.metadata.uid }, spec: { replicas } };",
    instead:
      "const patch = { metadata: { uid: known.metadata.uid }, spec: { replicas: replicas === 0 ? 0 : (known.spec.replicas ?? 0) + 1 } };",
    within: 60,
  },
];
