import { type Backoff, backoffDelay } from "./backoff.ts";
import { type Clock, type Random, sleep } from "./clock.ts";
import type { KubeApi, SelectOptions } from "./kube-api.ts";
import { errorOfStatus, KubeError } from "./kube-error.ts";
import type { KubeObject, WatchEvent } from "./kube-object.ts";
import {
  initialState,
  type ListWatchInput,
  type ListWatchState,
  type StoreEffect,
  step,
} from "./list-watch.ts";
import { type IndexFunction, Store, type StoreChange } from "./store.ts";

/**
 * Keeps a store equal to a collection of the API server, for ever: one watch per type, and no lists but the
 * first and those after a gap that the server cannot bridge.
 *
 * The decisions are in list-watch.ts; this file performs them, one operation at a time: read a page, read the
 * next event, or wait. It adds what needs a clock:
 *
 * - A watch asks for bookmarks and ends after 5 to 10 minutes, drawn per watch so that they do not end together.
 * - A watch that says nothing for longer than bookmarks take (they come about every minute) may be dead, whatever
 *   TCP thinks, and is opened again from the last version, without a pause.
 * - Every error waits, with jitter, doubling to 15 s: the longest that a recovered server goes unnoticed. A
 *   longer Retry-After is honoured. It never gives up: an operator that lost its API server goes on by itself.
 * - `stop` ends it at any moment, in a request or in a wait, and leaves neither a timer nor a socket.
 *
 * Handlers hear of each change after the store has it. They are for enqueueing keys, not for work; one that
 * throws is reported and the loop goes on. An own write noted in the store is heard at once, not twice.
 */
export interface ReflectorOptions<T extends KubeObject> {
  readonly api: KubeApi;
  /** The collection, from `resourcePath`. */
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly select?: Pick<SelectOptions, "labelSelector" | "fieldSelector">;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  readonly transform?: (object: T) => T;
  readonly listener?: ReflectorListener;
  /** Default 500 ms to 15 s. */
  readonly backoff?: Backoff;
  /** Default 150 s: bookmarks come every minute, the first sometimes only after two. */
  readonly silenceMs?: number;
  /** Deadline of one page. Default 30 s. */
  readonly listTimeoutMs?: number;
}

export interface Handlers<T extends KubeObject> {
  onAdd?(object: T): void;
  onUpdate?(object: T, previous: T): void;
  onDelete?(object: T): void;
}

/** For logs and metrics. */
export interface ReflectorListener {
  /** A list or watch failed and is tried again after a wait. */
  failed?(path: string, error: KubeError): void;
  /** A complete list has been taken. */
  listed?(path: string, count: number): void;
  /** A watch was silent and is replaced. */
  silent?(path: string): void;
  handlerFailed?(path: string, error: unknown): void;
}

const pageSize = 500;

