import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/runtime/clock.ts";
import type { KubeApi } from "../../src/runtime/kube-api.ts";
import { createKubeApi } from "../../src/runtime/kube-client.ts";
import { loadKubeConfig } from "../../src/runtime/kube-config.ts";
import type { KubeObject } from "../../src/runtime/kube-object.ts";
import { Reflector, type ReflectorOptions } from "../../src/runtime/reflector.ts";
import { resourcePath } from "../../src/runtime/resource-path.ts";
import { useControlPlane } from "../control-plane/shared.ts";
import { expired, FaultProxy } from "./fault-proxy.ts";

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const cluster = useControlPlane();
let proxy: FaultProxy;
/** Through the proxy: the client under test. */
let api: KubeApi;
/** Straight to the server: what others do meanwhile. */
let direct: KubeApi;
let reflector: Reflector<ConfigMap>;
let log: string[];
/** Each test has its own: they all call their objects a and b. */
let namespace: string;
let tests = 0;
const labels = { watched: "yes" };
const selector = "watched=yes";

/** Waits until the assertion holds; its last failure is the test's. */
function until(assertion: () => void): Promise<void> {
  return vi.waitFor(assertion, { timeout: 20_000, interval: 20 });
}

const path = (name?: string): string =>
  resourcePath({
    group: "",
    version: "v1",
    plural: "configmaps",
    namespace,
    ...(name === undefined ? {} : { name }),
  });

function create(name: string, by = direct): Promise<ConfigMap> {
  return by.create<ConfigMap>(path(), { metadata: { name, labels }, data: {} });
}

function change(name: string, value: string): Promise<KubeObject> {
  return direct.patch(path(name), { data: { value } }, { type: "merge" });
}

function stored(name: string): ConfigMap | undefined {
  return reflector.store.get(`${namespace}/${name}`);
}

async function startReflector(options: Partial<ReflectorOptions<ConfigMap>> = {}): Promise<void> {
  reflector = new Reflector<ConfigMap>({
    api,
    path: path(),
    clock: systemClock,
    random: Math.random,
    select: { labelSelector: selector },
    backoff: { baseMs: 50, maxMs: 1_000 },
    ...options,
  });
  reflector.addHandlers({
    onAdd: ({ metadata }) => log.push(`add ${metadata.name}`),
    onUpdate: ({ metadata, data }) => log.push(`update ${metadata.name} ${data?.["value"] ?? ""}`),
    onDelete: ({ metadata }) => log.push(`delete ${metadata.name}`),
  });
  reflector.start();
  await reflector.synced();
}

/** Waits until so many watches stand, so that a fault hits them and not a request before them. */
function watching(count = 1): Promise<void> {
  return until(() => expect(proxy.standing).toBe(count));
}

beforeEach(async () => {
  tests += 1;
  namespace = `${cluster.namespace}-${tests}`;
  log = [];
  proxy = await FaultProxy.start(cluster.kubeconfigPath);
  api = createKubeApi(proxy.kubeConfig(), { userAgent: "modelrollout/test" });
  direct = createKubeApi(loadKubeConfig({ kubeconfig: cluster.kubeconfigPath }), { userAgent: "other/1" });
  await direct.create("/api/v1/namespaces", { metadata: { name: namespace } });
});

afterEach(async () => {
  await reflector.stop();
  await api.close();
  await direct.delete(`/api/v1/namespaces/${namespace}`);
  await direct.close();
  // Whatever the fault was: nothing of ours may still be connected.
  await until(() => expect(proxy.open).toBe(0));
  await proxy.close();
});

describe("a watch that breaks", () => {
  test("by a cut is resumed without a list, and misses nothing", async () => {
    await create("a");
    await startReflector();
    await watching();
    await proxy.refuse();
    await change("a", "1");
    await create("b");
    await proxy.accept();
    await until(() => expect(log).toEqual(["add a", "update a 1", "add b"]));
    expect(proxy.count("list")).toBe(1);
  });

  test("by silence is replaced, and misses nothing", async () => {
    await startReflector({ silenceMs: 1_500 });
    await watching();
    proxy.silence();
    await create("a");
    await until(() => expect(log).toEqual(["add a"]));
    expect(proxy.count("watch")).toBe(2);
    expect(proxy.count("list")).toBe(1);
  });

  test("by 410 in its stream is followed by a list", async () => {
    await startReflector();
    await watching();
    proxy.endWatchesWith({ type: "ERROR", object: expired });
    await until(() => expect(proxy.count("list")).toBe(2));
    await create("a");
    await until(() => expect(log).toEqual(["add a"]));
  });

  test("and finds its version gone is followed by a list", async () => {
    await startReflector();
    await watching();
    proxy.inject({ on: "watch", answer: { status: 410, body: expired } });
    proxy.cut();
    await until(() => expect(proxy.count("list")).toBe(2));
    await create("a");
    await until(() => expect(log).toEqual(["add a"]));
  });

  test("and meets 500 and 429 goes on when they are over, without a list", async () => {
    await startReflector();
    await watching();
    proxy.inject({ on: "watch", times: 2, answer: { status: 500 } });
    proxy.inject({ on: "watch", answer: { status: 429, headers: { "retry-after": "1" } } });
    proxy.cut();
    await create("a");
    await until(() => expect(log).toEqual(["add a"]));
    expect(proxy.count("list")).toBe(1);
    const watches = proxy.seen.filter(({ kind }) => kind === "watch").map(({ at }) => at);
    expect((watches.at(-1) ?? 0) - (watches.at(-2) ?? 0)).toBeGreaterThanOrEqual(1_000);
  });
});

