import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KubeApi } from "../../src/runtime/kube-api.ts";
import { createKubeApi } from "../../src/runtime/kube-client.ts";
import { loadKubeConfig, namespaceOf } from "../../src/runtime/kube-config.ts";
import type { KubeError } from "../../src/runtime/kube-error.ts";
import { resourcePath } from "../../src/runtime/resource-path.ts";

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let port: number;
let handler: Handler;
let connections: number;
let api: KubeApi;
const seen: Array<{ method: string; url: string; headers: IncomingMessage["headers"]; body: string }> = [];

function configFor(user: object): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "c", server: `http://127.0.0.1:${port}/`, skipTLSVerify: true }],
    users: [{ name: "u", ...user }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  return config;
}

beforeEach(async () => {
  connections = 0;
  seen.length = 0;
  handler = (_request, response) => response.end(JSON.stringify({ metadata: { name: "x" } }));
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
      handler(request, response, body);
    });
  });
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
  api = createKubeApi(configFor({ token: "s3cret" }), {
    userAgent: "modelrollout/test",
    retryBackoff: { baseMs: 5, maxMs: 20 },
  });
});

afterEach(async () => {
  await api.close();
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

function answer(code: number, body: object | string, headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    response.writeHead(code, headers);
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

async function failure(promise: Promise<unknown>): Promise<KubeError> {
  return await promise.then(
    () => {
      throw new Error("it succeeded");
    },
    (error: KubeError) => error,
  );
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}

describe("requests", () => {
  test("carry the user agent and the token, and share a connection", async () => {
    await api.get("/api/v1/namespaces/a");
    await api.get("/api/v1/namespaces/b");
    await api.create("/api/v1/namespaces", { kind: "Namespace" });
    expect(seen[0]?.headers).toMatchObject({
      "user-agent": "modelrollout/test",
      authorization: "Bearer s3cret",
      accept: "application/json",
    });
    for (let calls = 0; calls < 20; calls++) await api.get("/api/v1/namespaces/a");
    // undici may not have the first connection back at the very moment the second call leaves.
    expect(connections).toBeLessThanOrEqual(2);
  });

  test("say in the query and the content type what each verb needs", async () => {
    const path = resourcePath({
      group: "apps",
      version: "v1",
      plural: "deployments",
      namespace: "n",
      name: "d",
    });
    await api.list(path, { labelSelector: "a=b,c!=d", limit: 500, continue: "t/1=", resourceVersion: "7" });
    await api.apply(path, {}, { fieldManager: "m", force: true, dryRun: true, fieldValidation: "Strict" });
    await api.patch(path, [{ op: "test" }], { type: "json" });
    await api.patch(path, {}, { type: "merge", fieldManager: "m" });
    await api.replace(path, {});
    await api.delete(path, { preconditions: { uid: "u1" }, propagationPolicy: "Background" });
    expect(
      seen.map(({ method, url, headers }) => `${method} ${url} ${headers["content-type"] ?? "-"}`),
    ).toEqual([
      `GET ${path}?labelSelector=a%3Db%2Cc%21%3Dd&resourceVersion=7&limit=500&continue=t%2F1%3D -`,
      `PATCH ${path}?fieldManager=m&fieldValidation=Strict&dryRun=All&force=true application/apply-patch+yaml`,
      `PATCH ${path} application/json-patch+json`,
      `PATCH ${path}?fieldManager=m application/merge-patch+json`,
      `PUT ${path} application/json`,
      `DELETE ${path} application/json`,
    ]);
    expect(JSON.parse(seen.at(-1)?.body ?? "")).toEqual({
      apiVersion: "meta.k8s.io/v1",
      kind: "DeleteOptions",
      preconditions: { uid: "u1" },
      propagationPolicy: "Background",
    });
  });

  test("send user and password as basic authentication", async () => {
    await api.close();
    api = createKubeApi(configFor({ username: "me", password: "pw" }), { userAgent: "t/1" });
    await api.version();
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from("me:pw").toString("base64")}`);
  });
});

describe("failures", () => {
  test("carry reason, code, details and Retry-After, and never a token or a body", async () => {
    handler = answer(
      429,
      { kind: "Status", reason: "TooManyRequests", message: "slow\ndown", details: { name: "d" } },
      { "retry-after": "3" },
    );
    const error = await failure(api.create("/apis/x", { password: "hunter2" }));
    expect(error).toMatchObject({
      code: 429,
      reason: "TooManyRequests",
      retryAfterMs: 3_000,
      details: { name: "d" },
    });
    expect(error.message).toBe("POST /apis/x: 429 TooManyRequests: slow down");
    expect(seen).toHaveLength(1);
  });

  test("have a reason also when no Status came, and a short message when a long one did", async () => {
    handler = answer(503, "<html>overloaded</html>");
    expect(await failure(api.get("/x"))).toMatchObject({ code: 503, reason: "ServiceUnavailable" });
    handler = answer(422, { kind: "Status", reason: "Invalid", message: "y".repeat(10_000) });
    expect((await failure(api.get("/x"))).message.length).toBeLessThanOrEqual(300);
  });

  test("an answer that is not JSON is an InvalidResponse that does not quote it", async () => {
    handler = answer(200, "welcome to the captive portal");
    const error = await failure(api.get("/x"));
    expect(error.reason).toBe("InvalidResponse");
    expect(error.message).not.toContain("portal");
  });

  test("silence is a Timeout, the caller's own abort is Aborted", async () => {
    handler = () => {};
    expect(await failure(api.get("/x", { timeoutMs: 50 }))).toMatchObject({ reason: "Timeout" });
    const controller = new AbortController();
    const pending = failure(api.get("/x", { signal: controller.signal }));
    controller.abort();
    expect((await pending).reason).toBe("Aborted");
    expect((await failure(api.get("/x", { signal: controller.signal }))).reason).toBe("Aborted");
  });

  test("a deadline also covers an answer that stops in the middle", async () => {
    handler = (_request, response) => void response.write('{"metadata":');
    expect(await failure(api.get("/x", { timeoutMs: 100 }))).toMatchObject({ reason: "Timeout" });
  });

  test("a deadline and an abort also cover a connection that is never completed", async () => {
    const mute = createTcpServer((socket) => socket.on("error", () => {}));
    mute.listen(0, "127.0.0.1");
    await once(mute, "listening");
    const config = configFor({ token: "t" });
    config.loadFromClusterAndUser(
      { name: "c", server: `https://127.0.0.1:${(mute.address() as AddressInfo).port}`, skipTLSVerify: true },
      { name: "u", token: "t" },
    );
    const client = createKubeApi(config, { userAgent: "t/1" });
    const started = performance.now();
    expect((await failure(client.get("/x", { timeoutMs: 50 }))).reason).toBe("Timeout");
    const controller = new AbortController();
    const pending = failure(client.get("/x", { signal: controller.signal }));
    controller.abort();
    expect((await pending).reason).toBe("Aborted");
    expect(performance.now() - started).toBeLessThan(2_000);
    await client.close();
    mute.close();
  });

  test("nobody there is Unreachable, with the system's code", async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const error = await failure(api.get("/x"));
    expect(error).toMatchObject({ reason: "Unreachable", message: "GET /x: ECONNREFUSED" });
    expect(error.code).toBeUndefined();
  });

  test("credentials that cannot be read are said, what the plugin printed is not", async () => {
    await api.close();
    const script = "echo t0ken >&2; exit 1";
    api = createKubeApi(configFor({ exec: { command: "sh", args: ["-c", script] } }), { userAgent: "t/1" });
    const error = await failure(api.get("/x"));
    expect(error.reason).toBe("Credentials");
    expect(inspect(error, { depth: 9 })).not.toContain("t0ken");
    expect(seen).toHaveLength(0);
  });
});

