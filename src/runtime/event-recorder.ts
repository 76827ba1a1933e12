import { type Backoff, backoffDelay } from "./backoff.ts";
import { type Clock, type Random, sleep } from "./clock.ts";
import { EventSeries } from "./event-series.ts";
import type { KubeApi } from "./kube-api.ts";
import { isReason, isTransient, KubeError } from "./kube-error.ts";
import { type KubeObject, microTime } from "./kube-object.ts";
import { resourcePath } from "./resource-path.ts";
import { TokenBuckets } from "./token-buckets.ts";

/**
 * Tells people what happened to their objects: events of `events.k8s.io/v1`, as `kubectl describe` shows them.
 *
 * Best effort, and never in anyone's way: `record` only puts the event into a bounded queue. It does not wait,
 * and it does not throw; what does not fit is dropped, counted, and reported to the listener.
 *
 * Three brakes keep a loop gone wrong from flooding the API server:
 * - Equal events (same object, type, reason, action and note) within ten minutes are one event with a `series`:
 *   its count is written at most every ten seconds, however often it happened.
 * - Each object has two token buckets, for Normal events and for Warnings (many good releases must not hide the
 *   one that was taken back): 25 events at once, then one a minute.
 * - One request at a time. A failing API server is tried again with back-off for about five minutes per event;
 *   whatever it refuses (the namespace is going away, no permission) is dropped.
 *
 * An event lives in its object's namespace; those of cluster-scoped objects go to `default`, as everywhere.
 */
export interface EventRecord {
  /** The object it is about. */
  readonly regarding: KubeObject;
  /** Another object that matters, e.g. the Deployment that was scaled. */
  readonly related?: KubeObject;
  readonly type: "Normal" | "Warning";
  /** CamelCase, from a closed table, at most 128 characters. */
  readonly reason: string;
  /** What was done or tried, CamelCase: required by the API. */
  readonly action: string;
  /** A sentence for people; cut to the API's 1024 bytes. */
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly random: Random;
  /** e.g. `modelrollout.dev/operator`. */
  readonly reportingController: string;
  /** e.g. the pod's name; at most 128 characters. */
  readonly reportingInstance: string;
  readonly listener?: EventListener;
  /** Events waiting to be sent. Default 1000. */
  readonly queueLimit?: number;
  /** Default 1 s to 30 s. */
  readonly backoff?: Backoff;
}

export interface EventListener {
  sent?(event: EventRecord): void;
  /** `limited`: over the object's rate; `full`: the queue was; `refused`: by the API server; `stopped`: at the end. */
  dropped?(event: EventRecord, why: "limited" | "full" | "refused" | "stopped", error?: KubeError): void;
}

