import { existsSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { nearest } from "../../config/nearest.ts";
import { Problem } from "../problem.ts";
import type { ClusterFlags } from "./cluster.ts";

/**
 * Where the API server is and who we are, in kubectl's order: `--kubeconfig`, `$KUBECONFIG`, `~/.kube/config`, the
 * pod's service account. Throws Problem.
 */
export function personsKubeConfig({ kubeconfig, context }: ClusterFlags): KubeConfig {
  if (kubeconfig !== undefined && !existsSync(kubeconfig)) {
    throw new Problem("notFound", `there is no kubeconfig ${kubeconfig}`);
  }
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new Problem("failed", `the kubeconfig cannot be read: ${why}`);
  }
  if (context !== undefined) useContext(config, context);
  const server = config.getCurrentCluster()?.server ?? "";
  if (server === "" || server === "http://localhost:8080") throw withoutCluster(config);
  return config;
}

function useContext(config: KubeConfig, context: string): void {
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context)) {
    const meant = nearest(context, names);
    const hint = meant === undefined ? "kubectl config get-contexts lists them." : `Did you mean ${meant}?`;
    throw new Problem("notFound", `the kubeconfig has no context ${context}`, [hint]);
  }
  config.setCurrentContext(context);
}

function withoutCluster(config: KubeConfig): Problem {
  const context = config.getCurrentContext();
  const what = context === "" ? "no current context" : `no cluster for its context ${context}`;
  return new Problem("failed", `the kubeconfig names ${what}`, [
    "Choose one with --context or kubectl config use-context, or name a file with --kubeconfig or KUBECONFIG.",
  ]);
}
