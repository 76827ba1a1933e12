import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ApiClient } from "./api-client.ts";
import { countByUserAgent, readAuditLog } from "./audit.ts";
import { startControlPlane } from "./control-plane.ts";
import { kubectl } from "./manifests.ts";
import { NotOursError } from "./options.ts";
import { eventually, useOwnControlPlane } from "./shared.ts";

const viewer = { name: "viewer", groups: ["viewers"] };
const cluster = useOwnControlPlane({ nodes: 1, users: [viewer] });
const version = (): Promise<object> => cluster.client.get<object>("/version");

/** SIGSTOP reaches the threads of a busy process one after the other. */
const allStopped = (pid: number): boolean =>
  readdirSync(`/proc/${pid}/task`).every((task) =>
    /^State:\s+T/m.test(readFileSync(`/proc/${pid}/task/${task}/status`, "utf8")),
  );

test("a frozen API server answers nobody, and goes on afterwards", async () => {
  cluster.plane.pauseApiServer();
  await eventually("every thread stands", () => allStopped(cluster.plane.pids["kube-apiserver"] ?? 0));
  let answered = false;
  const answer = version().then(() => (answered = true));
  // One that runs would fail this differently: its certificate is not trusted here.
  await expect(fetch(cluster.url, { signal: AbortSignal.timeout(500) })).rejects.toThrow(/timeout/);
  expect(answered).toBe(false);
  cluster.plane.resumeApiServer();
  await answer;
  expect(answered).toBe(true);
});

test("a killed API server is gone, and comes back with its port, its certificate and its objects", async () => {
  const before = cluster.plane.pids["kube-apiserver"];
  await cluster.plane.stopApiServer();
  expect(cluster.plane.pids["kube-apiserver"]).toBeUndefined();
  await expect(version()).rejects.toThrow(/ECONN|hang up/);
  await cluster.plane.startApiServer();
  expect(cluster.plane.pids["kube-apiserver"]).not.toBe(before);
  await cluster.client.get(`/api/v1/namespaces/${cluster.namespace}`);
});

test("a service account's kubeconfig carries its real name, groups and rights", async () => {
  const user = "system:serviceaccount:modelrollout-system:modelrollout";
  const kubeconfigPath = await cluster.plane.kubeconfigFor(user);
  const plane = { kubectl: cluster.kubectlPath, kubeconfigPath };
  const whoami = await kubectl(plane, ["auth", "whoami", "-o", "json"]);
  const { status } = JSON.parse(whoami) as { status: { userInfo: { username: string; groups: string[] } } };
  expect(status.userInfo.username).toBe(user);
  expect(status.userInfo.groups).toContain("system:serviceaccounts:modelrollout-system");
  await expect(kubectl(plane, ["get", "nodes"])).rejects.toThrow(/Forbidden/);
});

test("users of the options have a token, others are refused", async () => {
  const kubeconfigPath = await cluster.plane.kubeconfigFor(viewer.name);
  const plane = { kubectl: cluster.kubectlPath, kubeconfigPath };
  await expect(kubectl(plane, ["auth", "whoami"])).resolves.toMatch(/viewers/);
  await expect(cluster.plane.kubeconfigFor("nobody")).rejects.toThrow(/nobody has no token/);
});

test("the audit log counts requests by user agent", async () => {
  const client = new ApiClient(cluster.kubeconfigPath, "audited/1.0 (test)");
  const path = `/api/v1/namespaces/${cluster.namespace}/configmaps`;
  await client.get(path);
  await client.create(path, { metadata: { name: "one" } });
  await client.get(`${path}/one`);
  await client.close();
  const own = async () => {
    const requests = await readAuditLog(cluster.plane.auditLogPath);
    return requests.filter(({ userAgent }) => userAgent.startsWith("audited/"));
  };
  await eventually("all three are logged", async () => (await own()).length === 3);
  const requests = await own();
  expect(requests.map(({ verb, resource, code }) => [verb, resource, code])).toEqual([
    ["list", "configmaps", 200],
    ["create", "configmaps", 201],
    ["get", "configmaps", 200],
  ]);
  expect(countByUserAgent(requests)).toEqual(new Map([["audited/1.0", 3]]));
});

test("an existing cluster is used as it is, and its processes are left alone", async () => {
  process.env["MODELROLLOUT_TEST_KUBECONFIG"] = cluster.kubeconfigPath;
  try {
    const existing = await startControlPlane();
    expect(existing.url).toBe(cluster.url);
    expect(() => existing.pauseApiServer()).toThrow(NotOursError);
    expect(() => existing.auditLogPath).toThrow(/MODELROLLOUT_TEST_KUBECONFIG/);
    await existing.kubeconfigFor("system:serviceaccount:default:somebody");
    await existing.stop();
  } finally {
    delete process.env["MODELROLLOUT_TEST_KUBECONFIG"];
  }
  await version();
});
