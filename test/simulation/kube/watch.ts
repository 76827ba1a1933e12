import { KubeError } from "../../../src/runtime/kube-error.ts";
import type { KubeObject, WatchEvent } from "../../../src/runtime/kube-object.ts";
import type { WatchFate } from "../fate.ts";
import type { Host } from "../host.ts";
import type { Timeline } from "../timeline.ts";
import type { Change } from "./etcd.ts";
import { placeOf, selectorOf } from "./place.ts";
import type { ApiServer } from "./server.ts";

export interface WatchParts {
  readonly server: ApiServer;
  readonly timeline: Timeline;
  readonly host: Host;
  readonly path: string;
  readonly labelSelector?: string;
  readonly from: number;
  readonly fate: WatchFate;
  readonly refused?: KubeError;
  readonly signal?: AbortSignal;
}

const BOOKMARK_MS = 60_000;

/** One open watch: events in the server's order, each late in its own way, until it breaks or is closed. */
export class SimulatedWatch implements AsyncIterator<WatchEvent> {
  readonly #parts: WatchParts;
  readonly #queue: (WatchEvent | KubeError)[] = [];
  readonly #cancels: (() => void)[] = [];
  #waiting: PromiseWithResolvers<IteratorResult<WatchEvent>> | undefined;
  #over = false;
  /** Nothing comes before what was sent earlier. */
  #lastAt = 0;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    const { timeline, fate, signal } = parts;
    const abort = (): void => this.#end(new KubeError("Aborted", "watch: aborted"));
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    this.#cancels.push(
      parts.host.onKill(() => this.#close()),
      () => signal?.removeEventListener("abort", abort),
      timeline.in(fate.goMs, () => this.#begin()),
    );
  }

  next(): Promise<IteratorResult<WatchEvent>> {
    const first = this.#queue.shift();
    if (first instanceof KubeError) return Promise.reject(first);
    if (first !== undefined) return Promise.resolve({ done: false, value: first });
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  return(): Promise<IteratorResult<WatchEvent>> {
    this.#close();
    return Promise.resolve({ done: true, value: undefined });
  }

  #begin(): void {
    const { server, timeline, path, labelSelector, from, fate, refused } = this.#parts;
    if (this.#over) return;
    if (refused) return this.#end(refused);
    const { resource, namespace } = placeOf(path);
    const missed = server.etcd.since(resource, from - fate.replay) ?? server.etcd.since(resource, from);
    if (missed === undefined) {
      return this.#end(new KubeError("Expired", "too old resource version", { code: 410 }));
    }
    const selects = selectorOf(labelSelector);
    const concerns = (object: KubeObject | undefined): boolean =>
      object !== undefined &&
      (namespace === undefined || object.metadata.namespace === namespace) &&
      selects(object);
    const tell = (change: Change): void => {
      if (change.resource !== resource) return;
      const event = eventOf(change, concerns);
      if (!event) return;
      this.#send(event);
      if (fate.repeats()) this.#send(event);
    };
    for (const change of missed) tell(change);
    this.#cancels.push(
      server.etcd.onChange(tell),
      timeline.every(BOOKMARK_MS, () => {
        const metadata = { resourceVersion: String(server.etcd.version) };
        this.#send({ type: "BOOKMARK", object: { metadata } });
      }),
    );
    if (fate.breaksInMs === undefined) return;
    const broken = (): void => this.#end(new KubeError("Unreachable", `WATCH ${path}: ECONNRESET`));
    this.#cancels.push(timeline.in(fate.breaksInMs, broken));
  }

  #send(event: WatchEvent): void {
    const { timeline, host, fate } = this.#parts;
    this.#lastAt = Math.max(this.#lastAt, timeline.now + fate.delayMs());
    timeline.in(this.#lastAt - timeline.now, () => host.deliver(() => this.#arrive(event)));
  }

  #arrive(event: WatchEvent | KubeError): void {
    if (this.#over && !(event instanceof KubeError)) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) this.#queue.push(event);
    else if (event instanceof KubeError) waiting.reject(event);
    else waiting.resolve({ done: false, value: event });
  }

  #end(error: KubeError): void {
    if (this.#over) return;
    this.#close();
    this.#parts.host.deliver(() => this.#arrive(error));
  }

  #close(): void {
    this.#over = true;
    for (const cancel of this.#cancels.splice(0)) cancel();
  }
}

/** What a watcher with this selector hears of a change. */
function eventOf(
  { before, after }: Change,
  concerns: (object: KubeObject | undefined) => boolean,
): WatchEvent | undefined {
  const [was, is] = [concerns(before), concerns(after)];
  if (is && after) return { type: was ? "MODIFIED" : "ADDED", object: after };
  if (was && before) return { type: "DELETED", object: after ?? before };
  return undefined;
}
