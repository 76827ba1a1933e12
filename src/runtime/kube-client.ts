import type { KubeConfig } from "@kubernetes/client-node";
import { type Dispatcher, request } from "undici";
import { type Backoff, backoffDelay } from "./backoff.ts";
import { type Clock, type Random, sleep, systemClock } from "./clock.ts";
import { Connection } from "./connection.ts";
import { type Deadline, startDeadline } from "./deadline.ts";
import { LineDecoder } from "./json-lines.ts";
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KubeApi,
  ListOptions,
  PatchOptions,
  ReadOptions,
  WatchOptions,
  WriteOptions,
} from "./kube-api.ts";
import { type CallName, errorOfStatus, errorOfTransport, isTransient, KubeError } from "./kube-error.ts";
import type { KubeList, KubeObject, Status, WatchEvent } from "./kube-object.ts";

/**
 * `KubeApi` over HTTP.
 *
 * Everything that is true of every request is here and only here: the address, the credentials and the pooled
 * connections (connection.ts), a deadline, the User-Agent, the translation of failures into `KubeError`, and the
 * retry of reads that ask for it. client-node's generated classes are not used: they turn JSON into classes with
 * `Date`s on some ways in and not on others, put headers and bodies into error messages, and have no deadlines.
 *
 * The deadline covers reading the credentials, sending, and the whole answer. For a watch it covers the opening:
 * the API server answers with headers as soon as the watch stands, and then may have nothing to say for minutes.
 */

export interface KubeClientOptions {
  /** `name/version`, sent with every request; the API server's audit log and metrics show it. */
  readonly userAgent: string;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Waits between the tries of a read. Default 250 ms to 5 s. */
  readonly retryBackoff?: Backoff;
}

const defaultTimeoutMs = 10_000;
const patchTypes = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
  // JSON is YAML, and server-side apply has no media type for JSON in released servers.
  apply: "application/apply-patch+yaml",
} as const;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Call extends CallName {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Query;
  readonly body?: object;
  readonly contentType?: string;
}

class KubeClient implements KubeApi {
  readonly #connection: Connection;
  readonly #options: Required<KubeClientOptions>;

