import type { Operations } from "../operation.ts";
import { meshOperations } from "./meshes.ts";
import { routeOperations } from "./routes.ts";
import { appMeshTagOperations } from "./tags.ts";

/** Every App Mesh operation the simulator knows. */
export const appMeshOperations: Operations = {
  ...meshOperations,
  ...routeOperations,
  ...appMeshTagOperations,
};