const maxTries = 12;
const seriesWriteMs = 10_000;

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series: EventSeries;
  readonly #buckets: TokenBuckets;
  readonly #queue: Array<() => Promise<void>> = [];
  readonly #stop = new AbortController();
  #sending: Promise<void> | undefined;
  #cancelSweep: (() => void) | undefined;
  #stopped = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#series = new EventSeries(options.clock);
    this.#buckets = new TokenBuckets(options.clock, { burst: 25, refillMs: 60_000 });
  }

  /** Takes the event and returns at once. Never throws. */
  record(event: EventRecord): void {
    if (this.#stopped) return this.#drop(event, "stopped");
    const repeated = this.#series.note(seriesKey(event));
    if (repeated) return this.#sweepSoon();
    const { uid, name = "" } = event.regarding.metadata;
    if (!this.#buckets.take(`${event.type} ${uid ?? name}`)) {
      this.#series.forget(seriesKey(event));
      return this.#drop(event, "limited");
    }
    if (this.#queue.length >= (this.#options.queueLimit ?? 1_000)) {
      this.#series.forget(seriesKey(event));
      return this.#drop(event, "full");
    }
    const seen = this.#options.clock.now();
    this.#enqueue(() => this.#create(event, seen));
  }

  /** Sends what waits, counts included, for at most `timeoutMs`; then nothing more is sent. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopped = true;
    this.#cancelSweep?.();
    const cancel = this.#options.clock.setTimer(() => this.#stop.abort(), timeoutMs);
    await this.#sending;
    // Only now are all events stored whose counts may have grown.
    this.#sweep();
    await this.#sending;
    cancel();
    this.#stop.abort();
  }

  #enqueue(send: () => Promise<void>): void {
    this.#queue.push(send);
    this.#sending ??= this.#drainQueue();
  }

  async #drainQueue(): Promise<void> {
    for (let send = this.#queue.shift(); send !== undefined; send = this.#queue.shift()) await send();
    this.#sending = undefined;
  }

  async #create(event: EventRecord, wallMs: number): Promise<void> {
    const body = this.#body(event, wallMs);
    const path = eventsPath(body.metadata.namespace);
    const error = await this.#persist((signal) => this.#options.api.create(path, body, { signal }));
    if (error === undefined) {
      this.#series.created(seriesKey(event), {
        namespace: body.metadata.namespace,
        name: body.metadata.name,
      });
      // It may have happened again while this was on its way, and never after.
      this.#sweepSoon();
      this.#tell((listener) => listener.sent?.(event));
      return;
    }
    this.#series.forget(seriesKey(event));
    this.#drop(event, this.#stop.signal.aborted ? "stopped" : "refused", error);
  }

  /** Writes the counts that have grown, later, so that a burst costs one write. */
  #sweepSoon(): void {
    if (this.#stopped) return;
    this.#cancelSweep ??= this.#options.clock.setTimer(() => {
      this.#cancelSweep = undefined;
      this.#sweep();
    }, seriesWriteMs);
  }

  #sweep(): void {
    for (const grown of this.#series.takeGrown()) {
      const series = { count: grown.count, lastObservedTime: microTime(grown.lastWallMs) };
      const path = eventsPath(grown.event.namespace, grown.event.name);
      this.#enqueue(async () => {
        await this.#persist((signal) => this.#options.api.patch(path, { series }, { type: "merge", signal }));
      });
    }
  }

  /** Undefined when it went through, else the error on which it was given up. */
  async #persist(send: (signal: AbortSignal) => Promise<unknown>): Promise<KubeError | undefined> {
    const { clock, random, backoff = { baseMs: 1_000, maxMs: 30_000 } } = this.#options;
    const { signal } = this.#stop;
    for (let failures = 1; ; failures++) {
      try {
        await send(signal);
        return undefined;
      } catch (cause) {
        const error =
          cause instanceof KubeError ? cause : new KubeError("InvalidResponse", "event: unexpected error");
        // A first try whose answer was lost may have stored it: then it is there, as wanted.
        if (isReason(error, "AlreadyExists")) return undefined;
        if (!isTransient(error) || failures >= maxTries || signal.aborted) return error;
        await sleep(
          clock,
          Math.max(backoffDelay(backoff, failures, random), error.retryAfterMs ?? 0),
          signal,
        );
      }
    }
  }

  #body(event: EventRecord, wallMs: number) {
    const { reportingController, reportingInstance, random } = this.#options;
    const { namespace = "default", name = "unknown" } = event.regarding.metadata;
    // Unique among this object's events; the object's own name is cut so that the whole stays a valid name.
    const suffix = `${wallMs.toString(16)}${Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0")}`;
    return {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: {
        namespace: namespace === "" ? "default" : namespace,
        name: `${name.slice(0, 230)}.${suffix}`,
      },
      eventTime: microTime(wallMs),
      type: event.type,
      reason: event.reason.slice(0, 128),
      action: event.action.slice(0, 128),
      note: cutToBytes(event.note, 1_024),
      regarding: reference(event.regarding),
      ...(event.related === undefined ? {} : { related: reference(event.related) }),
      reportingController,
      reportingInstance: reportingInstance.slice(0, 128),
    };
  }

  #drop(event: EventRecord, why: "limited" | "full" | "refused" | "stopped", error?: KubeError): void {
    this.#tell((listener) => listener.dropped?.(event, why, error));
  }

  #tell(say: (listener: EventListener) => void): void {
    if (this.#options.listener === undefined) return;
    try {
      say(this.#options.listener);
    } catch {
      // Best effort: a reporter that throws must not reach whoever recorded the event.
    }
  }
}

function eventsPath(namespace: string, name?: string): string {
  const ref = { group: "events.k8s.io", version: "v1", plural: "events", namespace };
  return resourcePath(name === undefined ? ref : { ...ref, name });
}

function seriesKey({ regarding, related, type, reason, action, note }: EventRecord): string {
  const ids = [regarding, related].map((object) => object?.metadata.uid ?? object?.metadata.name);
  return JSON.stringify([...ids, type, reason, action, note]);
}

function reference({ apiVersion, kind, metadata }: KubeObject) {
  const { namespace, name, uid, resourceVersion } = metadata;
  return { apiVersion, kind, namespace, name, uid, resourceVersion };
}

/** The longest beginning of the text that fits, not ending within a character. */
function cutToBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  const cut = new TextDecoder().decode(encoded.subarray(0, bytes - 3), { stream: true });
  return `${cut}…`;
}