  constructor(config: KubeConfig, options: KubeClientOptions) {
    this.#connection = new Connection(config);
    this.#options = {
      clock: systemClock,
      random: Math.random,
      retryBackoff: { baseMs: 250, maxMs: 5_000 },
      ...options,
    };
  }

  get<T extends KubeObject>(path: string, options: ReadOptions = {}): Promise<T> {
    return this.#read<T>({ method: "GET", path }, options);
  }

  list<T extends KubeObject>(path: string, options: ListOptions = {}): Promise<KubeList<T>> {
    const { labelSelector, fieldSelector, resourceVersion, limit } = options;
    const query = { labelSelector, fieldSelector, resourceVersion, limit, continue: options.continue };
    return this.#read<KubeList<T>>({ method: "GET", path, query }, options);
  }

  create<T extends KubeObject>(path: string, body: object, options: WriteOptions = {}): Promise<T> {
    return this.#json<T>({ method: "POST", path, body, query: writeQuery(options) }, options);
  }

  apply<T extends KubeObject>(path: string, body: object, options: ApplyOptions): Promise<T> {
    const query = { ...writeQuery(options), force: options.force };
    return this.#json<T>({ method: "PATCH", path, body, query, contentType: patchTypes.apply }, options);
  }

  patch<T extends KubeObject>(path: string, body: object, options: PatchOptions): Promise<T> {
    const contentType = patchTypes[options.type];
    return this.#json<T>({ method: "PATCH", path, body, query: writeQuery(options), contentType }, options);
  }

  replace<T extends KubeObject>(path: string, body: object, options: WriteOptions = {}): Promise<T> {
    return this.#json<T>({ method: "PUT", path, body, query: writeQuery(options) }, options);
  }

  delete(path: string, options: DeleteOptions = {}): Promise<KubeObject | Status> {
    const { preconditions, propagationPolicy, gracePeriodSeconds, dryRun } = options;
    const body = {
      apiVersion: "meta.k8s.io/v1",
      kind: "DeleteOptions",
      preconditions,
      propagationPolicy,
      gracePeriodSeconds,
      dryRun: dryRun === true ? ["All"] : undefined,
    };
    return this.#json<KubeObject | Status>({ method: "DELETE", path, body }, options);
  }

  version(options: ReadOptions = {}): Promise<{ major: string; minor: string; gitVersion: string }> {
    return this.#read({ method: "GET", path: "/version" }, options);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async *watch<T extends KubeObject>(
    path: string,
    options: WatchOptions = {},
  ): AsyncGenerator<WatchEvent<T>> {
    const { labelSelector, fieldSelector, resourceVersion, timeoutSeconds } = options;
    const allowWatchBookmarks = options.allowWatchBookmarks ?? true;
    const call: Call = {
      method: "GET",
      path,
      query: { watch: 1, allowWatchBookmarks, labelSelector, fieldSelector, resourceVersion, timeoutSeconds },
    };
    const deadline = startDeadline(
      this.#options.clock,
      options.timeoutMs ?? defaultTimeoutMs,
      options.signal,
    );
    let body: Dispatcher.ResponseData["body"] | undefined;
    try {
      const answer = await this.#send(call, deadline);
      body = answer.body;
      if (answer.statusCode !== 200) throw await failureOf(call, answer);
      deadline.disarm();
      const lines = new LineDecoder();
      for await (const chunk of body) {
        for (const line of lines.push(chunk as Uint8Array)) yield watchEvent<T>(call, line);
      }
    } catch (error) {
      throw explain(call, error, deadline);
    } finally {
      deadline.release();
      // A consumer that stops early leaves an endless answer behind: its connection must go.
      body?.on("error", () => {}).destroy();
    }
  }

  async #read<T>(call: Call, options: ReadOptions): Promise<T> {
    const { clock, random, retryBackoff } = this.#options;
    const tries = options.retry?.tries ?? 1;
    for (let failures = 1; ; failures++) {
      try {
        return await this.#json<T>(call, options);
      } catch (error) {
        if (!(error instanceof KubeError) || !isTransient(error) || failures >= tries) throw error;
        const delayMs = Math.max(backoffDelay(retryBackoff, failures, random), error.retryAfterMs ?? 0);
        await sleep(clock, delayMs, options.signal);
        if (options.signal?.aborted === true) throw error;
      }
    }
  }

  async #json<T>(call: Call, options: CallOptions): Promise<T> {
    const deadline = startDeadline(
      this.#options.clock,
      options.timeoutMs ?? defaultTimeoutMs,
      options.signal,
    );
    try {
      const answer = await this.#send(call, deadline);
      if (answer.statusCode < 200 || answer.statusCode > 299) throw await failureOf(call, answer);
      return parse(call, await answer.body.text()) as T;
    } catch (error) {
      throw explain(call, error, deadline);
    } finally {
      deadline.release();
    }
  }

  async #send(call: Call, deadline: Deadline): Promise<Dispatcher.ResponseData> {
    const access = await withSignal(this.#connection.access(), deadline.signal);
    const sent = request(`${access.server}${call.path}${queryString(call.query)}`, {
      method: call.method,
      dispatcher: access.dispatcher,
      signal: deadline.signal,
      headers: {
        ...access.headers,
        accept: "application/json",
        "user-agent": this.#options.userAgent,
        ...(call.body === undefined ? {} : { "content-type": call.contentType ?? "application/json" }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    return await withSignal(sent, deadline.signal);
  }
}

/** A client on a pool of its own; `close` it at the end. */
export function createKubeApi(config: KubeConfig, options: KubeClientOptions): KubeApi {
  return new KubeClient(config, options);
}

function writeQuery(options: WriteOptions): Query {
  const { fieldManager, fieldValidation } = options;
  return { fieldManager, fieldValidation, dryRun: options.dryRun === true ? "All" : undefined };
}

function queryString(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/**
 * The promise, or a rejection as soon as the signal aborts. Exec plugins know no signal; and undici heeds one only
 * once the request has a connection, so a server that accepts and then says nothing would hold a call for the
 * whole connect timeout.
 */
async function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(new Error("aborted"));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function parse(call: CallName, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below; the parser's message would quote the body.
  }
  throw new KubeError("InvalidResponse", `${call.method} ${call.path}: the answer is not a JSON object`);
}

function watchEvent<T extends KubeObject>(call: CallName, line: string): WatchEvent<T> {
  const event = parse(call, line) as Partial<WatchEvent<T>>;
  if (typeof event.type === "string" && typeof event.object === "object") return event as WatchEvent<T>;
  throw new KubeError("InvalidResponse", `${call.method} ${call.path}: a line is not a watch event`);
}

async function failureOf(call: CallName, answer: Dispatcher.ResponseData): Promise<KubeError> {
  const retryAfter = answer.headers["retry-after"];
  let status: Status = {};
  try {
    const parsed = parse(call, await answer.body.text()) as Status;
    if (parsed.kind === "Status") status = parsed;
  } catch (error) {
    // A plain-text answer, as overload and proxies give, says enough by its code. A broken one does too.
    if (!(error instanceof KubeError)) status = { message: "the answer broke off" };
  }
  return errorOfStatus(
    call,
    answer.statusCode,
    status,
    Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
  );
}

function explain(call: CallName, error: unknown, deadline: Deadline): KubeError {
  if (error instanceof KubeError) return error;
  if (deadline.timedOut()) return new KubeError("Timeout", `${call.method} ${call.path}: no answer in time`);
  if (deadline.signal.aborted) return new KubeError("Aborted", `${call.method} ${call.path}: aborted`);
  return errorOfTransport(call, error);
}
