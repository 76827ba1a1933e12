import type { KubeList, KubeObject, Status, WatchEvent } from "./kube-object.ts";

/**
 * The Kubernetes API as this program uses it: plain JSON in, plain JSON out, paths from `resourcePath`.
 *
 * Every call has a deadline, and every failure is a `KubeError`. Reads are retried when asked to (`retry`).
 * Writes never are: whether one that broke was applied is unknown here, and only the caller, who will read again
 * and plan again, knows what is right then. kube-client.ts is the implementation.
 */
export interface KubeApi {
  get<T extends KubeObject = KubeObject>(path: string, options?: ReadOptions): Promise<T>;
  /** One page of a collection; the caller follows `metadata.continue`. */
  list<T extends KubeObject = KubeObject>(path: string, options?: ListOptions): Promise<KubeList<T>>;
  create<T extends KubeObject = KubeObject>(path: string, body: object, options?: WriteOptions): Promise<T>;
  /** Server-side apply. */
  apply<T extends KubeObject = KubeObject>(path: string, body: object, options: ApplyOptions): Promise<T>;
  patch<T extends KubeObject = KubeObject>(path: string, body: object, options: PatchOptions): Promise<T>;
  /** PUT: with `metadata.resourceVersion` in the body it is refused (Conflict) when the object has changed. */
  replace<T extends KubeObject = KubeObject>(path: string, body: object, options?: WriteOptions): Promise<T>;
  /** Answers the object while finalizers or its pods keep it, else a `Status` (kind "Status"). */
  delete(path: string, options?: DeleteOptions): Promise<KubeObject | Status>;
  /**
   * Events from `resourceVersion` on. Ends when the server ends it; throws `KubeError` when it cannot be opened,
   * breaks, or `signal` aborts. `timeoutMs` bounds the opening only; silence is the caller's to judge.
   */
  watch<T extends KubeObject = KubeObject>(
    path: string,
    options?: WatchOptions,
  ): AsyncIterable<WatchEvent<T>>;
  /** The server's version, as `/version` answers it. */
  version(
    options?: ReadOptions,
  ): Promise<{ readonly major: string; readonly minor: string; readonly gitVersion: string }>;
  /** Breaks all connections; every call under way and later fails. */
  close(): Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Deadline of one try, credentials included. Default 10 s. */
  readonly timeoutMs?: number;
}

export interface ReadOptions extends CallOptions {
  /** Tries again on 429, 5xx and no answer, honouring Retry-After. Default: one try. */
  readonly retry?: { readonly tries: number };
}

export interface SelectOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
}

export interface ListOptions extends ReadOptions, SelectOptions {
  readonly limit?: number;
  readonly continue?: string;
}

export interface WatchOptions extends CallOptions, SelectOptions {
  /** Default true. */
  readonly allowWatchBookmarks?: boolean;
  /** After how long the server ends the watch. */
  readonly timeoutSeconds?: number;
}

export interface WriteOptions extends CallOptions {
  /** Everything is checked, nothing stored. */
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  /** What becomes of fields the schema does not know. The server's default is Warn. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Take over fields that another manager owns. Default: Conflict. */
  readonly force?: boolean;
}

export interface PatchOptions extends WriteOptions {
  /** Custom resources have no strategic merge. */
  readonly type: "merge" | "json" | "strategic";
}

export interface DeleteOptions extends CallOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: "Foreground" | "Background" | "Orphan";
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: boolean;
}
