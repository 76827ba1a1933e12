import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "../body.ts";
import type { Clock } from "../clock.ts";
import { listen } from "../listening.ts";
import type { RoutedRequest } from "./matching.ts";
import { type Counts, RollingCounts } from "./stats.ts";

/** A whole request, read to its end. */
export type WholeRequest = RoutedRequest & { readonly body: string };

/** What a client gets, and who gave it. */
export interface Outcome {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
  /** Counted; that a client is told of it is up to `headers`. */
  readonly version?: string;
  /** The target group or virtual node that was chosen; absent: none was. */
  readonly destination?: string;
  /** Whether a target answered, rather than the proxy in front of it. */
  readonly fromTarget?: boolean;
  readonly latencyMs?: number;
}

/** An address that takes real requests. */
export interface DataPlane {
  readonly url: string;
  readonly port: number;
  /** What clients got within the newest `windowMs`; since the start when it is left out. */
  stats(windowMs?: number): Counts;
  stop(): Promise<void>;
}

/** Takes requests on a port of its own: `route` answers them, `record` hears what each got. */
export const openFront = async (
  clock: Clock,
  route: (request: WholeRequest) => Promise<Outcome>,
  record: (outcome: Outcome) => void,
): Promise<DataPlane> => {
  const counts = new RollingCounts(() => clock.now());
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const outcome = await route(await whole(request));
    counts.add(outcome.status, outcome.version);
    record(outcome);
    const body = outcome.body ?? "";
    response.writeHead(outcome.status, { ...outcome.headers, "content-length": Buffer.byteLength(body) });
    response.end(body);
  };
  const server = await listen((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    stats: (windowMs) => counts.counts(windowMs),
    stop: () => server.close(),
  };
};

const whole = async (request: IncomingMessage): Promise<WholeRequest> => {
  const url = new URL(request.url ?? "/", "http://localhost");
  return {
    method: request.method ?? "GET",
    host: request.headers.host ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: await readBody(request),
  };
};