describe("retry", () => {
  test("reads that ask for it go on after 500, 429 and a cut, waiting as told", async () => {
    let calls = 0;
    handler = (request, response, body) => {
      calls += 1;
      if (calls === 1) answer(500, "")(request, response, body);
      else if (calls === 2) answer(429, "", { "retry-after": "1" })(request, response, body);
      else if (calls === 3) request.socket.destroy();
      else response.end('{"metadata":{"name":"there"}}');
    };
    const started = performance.now();
    expect(await api.get("/x", { retry: { tries: 4 } })).toEqual({ metadata: { name: "there" } });
    expect(performance.now() - started).toBeGreaterThanOrEqual(1_000);
  });

  test("it gives up after so many tries, and never tries again what cannot help", async () => {
    handler = answer(500, "");
    expect((await failure(api.get("/x", { retry: { tries: 3 } }))).code).toBe(500);
    expect(seen).toHaveLength(3);
    handler = answer(404, "");
    expect((await failure(api.get("/x", { retry: { tries: 3 } }))).reason).toBe("NotFound");
    expect(seen).toHaveLength(4);
  });
});

describe("watch", () => {
  test("yields events however the bytes are cut, and asks for bookmarks", async () => {
    const event = `${JSON.stringify({ type: "ADDED", object: { metadata: { name: "wörld" } } })}\n`;
    const bytes = Buffer.from(event + event);
    handler = (_request, response) => {
      response.write(bytes.subarray(0, bytes.indexOf("ö") + 1));
      setImmediate(() => response.end(bytes.subarray(bytes.indexOf("ö") + 1)));
    };
    const names: unknown[] = [];
    for await (const { object } of api.watch("/w", { resourceVersion: "9", timeoutSeconds: 300 })) {
      names.push("metadata" in object && object.metadata.name);
    }
    expect(names).toEqual(["wörld", "wörld"]);
    expect(seen[0]?.url).toBe("/w?watch=1&allowWatchBookmarks=true&resourceVersion=9&timeoutSeconds=300");
  });

  test("its deadline bounds the opening alone", async () => {
    handler = () => {};
    expect((await failure(collect(api.watch("/w", { timeoutMs: 50 })))).reason).toBe("Timeout");
    handler = (_request, response) => {
      response.flushHeaders();
      setTimeout(
        () => response.end('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"5"}}}\n'),
        200,
      );
    };
    expect(await collect(api.watch("/w", { timeoutMs: 100 }))).toHaveLength(1);
  });

  test("abort ends it at once, and a consumer that leaves closes the connection", async () => {
    const closed: Array<Promise<unknown>> = [];
    handler = (request, response) => {
      closed.push(once(request.socket, "close"));
      response.write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n');
    };
    const controller = new AbortController();
    const iterator = api.watch("/w", { signal: controller.signal })[Symbol.asyncIterator]();
    await iterator.next();
    const next = failure(iterator.next());
    controller.abort();
    expect((await next).reason).toBe("Aborted");
    for await (const event of api.watch("/w")) {
      expect(event.type).toBe("ADDED");
      break;
    }
    await Promise.all(closed);
    expect(closed).toHaveLength(2);
  });

  test("a refusal at the opening and a line that is no event are errors", async () => {
    handler = answer(410, { kind: "Status", reason: "Expired", message: "too old" });
    expect(await failure(collect(api.watch("/w")))).toMatchObject({ code: 410, reason: "Expired" });
    handler = answer(200, "not an event\n");
    expect((await failure(collect(api.watch("/w")))).reason).toBe("InvalidResponse");
  });
});

describe("kubeconfig", () => {
  test("a file is read, with its namespace; one without a cluster is refused", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
    try {
      const file = join(folder, "config");
      await writeFile(file, configFor({ token: "t" }).exportConfig());
      expect(namespaceOf(loadKubeConfig({ kubeconfig: file }))).toBe("default");
      await writeFile(file, "apiVersion: v1\nkind: Config\n");
      expect(() => loadKubeConfig({ kubeconfig: file })).toThrow("names no cluster");
      expect(() => loadKubeConfig({ kubeconfig: join(folder, "none") })).toThrow("ENOENT");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
