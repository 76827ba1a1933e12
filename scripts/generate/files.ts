import { apiReference } from "./api-reference.ts";
import { chartFiles } from "./chart.ts";
import { crd } from "./crd.ts";
import { dashboard } from "./dashboard.ts";
import { flagsReference } from "./flags-reference.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { install, namespacedRole } from "./install.ts";
import { metricsReference } from "./metrics-reference.ts";
import { reasonsReference } from "./reasons-reference.ts";

/** Every file of the project that is made from code. */
export const generatedFiles: readonly GeneratedFile[] = [
  crd,
  apiReference,
  reasonsReference,
  metricsReference,
  flagsReference,
  install,
  namespacedRole,
  ...chartFiles,
  dashboard,
];
