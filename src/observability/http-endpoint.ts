import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Answer to a GET. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What each path answers; a promise that rejects is a 500. */
export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

export interface EndpointAddress {
  /** Absent: every address of the machine. */
  readonly host?: string;
  /** 0: one that the system picks. */
  readonly port: number;
}

/** A server that listens. */
export interface HttpEndpoint {
  readonly port: number;
  /** Stops listening and ends when the answers under way are out, after `graceMs` in any case. */
  close(graceMs?: number): Promise<void>;
}

/** Limits that keep a slow or talkative client from holding anything for long. */
const limits = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
} as const;
const maxConnections = 100;

/**
 * Serves a few paths by GET and HEAD, and nothing else. Resolves when it listens; rejects with an error that names
 * the address when it cannot.
 */
export async function listenHttp(
  what: string,
  { host, port }: EndpointAddress,
  routes: Routes,
): Promise<HttpEndpoint> {
  const server = createServer(limits, (request, response) => void respond(routes, request, response));
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(`${what} cannot listen on ${host ?? ""}:${port}: ${error.code ?? error.message}`)),
    );
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async (graceMs = 500) => await close(server, graceMs),
  };
}

async function respond(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await answerTo(routes, request);
  // Whatever body a client sends is not read; the connection ends with the answer then.
  const headers = {
    "content-type": answer.contentType,
    "content-length": Buffer.byteLength(answer.body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(answer.status === 405 ? { allow: "GET, HEAD", connection: "close" } : {}),
  };
  response.writeHead(answer.status, headers);
  response.end(request.method === "HEAD" ? undefined : answer.body);
}

async function answerTo(routes: Routes, { method, url = "/" }: IncomingMessage): Promise<Answer> {
  const path = url.split("?")[0] ?? "";
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) return plain(404, `not found; there is ${Object.keys(routes).join(", ")}`);
  if (method !== "GET" && method !== "HEAD") return plain(405, "only GET and HEAD");
  try {
    return await route();
  } catch {
    return plain(500, "failed");
  }
}

/** A line of text as an answer. */
export function plain(status: number, line: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${line}\n` };
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
