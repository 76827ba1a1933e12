import type { Config } from "../config.ts";
import { type Answer, type HttpEndpoint, listenHttp, plain, type Routes } from "./http-endpoint.ts";
import type { Complaint } from "./loop-health.ts";
import type { Metrics } from "./metrics.ts";

/** Named checks; each says what is wrong, or nothing. */
export type Checks = Readonly<Record<string, () => Complaint>>;

export interface ObservabilityOptions {
  /** Where to serve; an absent address serves nothing. */
  readonly config: Pick<Config, "metrics" | "probes">;
  readonly metrics: Pick<Metrics, "text" | "contentType">;
  /** `/healthz`: the process is worth keeping. That it answers at all shows that the event loop is alive. */
  readonly healthy: Checks;
  /** `/readyz`: the caches are filled. Not "is the leader": a replica that waits is ready to take over. */
  readonly ready: Checks;
}

/** The servers of the process. */
export interface Observability {
  readonly metricsPort?: number;
  readonly probesPort?: number;
  /** Stops listening; answers under way get half a second. */
  close(): Promise<void>;
}

/** Serves `/metrics`, and `/healthz` and `/readyz`. Rejects, with nothing left open, when an address cannot be used. */
export async function serveObservability(options: ObservabilityOptions): Promise<Observability> {
  const { config, metrics, healthy, ready } = options;
  const open: HttpEndpoint[] = [];
  const listen = async (
    what: string,
    address: Config["metrics"],
    routes: Routes,
  ): Promise<number | undefined> => {
    if (address === undefined) return undefined;
    const endpoint = await listenHttp(what, address, routes);
    open.push(endpoint);
    return endpoint.port;
  };
  const close = async (): Promise<void> => {
    await Promise.all(open.map((endpoint) => endpoint.close()));
  };
  try {
    const metricsPort = await listen("metrics", config.metrics, {
      "/metrics": async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() }),
    });
    const probesPort = await listen("health probes", config.probes, {
      "/healthz": () => answerOf(healthy),
      "/readyz": () => answerOf(ready),
    });
    return {
      ...(metricsPort === undefined ? {} : { metricsPort }),
      ...(probesPort === undefined ? {} : { probesPort }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** 200 and `ok`, or 503 with a line per check, as Kubernetes' own components answer. */
function answerOf(checks: Checks): Answer {
  const results = Object.entries(checks).map(([name, check]) => ({ name, complaint: check() }));
  if (results.every(({ complaint }) => complaint === undefined)) return plain(200, "ok");
  const lines = results.map(({ name, complaint }) =>
    complaint === undefined ? `[+] ${name} ok` : `[-] ${name}: ${complaint}`,
  );
  return plain(503, lines.join("\n"));
}
