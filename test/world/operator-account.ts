import { fileURLToPath } from "node:url";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { existingCluster } from "../control-plane/existing-cluster.ts";
import { kubectl } from "../control-plane/manifests.ts";

/** Where the install manifest puts the operator, and its Lease. */
export const operatorNamespace = "modelrollout-system";

const account = `system:serviceaccount:${operatorNamespace}:modelrollout`;
const rbac = fileURLToPath(new URL("../../deploy/rbac.yaml", import.meta.url));

/** The operator's own account in a cluster. */
export type OperatorAccount = {
  /** With its token, and nobody else's rights. */
  readonly kubeconfigPath: string;
  /** Removes the kubeconfig. Account and rights stay: they belong to the cluster, and the next one needs them. */
  stop(): Promise<void>;
};

/** Makes the operator's account with exactly the rights that deploy/rbac.yaml gives it. */
export async function createOperatorAccount(
  controlPlane: Pick<ControlPlane, "kubeconfigPath" | "kubectl">,
): Promise<OperatorAccount> {
  const cluster = await existingCluster(controlPlane.kubeconfigPath);
  const kubeconfigPath = await cluster.kubeconfigFor(account);
  await kubectl(controlPlane, ["apply", "--server-side", "--force-conflicts", "-f", rbac]);
  return { kubeconfigPath, stop: () => cluster.stop() };
}
