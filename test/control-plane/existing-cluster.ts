import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { ApiClient } from "./api-client.ts";
import { writeKubeconfig } from "./credentials.ts";
import { type ControlPlane, NotOursError } from "./options.ts";
import { parseServiceAccount, serviceAccountToken } from "./service-account.ts";

/**
 * A handle on a cluster that is there already, of the current context of a kubeconfig. Nothing is started in it,
 * and nothing stopped.
 * @throws Error when it does not answer
 */
export async function existingCluster(kubeconfigPath: string): Promise<ControlPlane> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`${kubeconfigPath} has no current context`);
  const client = new ApiClient(kubeconfigPath, "modelrollout-test");
  await client.get("/version");
  const folder = await mkdtemp(join(tmpdir(), "modelrollout-kubeconfigs-"));
  const refuse = (what: string) => (): never => {
    throw new NotOursError(what);
  };
  return {
    url: cluster.server,
    kubeconfigPath,
    kubectl: "kubectl",
    async kubeconfigFor(user) {
      const account = parseServiceAccount(user);
      if (account === undefined) throw new NotOursError(`a kubeconfig for the user ${user}`);
      const token = await serviceAccountToken(client, account);
      const authority = cluster.caData
        ? Buffer.from(cluster.caData, "base64").toString()
        : await readFile(cluster.caFile ?? "", "utf8");
      return writeKubeconfig(folder, { url: cluster.server, certificateAuthority: authority }, user, token);
    },
    async stop() {
      await client.close();
      await rm(folder, { recursive: true, force: true });
    },
    get pids() {
      return refuse("pids")();
    },
    get tokens() {
      return refuse("tokens")();
    },
    get caFile() {
      return refuse("caFile")();
    },
    get auditLogPath() {
      return refuse("the audit log")();
    },
    pauseApiServer: refuse("pauseApiServer"),
    resumeApiServer: refuse("resumeApiServer"),
    stopApiServer: refuse("stopApiServer"),
    startApiServer: refuse("startApiServer"),
    restartApiServer: refuse("restartApiServer"),
  };
}
