import { type Clock, type Random, sleep } from "./clock.ts";
import type { KubeApi } from "./kube-api.ts";
import { isReason, KubeError } from "./kube-error.ts";
import { Silence } from "./leader-election-silence.ts";
import { held, isFree, type Lease, type Observation, observe, released } from "./lease.ts";
import { resourcePath } from "./resource-path.ts";

/**
 * One leader among the replicas, by a Lease (lease.ts is the record and its rules).
 *
 * A replica tries every `retryPeriodMs`. It leads from the answer to its write; it stops leading
 * `renewDeadlineMs` after it *sent* the last renewal that succeeded. Others may take over `leaseDurationMs` after
 * they saw that renewal, which is later than it was sent; the difference (6 s - 4 s) is the time a write already
 * on its way has to end.
 *
 * Three ways to ask, from mild to strict:
 * - `isLeader()`: a term has begun and has not been ended. For metrics and logs.
 * - `leadershipSignal`: aborts when the term ends. For whatever runs during a term.
 * - `mayWrite()`: computed from the clocks at the moment of asking, needing no timer to have fired. A process
 *   that was stopped for a while and wakes up gets false before anything else has run. Ask before every write.
 *
 * A term that is lost is over: `onLost` is called, and the elector goes on as one of those that wait (most
 * programs exit instead). `stop` ends the term and gives the lease back, so that the next replica takes over
 * within its retry period. A lease that someone deleted is made again.
 *
 * With `outlastSilence`, a term that ended only because the API server does not answer (no connection, no answer in time,
 * 5xx) is not called lost yet. If a try begun after its end finds no answer either, `onSilent` is called. The next
 * answer decides: the record still names this process, so nobody led meanwhile, and a new term begins (`onStarted`); or
 * it does not, or there is none, and `onLost` is called. During all that time `mayWrite` is false. A
 * process that was frozen is never silent: the first thing it does is to ask.
 *
 * The monotonic clock of Linux stands still while a machine is suspended; so a term whose last renewal is too
 * old by the *wall* clock may not write either. A wall clock set forward thus costs one renewal's time, no more.
 */
export interface LeaderElectorOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process, e.g. the pod's name and a random part: a restarted process is another. */
  readonly identity: string;
  /** Default 6 s. */
  readonly leaseDurationMs?: number;
  /** Default 4 s; less than the duration. */
  readonly renewDeadlineMs?: number;
  /** Default 1 s. */
  readonly retryPeriodMs?: number;
  /** Tells a term that ended for want of an answer (`onSilent`) from one that another replica took. Default false. */
  readonly outlastSilence?: boolean;
  readonly listener?: LeaderElectionListener;
}

export interface LeaderElectionListener {
  /** This process leads; the signal is the term's. */
  onStarted?(signal: AbortSignal): void;
  /** The term ended without `stop`: not renewed in time, or the record names another. */
  onLost?(): void;
  /** With `outlastSilence`: the term ended because nobody answers. `onStarted` or `onLost` follows when somebody does. */
  onSilent?(): void;
  /** Another identity was seen to hold the lease (or nobody: the empty string). */
  onHolder?(identity: string): void;
  /** A try failed; the next comes in a retry period. */
  onError?(error: KubeError): void;
}

interface Term {
  readonly controller: AbortController;
  /** When the last renewal that succeeded was sent. */
  renewedAt: number;
  renewedAtWall: number;
}

const aborted = AbortSignal.abort();

