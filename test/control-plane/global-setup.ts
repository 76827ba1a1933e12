import type { TestProject } from "vitest/node";
import { startControlPlane } from "./control-plane.ts";
import { applyDefinitions, definitionFiles } from "./manifests.ts";

/** What test files are told of the control plane that the run has started. */
export type SharedControlPlane = {
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly kubectl: string;
  /** Absent on an existing cluster. */
  readonly auditLogPath?: string;
};

declare module "vitest" {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- declaration merging needs an interface
  export interface ProvidedContext {
    controlPlane: SharedControlPlane;
  }
}

/** Starts one control plane, with all definitions, for all test files of a run. @returns its end */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const plane = await startControlPlane();
  await applyDefinitions(plane, await definitionFiles());
  const { url, kubeconfigPath, kubectl } = plane;
  const shared: SharedControlPlane = process.env["MODELROLLOUT_TEST_KUBECONFIG"]
    ? { url, kubeconfigPath, kubectl }
    : { url, kubeconfigPath, kubectl, auditLogPath: plane.auditLogPath };
  project.provide("controlPlane", shared);
  return () => plane.stop();
}
