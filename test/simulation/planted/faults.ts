import type { PlantedFault } from "./fault.ts";
import { controller } from "./faults/controller.ts";
import { decisions } from "./faults/decisions.ts";
import { inPlace } from "./faults/in-place.ts";
import { routers } from "./faults/routers.ts";
import { runtime } from "./faults/runtime.ts";
import { workloads } from "./faults/workloads.ts";

/** All of them, by the part of the operator that they are in. */
export const plantedFaults: readonly PlantedFault[] = [
  ...controller,
  ...runtime,
  ...routers,
  ...workloads,
  ...decisions,
  ...inPlace,
];