export class LeaderElector {
  readonly #options: LeaderElectorOptions & {
    readonly leaseDurationMs: number;
    readonly renewDeadlineMs: number;
    readonly retryPeriodMs: number;
  };
  readonly #collection: string;
  readonly #path: string;
  readonly #stop = new AbortController();
  #observation: Observation | undefined;
  #holder: string | undefined;
  #term: Term | undefined;
  #loop: Promise<void> | undefined;
  /** A write that would make us the holder has been sent; its answer may have been lost. */
  #mayHold = false;
  readonly #silence = new Silence();

  /** Throws when the times do not fit together: retry < deadline < duration. */
  constructor(options: LeaderElectorOptions) {
    const times = { leaseDurationMs: 6_000, renewDeadlineMs: 4_000, retryPeriodMs: 1_000 };
    this.#options = { ...times, ...options };
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs, namespace, name } = this.#options;
    if (!(retryPeriodMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs)) {
      throw new Error("leader election: retry period < renew deadline < lease duration is required");
    }
    const ref = { group: "coordination.k8s.io", version: "v1", plural: "leases", namespace };
    this.#collection = resourcePath(ref);
    this.#path = resourcePath({ ...ref, name });
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  isLeader(): boolean {
    return this.#term !== undefined;
  }

  /** False as soon as the last successful renewal is older than the deadline, timers or not. */
  mayWrite(): boolean {
    const { clock, renewDeadlineMs } = this.#options;
    const term = this.#term;
    if (term === undefined) return false;
    return (
      clock.monotonic() - term.renewedAt < renewDeadlineMs &&
      clock.now() - term.renewedAtWall < renewDeadlineMs
    );
  }

  /** Of the present term; already aborted when there is none. */
  get leadershipSignal(): AbortSignal {
    return this.#term?.controller.signal ?? aborted;
  }

  /** Who held the lease at the last look; the empty string: nobody. Undefined before the first. */
  get holder(): string | undefined {
    return this.#holder;
  }

  /** Ends the term and gives the lease back, trying for at most 2 s. Call it when the work has been drained. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    this.#endTerm();
    if (this.#mayHold) await this.#release();
  }

  async #run(): Promise<void> {
    const { clock, random, retryPeriodMs, renewDeadlineMs } = this.#options;
    while (!this.#stop.signal.aborted) {
      const sentAt = clock.monotonic();
      // A process that slept through its deadline must not carry on as if nothing had been.
      if (this.#term !== undefined && sentAt - this.#term.renewedAt >= renewDeadlineMs) this.#expire();
      await this.#try();
      if (this.#stop.signal.aborted) return;
      await sleep(clock, this.#untilNext(sentAt, retryPeriodMs * (1 - 0.1 * random())), this.#stop.signal);
    }
  }

  /** A retry period from the last try's beginning, but not beyond the end of the term. */
  #untilNext(sentAt: number, periodMs: number): number {
    const { clock, renewDeadlineMs } = this.#options;
    const deadline = this.#term === undefined ? Infinity : this.#term.renewedAt + renewDeadlineMs;
    return Math.max(0, Math.min(sentAt + periodMs, deadline) - clock.monotonic());
  }

  async #try(): Promise<void> {
    const { clock, identity, leaseDurationMs, namespace, name } = this.#options;
    try {
      // While leading, the record is as we last wrote it; a conflict tells otherwise, and then it is read.
      if (this.#term === undefined || this.#observation === undefined) await this.#read();
      const observation = this.#observation;
      if (this.#isOthers(observation)) return;
      this.#mayHold = true;
      const sentAt = clock.monotonic();
      const sentAtWall = clock.now();
      const wanted = held(observation?.lease, { namespace, name }, identity, leaseDurationMs, sentAtWall);
      const lease = await this.#write(wanted, observation !== undefined);
      this.#see(lease);
      if (!this.#stop.signal.aborted) this.#renewed(sentAt, sentAtWall);
    } catch (error) {
      // Whatever went wrong, what we know of the record may be wrong now: read it next time.
      this.#observation = this.#term === undefined ? this.#observation : undefined;
      if (!this.#stop.signal.aborted) this.#failed(asKubeError(error));
    }
  }

  /** Whether the record forbids to take the lease; then a term, or the hope for its renewal, is over. */
  #isOthers(observation: Observation | undefined): boolean {
    const { identity, leaseDurationMs, clock, listener } = this.#options;
    if (this.#silence.lasts && observation?.lease.spec?.holderIdentity !== identity) {
      this.#silence.over();
      listener?.onLost?.();
      return true;
    }
    if (observation === undefined || isFree(observation, identity, leaseDurationMs, clock.monotonic()))
      return false;
    this.#mayHold = false;
    this.#lose();
    return true;
  }

  #failed(error: KubeError): void {
    const { listener } = this.#options;
    listener?.onError?.(error);
    if (this.#silence.failed(error)) listener?.onSilent?.();
  }

  async #read(): Promise<void> {
    try {
      this.#see(await this.#options.api.get<Lease>(this.#path, this.#call()));
    } catch (error) {
      if (!isReason(error, "NotFound")) throw error;
      this.#observation = undefined;
    }
  }

  async #write(lease: Lease, exists: boolean): Promise<Lease> {
    const { api } = this.#options;
    if (!exists) return await api.create<Lease>(this.#collection, lease, this.#call());
    try {
      return await api.replace<Lease>(this.#path, lease, this.#call());
    } catch (error) {
      if (!isReason(error, "NotFound")) throw error;
      const { namespace, name } = this.#options;
      const anew: Lease = { ...lease, metadata: { namespace, name } };
      return await api.create<Lease>(this.#collection, anew, this.#call());
    }
  }

  /** Two tries must fit into the deadline, and none may outlast the term. */
  #call(): { signal: AbortSignal; timeoutMs: number } {
    const { clock, renewDeadlineMs } = this.#options;
    const left =
      this.#term === undefined ? Infinity : this.#term.renewedAt + renewDeadlineMs - clock.monotonic();
    return { signal: this.#stop.signal, timeoutMs: Math.max(1, Math.min(renewDeadlineMs / 2, left)) };
  }

  #see(lease: Lease): void {
    this.#observation = observe(this.#observation, lease, this.#options.clock.monotonic());
    const holder = lease.spec?.holderIdentity ?? "";
    if (holder === this.#holder) return;
    this.#holder = holder;
    this.#options.listener?.onHolder?.(holder);
  }

  #renewed(sentAt: number, sentAtWall: number): void {
    const { clock, renewDeadlineMs, listener } = this.#options;
    if (this.#term !== undefined) {
      this.#silence.renewed();
      this.#term.renewedAt = sentAt;
      this.#term.renewedAtWall = sentAtWall;
      return;
    }
    // An answer that took the whole deadline begins no term: the next try will.
    if (clock.monotonic() - sentAt >= renewDeadlineMs) return;
    this.#silence.renewed();
    this.#term = { controller: new AbortController(), renewedAt: sentAt, renewedAtWall: sentAtWall };
    listener?.onStarted?.(this.#term.controller.signal);
  }

  /** The term is too old. */
  #expire(): void {
    if (this.#options.outlastSilence === true && this.#silence.begins()) this.#endTerm();
    else this.#lose();
  }

  #lose(): void {
    if (this.#term === undefined) return;
    this.#endTerm();
    this.#options.listener?.onLost?.();
  }

  #endTerm(): void {
    const term = this.#term;
    this.#term = undefined;
    this.#observation = undefined;
    term?.controller.abort();
  }

  async #release(): Promise<void> {
    const { api, clock, identity, listener } = this.#options;
    try {
      // Read first: the last renewal may have been under way when we stopped.
      const lease = await api.get<Lease>(this.#path, { timeoutMs: 1_000 });
      if (lease.spec?.holderIdentity !== identity) return;
      await api.replace(this.#path, released(lease, clock.now()), { timeoutMs: 1_000 });
    } catch (error) {
      listener?.onError?.(asKubeError(error));
    }
  }
}

function asKubeError(error: unknown): KubeError {
  return error instanceof KubeError
    ? error
    : new KubeError("InvalidResponse", "leader election: unexpected error");
}
