import type { ModelRollout } from "../../src/api/types.ts";
import type { Patch } from "../../src/cli/act/act.ts";
import type { Cluster, RolloutObject, RolloutWatcher, Trial } from "../../src/cli/cluster/cluster.ts";
import { Problem } from "../../src/cli/problem.ts";
import { run } from "../../src/cli/run.ts";
import type { Surroundings } from "../../src/cli/surroundings.ts";
import type { KubeObject } from "../../src/runtime/kube-object.ts";
import { settle, VirtualClock } from "../runtime/virtual-clock.ts";
import { Terminal } from "./terminal.ts";

/** A cluster with at most one ModelRollout, in memory. */
export class OneRollout implements Cluster {
  readonly namespace = "prod";
  readonly scope = " -n prod";
  object: RolloutObject | undefined;
  readonly patches: Patch[] = [];
  closed = 0;
  trial: Trial<RolloutObject> | undefined;
  pods: Trial<KubeObject> = { ok: true, object: { metadata: {} } };
  taken: readonly string[] | undefined = [];
  #watcher: RolloutWatcher | undefined;

  constructor(object?: ModelRollout) {
    this.object = object;
  }

  find(): Promise<RolloutObject | undefined> {
    return Promise.resolve(this.object);
  }

  get(name: string): Promise<RolloutObject> {
    return this.object === undefined
      ? Promise.reject(new Problem("notFound", `there is no ModelRollout ${name} in namespace prod`))
      : Promise.resolve(this.object);
  }

  patch(_name: string, patch: Patch): Promise<RolloutObject> {
    this.patches.push(patch);
    return this.get("");
  }

  tryOut(rollout: ModelRollout): Promise<Trial<RolloutObject>> {
    return Promise.resolve(this.trial ?? { ok: true, object: rollout });
  }

  tryPods(): Promise<Trial<KubeObject>> {
    return Promise.resolve(this.pods);
  }

  revisions(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  adopted(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  takenNames(): Promise<readonly string[] | undefined> {
    return Promise.resolve(this.taken);
  }

  async watch(_name: string, watcher: RolloutWatcher, signal: AbortSignal): Promise<void> {
    this.#watcher = watcher;
    watcher.changed(this.object);
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    this.#watcher = undefined;
  }

  /** The object changes, or goes. */
  async change(object: RolloutObject | undefined): Promise<void> {
    this.object = object;
    this.#watcher?.changed(object);
    await settle();
  }

  async trouble(message: string): Promise<void> {
    this.#watcher?.trouble(message);
    await settle();
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }
}

export interface StageOptions {
  readonly cluster?: OneRollout;
  readonly files?: Readonly<Record<string, string>>;
  /** Columns and rows; absent: a pipe. */
  readonly terminal?: readonly [number, number];
  readonly now?: number;
}

/** One run of the plugin, with everything around it in memory. */
export class Stage {
  readonly cluster: OneRollout;
  readonly clock: VirtualClock;
  readonly terminal: Terminal | undefined;
  readonly interrupt = new AbortController();
  out = "";
  err = "";
  #run: Promise<number> | undefined;

  readonly #files: Readonly<Record<string, string>>;

  constructor({ cluster = new OneRollout(), files = {}, terminal, now }: StageOptions = {}) {
    this.cluster = cluster;
    this.#files = files;
    this.clock = new VirtualClock(now);
    this.terminal = terminal === undefined ? undefined : new Terminal(...terminal);
  }

  /** Begins; `end` waits for it. */
  async start(...argv: readonly string[]): Promise<void> {
    this.#run = run(argv, this.#surroundings());
    await settle();
  }

  async end(): Promise<number> {
    if (this.#run === undefined) throw new Error("nothing was started");
    return await this.#run;
  }

  async run(...argv: readonly string[]): Promise<number> {
    await this.start(...argv);
    return await this.end();
  }

  #surroundings(): Surroundings {
    const { terminal } = this;
    return {
      version: "1.2.3",
      clock: this.clock,
      signal: this.interrupt.signal,
      out: {
        write: (text) => {
          this.out += text;
          terminal?.write(text.replaceAll(/(?<!\r)\n/g, "\r\n"));
        },
        colour: terminal !== undefined,
        ...(terminal === undefined ? {} : { screen: terminal }),
      },
      err: {
        write: (text) => {
          this.err += text;
        },
        colour: false,
      },
      read: (file) => {
        const text = this.#files[file];
        return text === undefined
          ? Promise.reject(new Problem("notFound", `there is no file ${file}`))
          : Promise.resolve(text);
      },
      connect: () => Promise.resolve(this.cluster),
    };
  }
}
