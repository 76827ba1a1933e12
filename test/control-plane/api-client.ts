import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";

/** An object as the API server speaks it. */
export type KubeObject = {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    deletionTimestamp?: string;
  };
};

/** A list answer. */
export type KubeList<T> = { metadata: { resourceVersion: string }; items: T[] };

/** One line of a watch. */
export type WatchEvent<T> = { type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR"; object: T };

/** The API server answered with an error status. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: number;
  /** The machine-readable reason of the `Status` object, as `NotFound` or `AlreadyExists`. */
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(`${code} ${reason}: ${message}`);
    this.code = code;
    this.reason = reason;
  }
}

/** Content types of a PATCH. */
export type PatchType = "apply" | "merge" | "json";

const patchTypes: Readonly<Record<PatchType, string>> = {
  apply: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
};

/**
 * A small client for tests: raw paths in, JSON out, one connection pool, a deadline of 10 s on every call but
 * watches. No retries: callers say what an error means to them.
 */
export class ApiClient {
  readonly #config: KubeConfig;
  readonly #userAgent: string;
  #options: Promise<RequestOptions> | undefined;

  constructor(kubeconfigPath: string, userAgent: string) {
    this.#config = new KubeConfig();
    this.#config.loadFromFile(kubeconfigPath);
    this.#userAgent = userAgent;
  }

  /** @throws ApiError, or the error of the connection */
  async get<T>(path: string): Promise<T> {
    return this.#call<T>("GET", path);
  }

  /** @throws ApiError, or the error of the connection */
  async create<T>(path: string, body: object): Promise<T> {
    return this.#call<T>("POST", path, body);
  }

  /** @throws ApiError, or the error of the connection */
  async patch<T>(path: string, type: PatchType, body: object): Promise<T> {
    return this.#call<T>("PATCH", path, body, patchTypes[type]);
  }

  /** @throws ApiError, or the error of the connection */
  async delete(path: string): Promise<void> {
    await this.#call("DELETE", path);
  }

  /**
   * The events of one watch, until the server ends it, `signal` aborts (then it just ends), or nothing, not even a
   * bookmark, has been heard for 90 s (bookmarks come about once a minute).
   * @throws ApiError, also for an ERROR event (410 when the version is too old), or the error of the connection
   */
  async *watch<T>(path: string, resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`;
    const response = await this.#send("GET", `${path}${path.includes("?") ? "&" : "?"}${query}`, { signal });
    if (response.statusCode !== 200) throw await toError(response);
    response.setTimeout(90_000, () => response.destroy(new Error("watch is silent")));
    try {
      for await (const line of linesOf(response)) {
        const event = JSON.parse(line) as WatchEvent<T>;
        if (event.type === "ERROR") throw statusToError(event.object);
        yield event;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      response.destroy();
    }
  }

  /** Closes idle connections. */
  async close(): Promise<void> {
    const options = await this.#options;
    if (options?.agent instanceof Agent) options.agent.destroy();
  }

  async #call<T>(method: string, path: string, body?: object, contentType?: string): Promise<T> {
    const response = await this.#send(method, path, {
      signal: AbortSignal.timeout(10_000),
      ...(body === undefined ? {} : { body, contentType: contentType ?? "application/json" }),
    });
    if ((response.statusCode ?? 500) >= 300) throw await toError(response);
    return JSON.parse(await readText(response)) as T;
  }

  async #send(
    method: string,
    path: string,
    extra: { signal: AbortSignal; body?: object; contentType?: string },
  ): Promise<IncomingMessage> {
    this.#options ??= this.#connection();
    const options = await this.#options;
    const headers: Record<string, string> = {
      ...(options.headers as Record<string, string> | undefined),
      accept: "application/json",
      "user-agent": this.#userAgent,
    };
    const body = extra.body === undefined ? undefined : JSON.stringify(extra.body);
    if (extra.contentType !== undefined) headers["content-type"] = extra.contentType;
    if (body !== undefined) headers["content-length"] = String(Buffer.byteLength(body));
    const server = this.#config.getCurrentCluster()?.server ?? "";
    const outgoing = request(`${server}${path}`, { ...options, method, headers, signal: extra.signal });
    outgoing.on("error", () => undefined); // an error after the headers shows in the response too
    outgoing.end(body);
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    return response;
  }

  /** Certificates and credentials of the kubeconfig, whatever their kind, read once. */
  async #connection(): Promise<RequestOptions> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const { ca, cert, key, rejectUnauthorized } = options;
    const tls = Object.fromEntries(
      Object.entries({ ca, cert, key, rejectUnauthorized }).filter(([, value]) => value !== undefined),
    );
    return { ...options, agent: new Agent({ keepAlive: true, ...tls }) };
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += String(chunk);
  return text;
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of response.setEncoding("utf8")) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function toError(response: IncomingMessage): Promise<ApiError> {
  const text = await readText(response);
  try {
    return statusToError(JSON.parse(text), response.statusCode);
  } catch {
    return new ApiError(response.statusCode ?? 0, "Unknown", text.slice(0, 500));
  }
}

function statusToError(status: unknown, code = 0): ApiError {
  const said = status as { code?: number; reason?: string; message?: string };
  return new ApiError(said.code ?? code, said.reason ?? "Unknown", said.message ?? "");
}
