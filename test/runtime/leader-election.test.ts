import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../src/runtime/clock.ts";
import type { KubeApi } from "../../src/runtime/kube-api.ts";
import { createKubeApi } from "../../src/runtime/kube-client.ts";
import { loadKubeConfig } from "../../src/runtime/kube-config.ts";
import { LeaderElector } from "../../src/runtime/leader-election.ts";
import type { Lease } from "../../src/runtime/lease.ts";
import { resourcePath } from "../../src/runtime/resource-path.ts";
import { useControlPlane } from "../control-plane/shared.ts";
import { FaultProxy } from "./fault-proxy.ts";

const cluster = useControlPlane();
const electors: LeaderElector[] = [];
const children: ChildProcess[] = [];
let api: KubeApi;
let lease: string;
let tests = 0;

/** An elector in this process, and when (wall ms) it began and lost terms. */
function replica(identity: string, through = api) {
  const log: Array<{ at: number; what: "leads" | "lost" }> = [];
  const elector = new LeaderElector({
    api: through,
    clock: systemClock,
    random: Math.random,
    namespace: cluster.namespace,
    name: lease,
    identity,
    listener: {
      onStarted: () => log.push({ at: Date.now(), what: "leads" }),
      onLost: () => log.push({ at: Date.now(), what: "lost" }),
    },
  });
  electors.push(elector);
  elector.start();
  return { elector, log };
}

/** An elector in a process of its own, and all it said. */
function childReplica(identity: string) {
  const script = fileURLToPath(new URL("elector-process.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    [script, cluster.kubeconfigPath, cluster.namespace, lease, identity],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  children.push(child);
  const said: Array<{ at: number; what: string }> = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [at = "", ...what] = line.split(" ");
    said.push({ at: Number(at), what: what.join(" ") });
  });
  return { child, said };
}

function until(assertion: () => void): Promise<void> {
  return vi.waitFor(assertion, { timeout: 20_000, interval: 20 });
}

function readLease(): Promise<Lease> {
  const ref = { group: "coordination.k8s.io", version: "v1", plural: "leases" };
  return api.get<Lease>(resourcePath({ ...ref, namespace: cluster.namespace, name: lease }));
}

beforeEach(() => {
  tests += 1;
  lease = `lease-${tests}`;
  api = createKubeApi(loadKubeConfig({ kubeconfig: cluster.kubeconfigPath }), {
    userAgent: "modelrollout/test",
  });
});

afterEach(async () => {
  await Promise.all(electors.splice(0).map((elector) => elector.stop()));
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await api.close();
});

test("of two replicas one leads; when it stops, the other leads within 2 s", async () => {
  const one = replica("one");
  await until(() => expect(one.elector.mayWrite()).toBe(true));
  const two = replica("two");
  await until(() => expect(two.elector.holder).toBe("one"));
  expect((await readLease()).spec).toMatchObject({ holderIdentity: "one", leaseDurationSeconds: 6 });
  const stoppedAt = Date.now();
  await one.elector.stop();
  expect(one.elector.mayWrite()).toBe(false);
  await until(() => expect(two.elector.mayWrite()).toBe(true));
  expect((two.log[0]?.at ?? 0) - stoppedAt).toBeLessThan(2_000);
  const { spec } = await readLease();
  expect(spec).toMatchObject({ holderIdentity: "two", leaseTransitions: 1 });
  expect(spec?.renewTime).toMatch(/\.\d{6}Z$/);
});

test("a killed leader is replaced within the lease's duration", async () => {
  const { child, said } = childReplica("one");
  await until(() => expect(said.map(({ what }) => what)).toContain("leads"));
  const two = replica("two");
  await until(() => expect(two.elector.holder).toBe("one"));
  const killedAt = Date.now();
  child.kill("SIGKILL");
  await until(() => expect(two.elector.mayWrite()).toBe(true));
  const tookMs = (two.log[0]?.at ?? 0) - killedAt;
  // Not before the duration since the last renewal (at most a retry period ago), and one period after it.
  expect(tookMs).toBeGreaterThan(4_500);
  expect(tookMs).toBeLessThan(7_500);
});

test("a frozen leader may not write from the moment it wakes up, and never while another leads", async () => {
  const { child, said } = childReplica("one");
  await until(() => expect(said.map(({ what }) => what)).toContain("may"));
  const two = replica("two");
  await until(() => expect(two.elector.holder).toBe("one"));
  child.kill("SIGSTOP");
  await until(() => expect(two.elector.mayWrite()).toBe(true));
  const resumedAt = Date.now();
  child.kill("SIGCONT");
  await until(() => expect(said.map(({ what }) => what)).toContain("lost"));
  const afterwards = said.filter(({ at }) => at >= resumedAt);
  expect(afterwards[0]?.what).toBe("may not");
  const mayAfter = (two.log[0]?.at ?? 0) - 1;
  expect(said.filter(({ at, what }) => at > mayAfter && what === "may")).toEqual([]);
  expect(two.elector.mayWrite()).toBe(true);
});

test("a leader cut off from the server stops before its lease can expire", async () => {
  const proxy = await FaultProxy.start(cluster.kubeconfigPath);
  const through = createKubeApi(proxy.kubeConfig(), { userAgent: "modelrollout/test" });
  try {
    const one = replica("one", through);
    await until(() => expect(one.elector.mayWrite()).toBe(true));
    const two = replica("two");
    await until(() => expect(two.elector.holder).toBe("one"));
    const signal = one.elector.leadershipSignal;
    await proxy.refuse();
    const cutAt = Date.now();
    await until(() => expect(two.log.map(({ what }) => what)).toEqual(["leads"]));
    expect(signal.aborted).toBe(true);
    const lostAt = one.log.find(({ what }) => what === "lost")?.at ?? Infinity;
    expect(lostAt - cutAt).toBeLessThanOrEqual(4_500);
    // The difference between duration and deadline, less the jitter of timers.
    expect((two.log[0]?.at ?? 0) - lostAt).toBeGreaterThan(1_500);
    await one.elector.stop();
  } finally {
    await through.close();
    await proxy.close();
  }
});

test("a deleted lease is made again by its leader", async () => {
  const one = replica("one");
  await until(() => expect(one.elector.mayWrite()).toBe(true));
  const { metadata } = await readLease();
  const ref = { group: "coordination.k8s.io", version: "v1", plural: "leases" };
  await api.delete(resourcePath({ ...ref, namespace: cluster.namespace, name: lease }));
  await vi.waitFor(async () => expect((await readLease()).metadata.uid).not.toBe(metadata.uid), {
    timeout: 5_000,
  });
  expect(one.log.map(({ what }) => what)).toEqual(["leads"]);
});
