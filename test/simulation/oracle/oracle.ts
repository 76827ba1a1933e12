import type { AwsWitness, AwsWrite } from "../aws/port.ts";
import type { Host } from "../host.ts";
import type { KubeWrite, Witness } from "../kube/port.ts";
import { LEASE_PATH } from "../replica.ts";
import { isInPlace } from "../setup.ts";
import { InPlaceJudge } from "./in-place.ts";
import type { Judge, JudgeOptions } from "./judge.ts";
import { isQuiet, sharesOf, summary } from "./telling.ts";
import { TrafficJudge } from "./traffic.ts";

/** What an effect outside was, for whoever counts or interrupts them. */
export interface Effect {
  readonly host: Host;
  readonly what: string;
  readonly moment: "before" | "after";
}

export type OracleOptions = Omit<JudgeOptions, "violated">;

/** Health is looked at so often, though nothing is told to have changed. */
const SAMPLE_MS = 1_000;

/** What was on its way when a process was frozen goes on so soon after it is woken. */
const WOKEN_MS = 250;

/**
 * The invariants I1-I9 (design, "What must hold, always"), judged on the world alone: weights, pods, ReplicaSets, the
 * stored status. It shares no code with the operator but types and the names of labels. Here is what concerns every
 * write, and I8; the rest lies with the judge of each way of moving traffic.
 */
export class Oracle implements Witness, AwsWitness {
  readonly violations: string[] = [];
  /** Effects outside by what they were. */
  readonly effects = new Map<string, number>();
  /** Asked at each effect; true ends the process there. */
  deadly: (effect: Effect) => boolean = () => false;
  readonly #options: OracleOptions;
  readonly #judge: Judge;
  /** What the last check was made on. */
  #seen = -1;

  constructor(options: OracleOptions) {
    this.#options = options;
    const violated = (invariant: string, what: string): void => this.note(invariant, what);
    const { setup } = options.world;
    this.#judge = isInPlace(setup)
      ? new InPlaceJudge({ ...options, violated })
      : new TrafficJudge({ ...options, violated });
  }

  sending(host: Host, write: KubeWrite): boolean {
    if (isQuiet(write.path) || write.dryRun) return true;
    const what = nameOf(write);
    this.#count(write.verb);
    if (this.#dies(host, what, "before")) return false;
    this.#leads(host, what);
    return true;
  }

  reaches(): void {
    this.#judge.reaches();
  }

  applied(host: Host, write: KubeWrite): void {
    if (isQuiet(write.path) || write.dryRun) return;
    const what = nameOf(write);
    this.#options.world.story.tell(host.name, `${what}${summary(write)}`);
    this.#judge.applied(write, what);
    this.#dies(host, what, "after");
  }

  sendingAws(host: Host, write: AwsWrite): boolean {
    const what = `${write.operation} ${sharesOf(write, this.#options.world)}`;
    this.#count(write.operation);
    if (this.#dies(host, what, "before")) return false;
    this.#leads(host, what);
    // Another may have answered its intent since.
    if (!this.#isWoken(host) || this.#holder() === host.name) this.#judge.sendingAws(write, what);
    return true;
  }

  reachesAws(): void {
    this.#judge.reachesAws();
  }

  appliedAws(host: Host, write: AwsWrite): void {
    const { world } = this.#options;
    const what = `${write.operation} ${sharesOf(write, world)}`;
    world.story.tell(host.name, `${what} (${write.use})`);
    this.#judge.appliedAws(write, what);
    this.#dies(host, what, "after");
  }

  /** After every event of the world. */
  check(): void {
    const { world } = this.#options;
    const seen = world.changes + Math.floor(world.timeline.now / SAMPLE_MS);
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#judge.check();
  }

  /** I8: whoever writes holds the lease. */
  #leads(host: Host, what: string): void {
    const holder = this.#holder();
    if (holder !== host.name && !this.#isWoken(host))
      this.note("I8", `${host.name} sends ${what} while ${holder} holds the lease`);
  }

  #holder(): string | undefined {
    const lease = this.#options.world.server.peek(LEASE_PATH) as
      | { spec?: { holderIdentity?: string } }
      | undefined;
    return lease?.spec?.holderIdentity;
  }

  /** Frozen between the check and the request, which nothing can exclude (design, I8). */
  #isWoken({ thawedAt }: Host): boolean {
    return this.#options.world.timeline.now - thawedAt < WOKEN_MS;
  }

  #dies(host: Host, what: string, moment: "before" | "after"): boolean {
    if (!this.deadly({ host, what, moment })) return false;
    this.#options.world.story.tell(host.name, `dies ${moment} ${what}`);
    host.kill();
    return true;
  }

  #count(kind: string): void {
    this.effects.set(kind, (this.effects.get(kind) ?? 0) + 1);
  }

  /** How many effects outside there were. */
  get written(): number {
    return [...this.effects.values()].reduce((sum, count) => sum + count, 0);
  }

  note(invariant: string, what: string): void {
    const { story } = this.#options.world;
    story.tell("VIOLATION", `${invariant}: ${what}`);
    this.violations.push(`${invariant}: ${what}`);
  }
}

function nameOf({ verb, path }: KubeWrite): string {
  return `${verb} ${path.split("/").slice(-3).join("/")}`;
}
