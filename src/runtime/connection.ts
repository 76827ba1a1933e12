import { createHash } from "node:crypto";
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import { codeOf, KubeError } from "./kube-error.ts";

/**
 * One pool of connections to the API server, with the credentials of a `KubeConfig`.
 *
 * client-node makes a new agent, and so a new TLS connection, for every request. Here it only answers two
 * questions before each call: which headers authenticate us now (tokens are re-read from their file at most
 * every minute, exec plugins cached until they expire), and which TLS material. The pool is rebuilt only when
 * the bytes of that material change (a rotated CA or client certificate); calls under way end on the old pool.
 *
 * HTTP/1.1 on purpose: with HTTP/2 all watches and calls would share one connection, and when a peer dies
 * silently, aborting a stream leaves that connection in use. With HTTP/1.1 a call that timed out takes its
 * connection with it, and the next call opens a fresh one.
 *
 * Idle connections are kept for 60 s: the API server closes them after 90 s, so ours never races its close.
 */

/** What a request needs besides its own path and body. */
export interface Access {
  /** `https://host:port`, with a path prefix if there is one, without a trailing slash. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
}

const pool = {
  allowH2: false,
  connections: 128,
  keepAliveTimeout: 60_000,
  keepAliveMaxTimeout: 60_000,
  // Calls have deadlines of their own, and a quiet watch is watched by its reflector.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;

export class Connection {
  readonly #config: KubeConfig;
  #fingerprint: string | undefined;
  #dispatcher: Dispatcher | undefined;
  readonly #retired = new Set<Dispatcher>();
  #closed = false;

  constructor(config: KubeConfig) {
    this.#config = config;
  }

  /** Credentials and pool for one request. Throws `KubeError` `Credentials`. */
  async access(): Promise<Access> {
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null || this.#closed) {
      throw new KubeError("Credentials", this.#closed ? "the connection is closed" : "no current cluster");
    }
    const options: RequestOptions = { headers: {} };
    try {
      await this.#config.applyToHTTPSOptions(options);
      return {
        server: cluster.server.replace(/\/+$/, ""),
        headers: headersOf(options),
        dispatcher: this.#dispatcherFor(options),
      };
    } catch (error) {
      // The error's own text may hold what an exec plugin printed: a token.
      throw new KubeError("Credentials", `the credentials could not be used: ${codeOf(error)}`);
    }
  }

  /** Breaks every connection, watches included. Later calls fail. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = this.#dispatcher === undefined ? [...this.#retired] : [this.#dispatcher, ...this.#retired];
    this.#dispatcher = undefined;
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  #dispatcherFor(options: RequestOptions): Dispatcher {
    const tls = tlsOf(options);
    const fingerprint = fingerprintOf(tls);
    if (this.#dispatcher !== undefined && fingerprint === this.#fingerprint) return this.#dispatcher;
    const previous = this.#dispatcher;
    this.#dispatcher = this.#build(tls);
    this.#fingerprint = fingerprint;
    if (previous !== undefined) this.#retire(previous);
    return this.#dispatcher;
  }

  #build(tls: TlsMaterial): Dispatcher {
    const plan = this.#config.createDispatcherOptions(this.#config.getCurrentCluster(), tls);
    if (plan.type === "socks") {
      throw Object.assign(new Error("SOCKS"), { code: "SOCKS proxies are not supported" });
    }
    if (plan.type === "proxy") return new ProxyAgent({ uri: plan.uri, requestTls: tls, ...pool });
    return new Agent({
      ...pool,
      connect: { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000, timeout: 5_000 },
    });
  }

  /** Lets the calls under way on an outdated pool finish. */
  #retire(dispatcher: Dispatcher): void {
    this.#retired.add(dispatcher);
    const forget = (): boolean => this.#retired.delete(dispatcher);
    dispatcher.close().then(forget, forget);
  }
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value !== undefined) headers[name] = String(value).trim();
  }
  // A user with a password: `user:password`, as Node's http module takes it.
  if (typeof options.auth === "string") {
    headers["Authorization"] = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  }
  return headers;
}

/** What makes a TLS connection to this server, as this client. */
interface TlsMaterial {
  readonly ca?: Buffer | string;
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

function tlsOf(options: RequestOptions): TlsMaterial {
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  return {
    ...(isBytes(ca) ? { ca } : {}),
    ...(isBytes(cert) ? { cert } : {}),
    ...(isBytes(key) ? { key } : {}),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
  };
}

/** client-node sets a buffer from files and data, a string from exec plugins; never the list forms. */
function isBytes(value: unknown): value is Buffer | string {
  return typeof value === "string" || Buffer.isBuffer(value);
}

function fingerprintOf(tls: TlsMaterial): string {
  const hash = createHash("sha256");
  for (const part of [tls.ca, tls.cert, tls.key]) hash.update(part ?? "").update("\n");
  return hash.update(`${tls.rejectUnauthorized} ${tls.servername}`).digest("base64");
}
