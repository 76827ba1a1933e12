import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, inject } from "vitest";
import { ApiClient } from "./api-client.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./control-plane.ts";
import type { SharedControlPlane } from "./global-setup.ts";
import { applyDefinitions, definitionFiles, kubectl, kubectlEnv } from "./manifests.ts";

export { ApiClient, ApiError } from "./api-client.ts";
export { eventually } from "./eventually.ts";

/** A control plane as a test file sees it. Its members may be read in hooks and tests, not before. */
export type TestCluster = {
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  readonly url: string;
  /** A namespace that only this file uses. */
  readonly namespace: string;
  /** A client with the administrator's rights. */
  readonly client: ApiClient;
  /** Undefined on an existing cluster; see `readAuditLog`. */
  readonly auditLogPath: string | undefined;
  /** Runs kubectl with this file's namespace as the default one. @returns what it printed */
  kubectl(...args: string[]): Promise<string>;
  /** Applies an object by server-side apply; without a namespace of its own it lands in this file's. */
  apply(object: object): Promise<string>;
};

/** What {@link useOwnControlPlane} adds: the processes are this file's to pause, stop and start. */
export type OwnTestCluster = TestCluster & { readonly plane: ControlPlane };

type Started = {
  readonly shared: SharedControlPlane;
  readonly namespace: string;
  readonly client: ApiClient;
};

/**
 * Gives the test file a namespace of its own on the control plane that the run's global setup has started (one for
 * all files). Call it at the top of a file. The namespace is deleted afterwards, without waiting for it.
 */
export function useControlPlane(): TestCluster {
  let started: Started | undefined;
  beforeAll(async () => {
    started = await begin(inject("controlPlane"));
  });
  afterAll(async () => {
    await started?.client.delete(`/api/v1/namespaces/${started.namespace}`).catch(() => undefined);
    await started?.client.close();
  });
  return view(() => started);
}

/** Starts a control plane for this test file alone (about 3 s): for tests that pause, stop or restart parts of it. */
export function useOwnControlPlane(options: ControlPlaneOptions = {}): OwnTestCluster {
  let started: Started | undefined;
  let plane: ControlPlane | undefined;
  beforeAll(async () => {
    plane = await startControlPlane(options);
    await applyDefinitions(plane, await definitionFiles());
    const { url, kubeconfigPath, kubectl, auditLogPath } = plane;
    started = await begin({ url, kubeconfigPath, kubectl, auditLogPath });
  });
  afterAll(async () => {
    await started?.client.close();
    await plane?.stop();
  });
  return Object.defineProperty(
    view(() => started),
    "plane",
    { get: () => present(plane) },
  ) as OwnTestCluster;
}

async function begin(shared: SharedControlPlane): Promise<Started> {
  const client = new ApiClient(shared.kubeconfigPath, "modelrollout-test");
  const namespace = `test-${randomBytes(4).toString("hex")}`;
  await client.create("/api/v1/namespaces", { metadata: { name: namespace } });
  return { shared, namespace, client };
}

function view(started: () => Started | undefined): TestCluster {
  const get = (): Started => present(started());
  return {
    get kubeconfigPath() {
      return get().shared.kubeconfigPath;
    },
    get kubectlPath() {
      return get().shared.kubectl;
    },
    get url() {
      return get().shared.url;
    },
    get namespace() {
      return get().namespace;
    },
    get client() {
      return get().client;
    },
    get auditLogPath() {
      return get().shared.auditLogPath;
    },
    kubectl: (...args) => kubectl(get().shared, ["--namespace", get().namespace, ...args]),
    apply: (object) => applyObject(get(), object),
  };
}

async function applyObject({ shared, namespace }: Started, object: object): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const own = (object as { metadata?: { namespace?: string } }).metadata?.namespace;
  const args = ["--namespace", own ?? namespace, "apply", "--server-side", "--force-conflicts", "-f", "-"];
  const env = { ...process.env, ...kubectlEnv(shared.kubeconfigPath) };
  const child = execFile(shared.kubectl, args, { env }, (error, stdout, stderr) =>
    error === null ? resolve(stdout) : reject(new Error(stderr, { cause: error })),
  );
  child.stdin?.end(JSON.stringify(object));
  return promise;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the control plane is there in hooks and tests only");
  return value;
}
