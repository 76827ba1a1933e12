import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";

/**
 * A proxy in front of the real API server that misbehaves on demand. It speaks plain HTTP to the client under test
 * (whose kubeconfig must say skipTLSVerify) and HTTPS to the server, and passes everything through, credentials
 * included, until it is told to cut, refuse, silence, delay, or to answer something of its own.
 */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly kind: "list" | "watch" | "other";
  readonly at: number;
}

export interface Fault {
  readonly on: Seen["kind"] | "any";
  /** How many requests it applies to; 1 unless told. */
  readonly times?: number;
  /** Only requests whose URL contains this. */
  readonly urlContains?: string;
  /** Waits before anything else. */
  readonly delayMs?: number;
  /** Answers itself instead of asking the server. */
  readonly answer?: {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly body?: object;
  };
}

/** What the server answers when a version is gone. */
export const expired = {
  kind: "Status",
  status: "Failure",
  code: 410,
  reason: "Expired",
  message: "too old",
};

/** An answer of the server on its way to the client. */
interface Answer {
  readonly kind: Seen["kind"];
  readonly from: IncomingMessage;
  readonly to: ServerResponse;
}

export class FaultProxy {
  readonly seen: Seen[] = [];
  readonly #upstream: KubeConfig;
  readonly #ca: string | undefined;
  readonly #faults: Array<Fault & { left: number }> = [];
  readonly #sockets = new Set<Socket>();
  readonly #answers = new Set<Answer>();
  #server: Server | undefined;
  #port = 0;
  /** Connections accepted since the start. */
  accepted = 0;

  private constructor(upstream: KubeConfig) {
    this.#upstream = upstream;
    const data = upstream.getCurrentCluster()?.caData;
    this.#ca = data === undefined ? undefined : Buffer.from(data, "base64").toString();
  }

  static async start(kubeconfigPath: string): Promise<FaultProxy> {
    const upstream = new KubeConfig();
    upstream.loadFromFile(kubeconfigPath);
    const proxy = new FaultProxy(upstream);
    await proxy.accept();
    return proxy;
  }

  /** The administrator's kubeconfig, with this proxy as the server. */
  kubeConfig(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: "proxy", server: `http://127.0.0.1:${this.#port}`, skipTLSVerify: true }],
      users: [{ ...this.#upstream.getCurrentUser(), name: "admin" }],
      contexts: [{ name: "proxy", cluster: "proxy", user: "admin" }],
      currentContext: "proxy",
    });
    return config;
  }

  /** Connections open now. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Watches that the server has answered and that stand now. */
  get standing(): number {
    return [...this.#answers].filter(({ kind }) => kind === "watch").length;
  }

  /** Requests of the kind since the start. */
  count(kind: Seen["kind"]): number {
    return this.seen.filter((one) => one.kind === kind).length;
  }

  inject(fault: Fault): void {
    this.#faults.push({ ...fault, left: fault.times ?? 1 });
  }

  /** Resets every open connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Answers under way say nothing more, ever, and their connections stay open; new ones are served. */
  silence(): void {
    for (const { from, to } of this.#answers) {
      from.unpipe(to);
      from.pause();
    }
  }

  /** Puts a line of its own into every watch under way and ends it. */
  endWatchesWith(line: object): void {
    for (const { from, to } of this.#answers) {
      from.unpipe(to);
      to.end(`${JSON.stringify(line)}\n`);
    }
  }

  /** Nobody listens any more: connection refused. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => {
      server.close(resolve);
    });
    this.cut();
    await closed;
  }

  /** Listens (again), on the same port. */
  async accept(): Promise<void> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    server.on("connection", (socket) => {
      this.accepted += 1;
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async close(): Promise<void> {
    await this.refuse();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const kind = kindOf(request);
    const url = request.url ?? "/";
    this.seen.push({ method: request.method ?? "", url, kind, at: performance.now() });
    const fault = this.#faults.find(
      ({ on, left, urlContains = "" }) =>
        left > 0 && (on === "any" || on === kind) && url.includes(urlContains),
    );
    if (fault !== undefined) fault.left -= 1;
    if (fault?.delayMs !== undefined) await delay(fault.delayMs);
    if (fault?.answer !== undefined) {
      response.writeHead(fault.answer.status, {
        "content-type": "application/json",
        ...fault.answer.headers,
      });
      response.end(JSON.stringify(fault.answer.body ?? {}));
      return;
    }
    await this.#forward(request, response);
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const server = this.#upstream.getCurrentCluster()?.server ?? "";
    const target = new URL(request.url ?? "/", server);
    const { host: _, ...headers } = request.headers;
    const upstream = httpsRequest(target, {
      method: request.method ?? "GET",
      headers,
      agent: false,
      ...(this.#ca === undefined ? { rejectUnauthorized: false } : { ca: this.#ca }),
    });
    response.on("close", () => upstream.destroy());
    request.pipe(upstream);
    const [answer] = (await once(upstream, "response")) as [IncomingMessage];
    upstream.on("error", () => response.destroy());
    answer.on("error", () => response.destroy());
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    const pair = { kind: kindOf(request), from: answer, to: response };
    this.#answers.add(pair);
    response.on("close", () => this.#answers.delete(pair));
    answer.pipe(response);
  }
}

function kindOf(request: IncomingMessage): Seen["kind"] {
  const url = new URL(request.url ?? "/", "http://proxy");
  if (request.method !== "GET") return "other";
  if (url.searchParams.has("watch")) return "watch";
  return url.pathname.endsWith("/configmaps") ? "list" : "other";
}
