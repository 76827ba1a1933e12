import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ApiClient } from "./api-client.ts";
import { apiServerReady } from "./api-server.ts";
import { auditPolicy } from "./audit.ts";
import type { BinaryName } from "./binaries.ts";
import { type BinaryPaths, ensureBinaries } from "./build.ts";
import {
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  kwokArguments,
  schedulerArguments,
} from "./components.ts";
import { admin, type Credentials, type User, writeCredentials, writeKubeconfig } from "./credentials.ts";
import { existingCluster } from "./existing-cluster.ts";
import { createNodes, nodesReady } from "./nodes.ts";
import type { ControlPlane, ControlPlaneOptions } from "./options.ts";
import { freePort } from "./ports.ts";
import { type GroupProcess, ProcessGroup } from "./process-group.ts";
import { parseServiceAccount, serviceAccountToken } from "./service-account.ts";

export type { ControlPlane, ControlPlaneOptions } from "./options.ts";

/** The users of the other programs; their own names keep them apart in the audit log. */
const programs: readonly User[] = ["kube-controller-manager", "kube-scheduler", "kwok"].map((name) => ({
  name: `system:${name}`,
  groups: ["system:masters"],
}));

/**
 * Starts a Kubernetes control plane on 127.0.0.1 and waits until it is ready and its nodes too: etcd, API server,
 * controller manager, scheduler, and kwok in the place of kubelets. Missing binaries are built first (minutes, once).
 * Its processes end with this one, however it ends. With `MODELROLLOUT_TEST_KUBECONFIG=FILE` that cluster is used.
 * @throws GoMissingError, BuildFailedError when binaries are missing and cannot be built
 * @throws NotReadyError with the end of the logs when it does not start
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const existing = process.env["MODELROLLOUT_TEST_KUBECONFIG"];
  if (existing) return existingCluster(existing);
  const binaries = await ensureBinaries(options.progress);
  const folder = await mkdtemp(join(tmpdir(), "modelrollout-cluster-"));
  const plane = new OwnControlPlane(folder, binaries);
  try {
    await plane.boot(options);
  } catch (error) {
    await plane.stop();
    throw error;
  }
  return plane;
}

/** One boot of everything, in one temporary folder. */
class OwnControlPlane implements ControlPlane {
  readonly auditLogPath: string;
  readonly caFile: string;
  readonly kubectl: string;
  kubeconfigPath = "";
  url = "";
  tokens: Readonly<Record<string, string>> = {};
  readonly #folder: string;
  readonly #binaries: BinaryPaths;
  readonly #group: ProcessGroup;
  readonly #running = new Map<BinaryName, GroupProcess>();
  #apiServerArguments: readonly string[] = [];
  #client: ApiClient | undefined;
  #stopped: Promise<void> | undefined;

  constructor(folder: string, binaries: BinaryPaths) {
    this.#folder = folder;
    this.#binaries = binaries;
    this.#group = new ProcessGroup(folder);
    this.auditLogPath = join(folder, "audit.log");
    this.caFile = join(folder, "certificates", "apiserver.crt");
    this.kubectl = binaries.kubectl;
  }

  async boot({ users = [], nodes = 3 }: ControlPlaneOptions): Promise<void> {
    const credentials = await writeCredentials(this.#folder, [admin, ...programs, ...users]);
    this.tokens = credentials.tokens;
    await this.#startStore(credentials);
    const [kubeconfig, controllerManager, scheduler, kwok] = await Promise.all(
      [admin, ...programs].map(({ name }) => this.#kubeconfig(name, this.tokens[name] ?? "")),
    );
    this.kubeconfigPath = kubeconfig ?? "";
    this.#client = new ApiClient(this.kubeconfigPath, "modelrollout-test-setup");
    this.#start("kube-controller-manager", controllerManagerArguments(controllerManager ?? ""));
    this.#start("kube-scheduler", schedulerArguments(scheduler ?? ""));
    this.#start("kwok", kwokArguments(kwok ?? "", await freePort(), await stageFiles()));
    await createNodes(this.#client, nodes);
    await nodesReady(this.#client, nodes);
  }

  get pids(): Readonly<Record<string, number>> {
    const running = [...this.#running].filter(([, process]) => !process.hasEnded());
    return Object.fromEntries(running.map(([name, { pid }]) => [name, pid]));
  }

  async kubeconfigFor(user: string): Promise<string> {
    const token = this.tokens[user] ?? (await this.#serviceAccountToken(user));
    return this.#kubeconfig(user, token);
  }

  pauseApiServer(): void {
    this.#running.get("kube-apiserver")?.signal("SIGSTOP");
  }

  resumeApiServer(): void {
    this.#running.get("kube-apiserver")?.signal("SIGCONT");
  }

  async stopApiServer(): Promise<void> {
    await this.#running.get("kube-apiserver")?.kill();
  }

  async startApiServer(): Promise<void> {
    const apiServer = this.#start("kube-apiserver", this.#apiServerArguments);
    await apiServerReady(this.url, this.caFile, [apiServer]);
  }

  async restartApiServer(): Promise<void> {
    await this.stopApiServer();
    await this.startApiServer();
  }

  stop(): Promise<void> {
    this.#stopped ??= Promise.all([this.#client?.close(), this.#group.close()]).then(() => undefined);
    return this.#stopped;
  }

  /** etcd and the API server, both at once: the one waits for the other by itself. */
  async #startStore(credentials: Credentials): Promise<void> {
    const [port, etcdPort, peerPort] = [await freePort(), await freePort(), await freePort()];
    const auditPolicyFile = join(this.#folder, "audit-policy.yaml");
    await writeFile(auditPolicyFile, auditPolicy);
    this.url = `https://127.0.0.1:${port}`;
    const { auditLogPath: auditLog } = this;
    const settings = { folder: this.#folder, port, etcdPort, credentials, auditPolicyFile, auditLog };
    this.#apiServerArguments = apiServerArguments(settings);
    const etcd = this.#start("etcd", etcdArguments(this.#folder, etcdPort, peerPort));
    const apiServer = this.#start("kube-apiserver", this.#apiServerArguments);
    await apiServerReady(this.url, this.caFile, [etcd, apiServer]);
  }

  #start(name: BinaryName, args: readonly string[]): GroupProcess {
    const { PATH, TMPDIR, TZ } = process.env;
    // Nothing of the user's own Kubernetes or kwok configuration may reach these programs.
    const env = { PATH, TMPDIR, TZ, HOME: this.#folder, KWOK_WORKDIR: this.#folder };
    const started = this.#group.start(name, this.#binaries[name], args, env);
    this.#running.set(name, started);
    return started;
  }

  async #kubeconfig(user: string, token: string): Promise<string> {
    const certificateAuthority = await readFile(this.caFile, "utf8");
    return writeKubeconfig(this.#folder, { url: this.url, certificateAuthority }, user, token);
  }

  async #serviceAccountToken(user: string): Promise<string> {
    const account = parseServiceAccount(user);
    if (account === undefined || this.#client === undefined) {
      throw new Error(`the user ${user} has no token: name it in the options of startControlPlane`);
    }
    return serviceAccountToken(this.#client, account);
  }
}

async function stageFiles(): Promise<readonly string[]> {
  const folder = fileURLToPath(new URL("stages", import.meta.url));
  const files = await readdir(folder);
  return files.filter((file) => file.endsWith(".yaml")).map((file) => join(folder, file));
}
