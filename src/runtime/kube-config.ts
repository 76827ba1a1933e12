import { existsSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";

/**
 * Where the API server is and who we are, in the order the process promises: `--kubeconfig FILE`, else the pod's
 * service account, else `$KUBECONFIG`, else `~/.kube/config`. (client-node's `loadFromDefault` asks in another
 * order and ends at `http://localhost:8080`, which no cluster answers on; so the pod is asked for explicitly.)
 */
const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount/token";

export interface KubeConfigSource {
  /** Path of a kubeconfig file; it wins over everything else. */
  readonly kubeconfig?: string;
}

/** Throws an `Error` that says what is missing, or what is wrong with the file. */
export function loadKubeConfig(source: KubeConfigSource = {}): KubeConfig {
  const config = new KubeConfig();
  if (source.kubeconfig !== undefined) {
    config.loadFromFile(source.kubeconfig);
  } else if (process.env["KUBERNETES_SERVICE_HOST"] !== undefined && existsSync(tokenPath)) {
    config.loadFromCluster();
  } else {
    config.loadFromDefault();
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null || cluster.server === "") {
    throw new Error(`the kubeconfig names no cluster for its context "${config.getCurrentContext()}"`);
  }
  if (cluster.server === "http://localhost:8080" && source.kubeconfig === undefined) {
    throw new Error("no cluster to talk to: give a kubeconfig, or set KUBECONFIG, or run in a pod");
  }
  return config;
}

/** The namespace of the current context (in a pod: the pod's own), else `default`. */
export function namespaceOf(config: KubeConfig): string {
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  return namespace === undefined || namespace === "" ? "default" : namespace;
}
