import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { listenHttp, plain } from "./http-endpoint.ts";
import { createMetrics } from "./metrics.ts";
import { type Observability, type ObservabilityOptions, serveObservability } from "./probes.ts";

const open: Array<{ close(): Promise<void> }> = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const loopback = { host: "127.0.0.1", port: 0 };

async function serve(options: Partial<ObservabilityOptions>): Promise<Required<Observability>> {
  const served = await serveObservability({
    config: { metrics: loopback, probes: loopback },
    metrics: createMetrics({ version: "1.2.3" }),
    healthy: {},
    ready: {},
    ...options,
  });
  open.push(served);
  return { metricsPort: 0, probesPort: 0, ...served };
}

async function get(port: number, path: string, method = "GET") {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

test("/metrics answers in Prometheus' format", async () => {
  const { metricsPort } = await serve({});
  const { status, headers, body } = await get(metricsPort, "/metrics");
  expect(status).toBe(200);
  expect(headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(body).toContain('modelrollout_build_info{version="1.2.3"} 1');
});

test("/healthz and /readyz follow their checks, and name what is wrong", async () => {
  let wrong: string | undefined;
  const { probesPort } = await serve({
    healthy: { "reconcile loop": () => wrong },
    ready: { caches: () => (wrong === undefined ? undefined : "not synced"), other: () => undefined },
  });
  expect(await get(probesPort, "/healthz")).toMatchObject({ status: 200, body: "ok\n" });
  expect(await get(probesPort, "/readyz?verbose")).toMatchObject({ status: 200 });
  wrong = "1 ready and none started for 1m1s";
  expect(await get(probesPort, "/healthz")).toMatchObject({
    status: 503,
    body: "[-] reconcile loop: 1 ready and none started for 1m1s\n",
  });
  expect(await get(probesPort, "/readyz")).toMatchObject({
    status: 503,
    body: "[-] caches: not synced\n[+] other ok\n",
  });
});

test("nothing else is served, and only read", async () => {
  const { probesPort, metricsPort } = await serve({});
  expect(await get(probesPort, "/metrics")).toMatchObject({
    status: 404,
    body: "not found; there is /healthz, /readyz\n",
  });
  expect(await get(metricsPort, "/constructor")).toMatchObject({ status: 404 });
  expect(await get(probesPort, "/healthz", "POST")).toMatchObject({ status: 405 });
  expect(await get(probesPort, "/healthz", "HEAD")).toMatchObject({ status: 200, body: "" });
});

test("a check that throws is a failure, not a crash", async () => {
  const { probesPort } = await serve({
    healthy: {
      broken: () => {
        throw new Error("secret text");
      },
    },
  });
  expect(await get(probesPort, "/healthz")).toMatchObject({ status: 500, body: "failed\n" });
  expect(await get(probesPort, "/readyz")).toMatchObject({ status: 200 });
});

describe("addresses", () => {
  test("that are switched off are not served", async () => {
    const served = await serveObservability({
      config: { probes: loopback },
      metrics: createMetrics({ version: "x" }),
      healthy: {},
      ready: {},
    });
    open.push(served);
    expect(served).not.toHaveProperty("metricsPort");
    expect(served.probesPort).toBeGreaterThan(0);
  });

  test("that are taken are named, and nothing stays open", async () => {
    const { metricsPort } = await serve({});
    const attempt = serveObservability({
      config: { metrics: loopback, probes: { host: "127.0.0.1", port: metricsPort } },
      metrics: createMetrics({ version: "x" }),
      healthy: {},
      ready: {},
    });
    await expect(attempt).rejects.toThrow(
      `health probes cannot listen on 127.0.0.1:${metricsPort}: EADDRINUSE`,
    );
  });
});

describe("the end", () => {
  test("comes at once when nobody asks, kept-alive connections or not", async () => {
    const { probesPort, close } = await serve({});
    await get(probesPort, "/healthz");
    await close();
    await expect(get(probesPort, "/healthz")).rejects.toThrow("fetch failed");
  });

  test("lets an answer under way out, and waits no longer for one that hangs", async () => {
    const begun = Promise.withResolvers<void>();
    const hanging = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const endpoint = await listenHttp("test", loopback, {
      "/slow": async () => {
        begun.resolve();
        await held.promise;
        return plain(200, "late");
      },
      "/hangs": async () => {
        hanging.resolve();
        return await new Promise(() => {});
      },
    });
    const slow = get(endpoint.port, "/slow");
    const hangs = get(endpoint.port, "/hangs").catch((error: unknown) => error);
    await Promise.all([begun.promise, hanging.promise]);
    const closed = endpoint.close(100);
    held.resolve();
    expect(await slow).toMatchObject({ status: 200, body: "late\n" });
    await closed;
    expect(await hangs).toBeInstanceOf(TypeError);
  });

  test("does not wait for a client that never finishes its request", async () => {
    const endpoint = await listenHttp("test", loopback, { "/": () => plain(200, "ok") });
    const socket = connect(endpoint.port, "127.0.0.1");
    socket.on("error", () => {});
    const ended = new Promise((resolve) => void socket.once("close", resolve));
    await new Promise<void>((resolve) => void socket.write("GET / HTTP/1.1\r\nX-Slow: ", () => resolve()));
    await endpoint.close(50);
    await ended;
  });
});
