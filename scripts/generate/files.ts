import { apiReference } from "./api-reference.ts";
import { chartFiles } from "./chart.ts";
import { cliReference } from "./cli-reference.ts";
import { crd } from "./crd.ts";
import { dashboard } from "./dashboard.ts";
import { eventsReference } from "./events-reference.ts";
import { flagsReference } from "./flags-reference.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { iamReference } from "./iam-reference.ts";
import { install, namespacedRole } from "./install.ts";
import { metricsReference } from "./metrics-reference.ts";
import { namesReference } from "./names-reference.ts";
import { rbacReference } from "./rbac-reference.ts";
import { reasonsReference } from "./reasons-reference.ts";
import { runbookPages } from "./runbooks.ts";

/** Every file of the project that is made from code. */
export const generatedFiles: readonly GeneratedFile[] = [
  crd,
  apiReference,
  reasonsReference,
  eventsReference,
  metricsReference,
  flagsReference,
  cliReference,
  rbacReference,
  iamReference,
  namesReference,
  install,
  namespacedRole,
  ...chartFiles,
  dashboard,
  ...runbookPages,
];