export class Reflector<T extends KubeObject = KubeObject> {
  readonly store: Store<T>;
  readonly #options: ReflectorOptions<T>;
  readonly #handlers: Array<Handlers<T>> = [];
  readonly #stop = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  #lastContact: number | undefined;
  #loop: Promise<void> | undefined;
  #watch: OpenWatch | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    // Somebody may never ask; a stop before the first list must not count as an unhandled rejection then.
    this.#synced.promise.catch(() => {});
    this.store = new Store<T>({
      ...(options.indexes === undefined ? {} : { indexes: options.indexes }),
      ...(options.transform === undefined ? {} : { transform: options.transform }),
      onChange: (change) => this.#announce(change),
    });
  }

  /** Handlers added late first hear an addition of everything that is there. */
  addHandlers(handlers: Handlers<T>): void {
    this.#handlers.push(handlers);
    for (const object of this.store.list()) this.#call(() => handlers.onAdd?.(object));
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Resolves when the loop has ended; nothing of it is left then. The store stays readable. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    this.#synced.reject(new Error(`${this.#options.path}: stopped before the first list`));
  }

  /** Resolves when the store holds a complete list; rejects when stopped before. */
  synced(): Promise<void> {
    return this.#synced.promise;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Milliseconds since the server last said something, a page, an event or a bookmark; undefined before. */
  get sinceContactMs(): number | undefined {
    return this.#lastContact === undefined ? undefined : this.#options.clock.monotonic() - this.#lastContact;
  }

  async #run(): Promise<void> {
    let state: ListWatchState = initialState;
    while (!this.#stop.signal.aborted) {
      const input = await this.#perform(state);
      if (this.#stop.signal.aborted) break;
      this.#report(input);
      const next = step(state, input);
      this.#apply(next.effect);
      if (next.state.at !== "watching" || input.type !== "event") await this.#closeWatch();
      state = next.state;
    }
    await this.#closeWatch();
  }

  async #perform(state: ListWatchState): Promise<ListWatchInput> {
    if (state.at === "listing") return await this.#page(state);
    if (state.at === "watching") return await this.#event(state.version);
    const { clock, random, backoff = { baseMs: 500, maxMs: 15_000 } } = this.#options;
    const delayMs = Math.max(state.atLeastMs, backoffDelay(backoff, state.failures, random));
    await sleep(clock, delayMs, this.#stop.signal);
    return { type: "waited" };
  }

  async #page(state: Extract<ListWatchState, { at: "listing" }>): Promise<ListWatchInput> {
    const { api, path, select, listTimeoutMs = 30_000 } = this.#options;
    try {
      const page = await api.list(path, {
        ...select,
        ...(state.paged ? { limit: pageSize } : {}),
        ...(state.continue === undefined ? {} : { continue: state.continue }),
        signal: this.#stop.signal,
        timeoutMs: listTimeoutMs,
      });
      return { type: "page", page };
    } catch (error) {
      return { type: "failed", error: asKubeError(error, path) };
    }
  }

  async #event(version: string): Promise<ListWatchInput> {
    this.#watch ??= this.#open(version);
    const { events, openedAt } = this.#watch;
    const { clock, path, silenceMs = 150_000 } = this.#options;
    try {
      const result = await within(clock, silenceMs, events.next());
      if (result === "late") return { type: "silent" };
      if (result.done === true) return { type: "ended", livedMs: clock.monotonic() - openedAt };
      const event = result.value;
      if (event.type !== "ERROR") return { type: "event", event };
      const error = errorOfStatus({ method: "WATCH", path }, event.object.code, event.object);
      return { type: "failed", error };
    } catch (error) {
      return { type: "failed", error: asKubeError(error, path) };
    }
  }

  #open(version: string): OpenWatch {
    const { api, path, select, clock, random } = this.#options;
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    this.#stop.signal.addEventListener("abort", abort, { once: true });
    const stream = api.watch(path, {
      ...select,
      resourceVersion: version,
      timeoutSeconds: Math.round(300 + 300 * random()),
      signal: controller.signal,
    });
    return {
      events: stream[Symbol.asyncIterator](),
      openedAt: clock.monotonic(),
      close: () => {
        this.#stop.signal.removeEventListener("abort", abort);
        abort();
      },
    };
  }

  async #closeWatch(): Promise<void> {
    const watch = this.#watch;
    this.#watch = undefined;
    if (watch === undefined) return;
    watch.close();
    // The abort makes a pending read fail; the generator then cleans up, and this waits for it.
    await watch.events.return?.().catch(() => {});
  }

  #apply(effect: StoreEffect): void {
    // The path decides the type: what it lists are Ts.
    switch (effect.type) {
      case "none":
        return;
      case "replace":
        this.store.replace(effect.items as readonly T[], effect.version);
        this.#options.listener?.listed?.(this.#options.path, effect.items.length);
        this.#hasSynced = true;
        this.#synced.resolve();
        return;
      case "upsert":
        return this.store.upsert(effect.object as T);
      case "remove":
        return this.store.remove(effect.object as T);
      case "advance":
        return this.store.advance(effect.version);
    }
  }

  #report(input: ListWatchInput): void {
    const { listener, path, clock } = this.#options;
    if (input.type === "page" || input.type === "event") this.#lastContact = clock.monotonic();
    if (input.type === "failed") listener?.failed?.(path, input.error);
    if (input.type === "silent") listener?.silent?.(path);
  }

  #announce(change: StoreChange<T>): void {
    for (const handlers of this.#handlers) {
      this.#call(() => {
        if (change.type === "add") handlers.onAdd?.(change.object);
        else if (change.type === "update") handlers.onUpdate?.(change.object, change.previous);
        else handlers.onDelete?.(change.object);
      });
    }
  }

  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#options.listener?.handlerFailed?.(this.#options.path, error);
    }
  }
}

interface OpenWatch {
  readonly events: AsyncIterator<WatchEvent>;
  readonly openedAt: number;
  readonly close: () => void;
}

/** The promise's outcome, or "late" when it takes longer. */
async function within<R>(clock: Clock, ms: number, promise: Promise<R>): Promise<R | "late"> {
  const late = Promise.withResolvers<"late">();
  const cancel = clock.setTimer(() => late.resolve("late"), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    cancel();
  }
}

function asKubeError(error: unknown, path: string): KubeError {
  if (error instanceof KubeError) return error;
  return new KubeError(
    "InvalidResponse",
    `${path}: ${error instanceof Error ? error.name : "unknown error"}`,
  );
}
