import { startDeadline } from "../../../src/runtime/deadline.ts";
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
} from "../../../src/runtime/kube-api.ts";
import { KubeError } from "../../../src/runtime/kube-error.ts";
import type { KubeList, KubeObject, Status, WatchEvent } from "../../../src/runtime/kube-object.ts";
import type { Refusal, Weather } from "../fate.ts";
import type { Host } from "../host.ts";
import type { Timeline } from "../timeline.ts";
import { type ApiServer, refusal } from "./server.ts";
import { SimulatedWatch } from "./watch.ts";
import { OPERATOR_USER, type Writer } from "./writer.ts";

/** A write on its way, for whoever judges or interrupts it. */
export interface KubeWrite {
  readonly verb: string;
  readonly path: string;
  readonly body: unknown;
  readonly dryRun: boolean;
}

/** Told of everything that a replica does outside. */
export interface Witness {
  /** Before anything is sent. False: the process died just before. */
  sending(host: Host, write: KubeWrite): boolean;
  /** Just before the server carries it out. */
  reaches(host: Host, write: KubeWrite): void;
  /** The server has carried it out; the answer is not sent yet. */
  applied(host: Host, write: KubeWrite): void;
}

export interface KubePortOptions {
  readonly server: ApiServer;
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly host: Host;
  readonly witness: Witness;
}

interface Asked {
  readonly verb: string;
  readonly path: string;
  readonly isWrite: boolean;
  readonly body?: unknown;
  readonly dryRun?: boolean;
}

const writerOf = ({ fieldManager = "modelrollout" }: WriteOptions): Writer => ({
  user: OPERATOR_USER,
  manager: fieldManager,
});

const never = new Promise<never>(() => {});

const refusals: Readonly<Record<Refusal, () => KubeError>> = {
  conflict: () => refusal(409, "Conflict", "the object has been modified"),
  gone: () => refusal(410, "Expired", "too old resource version"),
  tooMany: () => refusal(429, "TooManyRequests", "too many requests", 1_000),
  internal: () => refusal(500, "InternalError", "an error on the server"),
  unavailable: () =>
    refusal(503, "ServiceUnavailable", "the server is currently unable to handle the request"),
  throttled: () => refusal(429, "TooManyRequests", "too many requests", 2_000),
  denied: () =>
    refusal(403, "Forbidden", 'User "modelrollout" cannot patch resource "deployments" in API group "apps"'),
};

/** `KubeApi` over a network of virtual time: requests take their time, meet their fate, and may outlive their sender. */
export class KubePort implements KubeApi {
  readonly #options: KubePortOptions;

  constructor(options: KubePortOptions) {
    this.#options = options;
  }

  get<T extends KubeObject>(path: string, options: ReadOptions = {}): Promise<T> {
    const { server } = this.#options;
    return this.#call({ verb: "GET", path, isWrite: false }, options, () => server.get(path) as T);
  }

  list<T extends KubeObject>(path: string, options: ListOptions = {}): Promise<KubeList<T>> {
    const { server } = this.#options;
    const answer = () => server.list(path, options.labelSelector) as KubeList<T>;
    return this.#call({ verb: "LIST", path, isWrite: false }, options, answer);
  }

  create<T extends KubeObject>(path: string, body: object, options: WriteOptions = {}): Promise<T> {
    const { dryRun = false } = options;
    const asked = { verb: "POST", path, isWrite: true, body, dryRun };
    const { server } = this.#options;
    return this.#call(asked, options, () => server.create(path, body, { dryRun }, writerOf(options)) as T);
  }

  apply<T extends KubeObject>(path: string, body: object, options: ApplyOptions): Promise<T> {
    const asked = { verb: "APPLY", path, isWrite: true, body };
    return this.#call(asked, options, () => this.#options.server.apply(path, body, writerOf(options)) as T);
  }

  patch<T extends KubeObject>(path: string, body: object, options: PatchOptions): Promise<T> {
    const { dryRun = false, type } = options;
    const asked = { verb: "PATCH", path, isWrite: true, body, dryRun };
    const how = { dryRun, writer: writerOf(options) };
    return this.#call(asked, options, () => this.#options.server.patch(path, body, type, how) as T);
  }

  replace<T extends KubeObject>(path: string, body: object, options: WriteOptions = {}): Promise<T> {
    const asked = { verb: "PUT", path, isWrite: true, body };
    return this.#call(asked, options, () => this.#options.server.replace(path, body, writerOf(options)) as T);
  }

  delete(path: string, options: DeleteOptions = {}): Promise<KubeObject | Status> {
    const asked = { verb: "DELETE", path, isWrite: true, body: options.preconditions };
    return this.#call(asked, options, () => this.#options.server.delete(path, options));
  }

  watch<T extends KubeObject>(path: string, options: WatchOptions = {}): AsyncIterable<WatchEvent<T>> {
    const { server, timeline, weather, host } = this.#options;
    const fate = weather.watchFateOf(host.name, path);
    const refused = fate.refused && refusals[fate.refused]();
    return {
      [Symbol.asyncIterator]: () =>
        new SimulatedWatch({
          server,
          timeline,
          host,
          path,
          fate,
          ...(refused ? { refused } : {}),
          ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
          ...(options.signal ? { signal: options.signal } : {}),
          from: Number(options.resourceVersion ?? server.etcd.version),
        }) as AsyncIterator<WatchEvent<T>>,
    };
  }

  version(): Promise<never> {
    throw new Error("nobody asks the simulated server for its version");
  }

  async close(): Promise<void> {}

  #call<T>(asked: Asked, options: CallOptions, effect: () => T): Promise<T> {
    const { timeline, weather, host, witness } = this.#options;
    const { verb, path, isWrite, body, dryRun = false } = asked;
    if (host.state === "dead") return never;
    const write: KubeWrite | undefined = isWrite ? { verb, path, body, dryRun } : undefined;
    if (write && !witness.sending(host, write)) return never;
    const fate = weather.fateOf({
      host: host.name,
      service: "kubernetes",
      operation: verb,
      subject: path,
      isWrite,
    });
    const call = { method: verb, path };
    return new Promise<T>((resolve, reject) => {
      const deadline = startDeadline(host.clock, options.timeoutMs ?? 10_000, options.signal);
      const finish = (end: () => void): void => {
        deadline.release();
        end();
      };
      const giveUp = (): void => {
        const reason = deadline.timedOut() ? "Timeout" : "Aborted";
        finish(() => reject(new KubeError(reason, `${call.method} ${path}: given up`)));
      };
      if (deadline.signal.aborted) return giveUp();
      deadline.signal.addEventListener("abort", giveUp, { once: true });
      const broken = (): void =>
        finish(() => reject(new KubeError("Unreachable", `${call.method} ${path}: ECONNRESET`)));
      const back = (end: () => void): void => {
        timeline.in(fate.backMs, () => host.deliver(fate.lost === true ? broken : () => finish(end)));
      };
      timeline.in(fate.goMs, () => {
        if (fate.cut === true) return host.deliver(broken);
        try {
          if (fate.refused) throw refusals[fate.refused]();
          if (write) witness.reaches(host, write);
          const answer = effect();
          if (write) witness.applied(host, write);
          back(() => resolve(answer));
        } catch (error) {
          back(() => reject(error));
        }
      });
    });
  }
}