describe("a gap", () => {
  test("in which an object was deleted and made again shows as a deletion and an addition", async () => {
    const before = await create("a");
    await create("b");
    await startReflector();
    await watching();
    await proxy.refuse();
    await direct.delete(path("a"));
    const after = await create("a");
    await direct.delete(path("b"));
    // The version is gone too: only the list can tell.
    proxy.inject({ on: "watch", answer: { status: 410, body: expired } });
    await proxy.accept();
    await until(() => expect(log).toEqual(["add a", "add b", "delete a", "add a", "delete b"]));
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(stored("a")?.metadata.uid).toBe(after.metadata.uid);
  });

  test("of 20 s without a server ends by itself, within the cap of the back-off", async () => {
    await create("a");
    await startReflector({ backoff: { baseMs: 100, maxMs: 2_000 } });
    await watching();
    await proxy.refuse();
    await change("a", "meanwhile");
    await new Promise((resolve) => {
      systemClock.setTimer(() => resolve(undefined), 20_000);
    });
    const back = performance.now();
    await proxy.accept();
    await until(() => expect(log).toEqual(["add a", "update a meanwhile"]));
    expect(performance.now() - back).toBeLessThan(3_000);
    expect(proxy.count("list")).toBe(1);
  });
});

describe("a list", () => {
  test("meets 500, 429 with Retry-After and slowness, and succeeds in the end", async () => {
    await create("a");
    proxy.inject({ on: "list", times: 2, answer: { status: 500 } });
    proxy.inject({ on: "list", answer: { status: 429, headers: { "retry-after": "1" } } });
    proxy.inject({ on: "list", times: 2, delayMs: 2_000 });
    await startReflector({ listTimeoutMs: 800 });
    expect(log).toEqual(["add a"]);
    const lists = proxy.seen.filter(({ kind }) => kind === "list").map(({ at }) => at);
    expect(lists).toHaveLength(6);
    expect((lists[3] ?? 0) - (lists[2] ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  test("of more than 500 comes in pages; when a page has expired, in one piece", async () => {
    for (let batch = 0; batch < 26; batch++) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => create(`object-${batch}-${index}`)));
    }
    await startReflector();
    expect(reflector.store.size).toBe(520);
    expect(proxy.count("list")).toBe(2);
    expect(new Set(reflector.store.list().map(({ kind }) => kind))).toEqual(new Set(["ConfigMap"]));
    await reflector.stop();
    proxy.inject({ on: "list", urlContains: "continue=", times: 9, answer: { status: 410, body: expired } });
    await startReflector();
    expect(reflector.store.size).toBe(520);
    expect(proxy.count("list")).toBe(5);
    expect(proxy.seen.findLast(({ kind }) => kind === "list")?.url).not.toContain("limit=");
  });
});

describe("the store", () => {
  test("holds an own write while the watch is silent, and the echo is not heard twice", async () => {
    await startReflector();
    await watching();
    proxy.silence();
    reflector.store.noteWrite(await create("a", api));
    expect(stored("a")).toBeDefined();
    proxy.cut();
    await until(() => expect(proxy.count("watch")).toBe(2));
    await change("a", "1");
    await until(() => expect(log).toEqual(["add a", "update a 1"]));
  });
});

describe("the client", () => {
  test("verifies the server's certificate, reuses connections and reads the version", async () => {
    await startReflector();
    expect((await direct.version()).gitVersion).toMatch(/^v1\.\d+/);
    for (let calls = 0; calls < 30; calls++) await api.version();
    // One for the watch, and one or two for calls that follow each other.
    expect(proxy.accepted).toBeLessThanOrEqual(3);
  });

  test("applies, refuses unknown fields and foreign ones, deletes by uid", async () => {
    await startReflector();
    const body = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", labels },
      data: { k: "mine" },
    };
    const applied = await api.apply<ConfigMap>(path("a"), body, {
      fieldManager: "one",
      fieldValidation: "Strict",
    });
    expect(applied.data).toEqual({ k: "mine" });
    const other = { ...body, data: { k: "theirs" } };
    await expect(api.apply(path("a"), other, { fieldManager: "two" })).rejects.toMatchObject({
      reason: "Conflict",
    });
    const odd = { ...body, metadata: { name: "odd" }, colour: "red" };
    const strict = { fieldValidation: "Strict", dryRun: true } as const;
    await expect(api.create(path(), odd, strict)).rejects.toMatchObject({ code: 400, reason: "BadRequest" });
    const stale = { preconditions: { uid: "00000000-0000-0000-0000-000000000000" } };
    await expect(api.delete(path("a"), stale)).rejects.toMatchObject({ reason: "Conflict" });
    await api.delete(path("a"), { preconditions: { uid: applied.metadata.uid ?? "" } });
    await expect(api.get(path("a"))).rejects.toMatchObject({ reason: "NotFound", code: 404 });
  });

  test("gets a bookmark before a watch ends", async () => {
    await startReflector();
    await watching();
    const { metadata } = await api.list(path());
    const watch = api.watch(path(), {
      resourceVersion: metadata.resourceVersion ?? "",
      labelSelector: selector,
      timeoutSeconds: 6,
    });
    await direct.create(path(), { metadata: { name: "a", labels } });
    const types: string[] = [];
    for await (const event of watch) {
      types.push(event.type);
      // Bookmarks are sent only for versions newer than the watch's own; the selector hides this change of the type.
      if (event.type === "ADDED") await direct.create(path(), { metadata: { name: "other" } });
    }
    expect(types[0]).toBe("ADDED");
    expect(types).toContain("BOOKMARK");
  });
});
