import type { Priority } from "../../aws/budget.ts";
import { unlessAborted } from "../../aws/deadline.ts";
import type { AccessProblem, Destination, HealthRead, RouterRead } from "../../core/observed.ts";
import type { TrafficRouter, WeightsWrite } from "../router.ts";
import type { AlbFleet } from "./fleet.ts";
import { guard } from "./guard.ts";
import { rollBackTarget } from "./rollback.ts";
import type { RuleState } from "./rule-reads.ts";
import { shiftTarget, type TargetLook } from "./shift.ts";
import { type AlbTarget, readingOf, targetOf, unread } from "./target.ts";

/** `spec.traffic.alb` with its defaults filled in. */
export interface AlbConfig {
  /** Absent: the ARNs' own. */
  readonly region?: string;
  readonly rules: readonly { readonly arn: string }[];
  readonly targetGroups: Readonly<Record<Destination, string>>;
  readonly bindTargets: boolean;
}

export interface AlbRouterOptions {
  readonly config: AlbConfig;
  readonly fleet: AlbFleet;
}

const givenUp: AccessProblem = { kind: "unreachable", message: "the read was given up" };

function checkWeights({ a, b }: Readonly<Record<Destination, number>>): void {
  const whole = [a, b].every((weight) => Number.isInteger(weight) && weight >= 0);
  if (!whole || a + b !== 100)
    throw new RangeError(`weights ${a} and ${b} are not whole percents that sum to 100`);
}

function describe(rules: AlbConfig["rules"]): string {
  const listeners = rules.filter(
    ({ arn }) => targetOf(arn, undefined).ok && arn.includes(":listener/"),
  ).length;
  if (listeners === rules.length)
    return listeners === 1 ? "ALB default action" : `ALB ${listeners} default actions`;
  return rules.length === 1 ? "ALB 1 rule" : `ALB ${rules.length} rules`;
}

/** Waits no longer than the signal allows; a read that was given up is a problem like any other. */
function orGivenUp(
  arn: string,
  at: number,
  work: Promise<TargetLook>,
  signal: AbortSignal | undefined,
): Promise<TargetLook> {
  return unlessAborted(work, signal).catch((): TargetLook => ({ at, read: unread(arn, givenUp) }));
}

class AlbRouter implements TrafficRouter {
  readonly description: string;
  readonly #config: AlbConfig;
  readonly #fleet: AlbFleet;
  /** The actions this process saw or wrote last: what a rollback goes on from when it cannot read. */
  readonly #lastKnown = new Map<string, RuleState>();
  /** The raise or repair under way; a rollback ends it. */
  #shifting: AbortController | undefined;

  constructor({ config, fleet }: AlbRouterOptions) {
    this.description = describe(config.rules);
    this.#config = config;
    this.#fleet = fleet;
  }

  read(options: Parameters<TrafficRouter["read"]>[0]): Promise<RouterRead> {
    // One request reads many rules, and nothing is decided without them: they go before the groups' health.
    const { maxAgeMs, signal, priority = "raise" } = options;
    const at = this.#fleet.clock.now();
    return this.#forEachRule((target) =>
      orGivenUp(target.arn, at, this.#look(target, maxAgeMs, priority), signal),
    );
  }

  write(request: WeightsWrite, signal?: AbortSignal): Promise<RouterRead> {
    checkWeights(request.weights);
    return request.purpose === "rollback" ? this.#rollBack(request, signal) : this.#shift(request, signal);
  }

  async health(options: Parameters<TrafficRouter["health"]>[0]): Promise<Record<Destination, HealthRead>> {
    const { a, b } = this.#config.targetGroups;
    const [ofA, ofB] = await Promise.all([this.#groupHealth(a, options), this.#groupHealth(b, options)]);
    return { a: ofA, b: ofB };
  }

  close(): void {
    this.#shifting?.abort();
    for (const { arn } of this.#config.rules) {
      this.#fleet.rules.forget(arn);
      this.#fleet.tags.forget(arn);
    }
    for (const arn of Object.values(this.#config.targetGroups)) {
      this.#fleet.health.forget(arn);
      this.#fleet.attributes.forget(arn);
    }
  }

  async #look(target: AlbTarget, maxAgeMs: number, priority: Priority): Promise<TargetLook> {
    const groups = this.#config.targetGroups;
    const outcome = await this.#fleet.rules.get(target.arn, { maxAgeMs, priority });
    if (!outcome.ok) return { at: outcome.at, read: unread(target.arn, outcome.problem) };
    const state = outcome.value;
    this.#lastKnown.set(target.arn, state);
    const read = readingOf(target, state, groups);
    if (read.problem || read.refusal) return { at: outcome.at, read, state };
    const verdict = await guard(this.#fleet, target.arn, groups, priority);
    return { at: outcome.at, read: { ...read, ...verdict }, state };
  }

  /** One entry per rule of the spec, in its order; those that are no targets carry their problem. */
  async #forEachRule(work: (target: AlbTarget) => Promise<TargetLook>): Promise<RouterRead> {
    const began = this.#fleet.clock.now();
    const looks = await Promise.all(
      this.#config.rules.map(async ({ arn }): Promise<TargetLook> => {
        const found = targetOf(arn, this.#config.region);
        return found.ok ? work(found.target) : { at: began, read: unread(arn, found.problem) };
      }),
    );
    const at = looks.length > 0 ? Math.min(...looks.map((look) => look.at)) : began;
    return { at, targets: looks.map(({ read }) => read) };
  }

  async #shift(request: WeightsWrite, signal: AbortSignal | undefined): Promise<RouterRead> {
    const mine = new AbortController();
    this.#shifting = mine;
    const both = signal ? AbortSignal.any([signal, mine.signal]) : mine.signal;
    const at = this.#fleet.clock.now();
    const one = (target: AlbTarget): Promise<TargetLook> => {
      const look = (): Promise<TargetLook> => this.#look(target, 0, "raise");
      if (request.only !== undefined && !request.only.includes(target.arn)) return look();
      const onWritten = (state: RuleState): void => void this.#lastKnown.set(target.arn, state);
      const groups = this.#config.targetGroups;
      return shiftTarget({ fleet: this.#fleet, target, groups, request, look, onWritten, signal: both });
    };
    try {
      return await this.#forEachRule((target) => orGivenUp(target.arn, at, one(target), signal));
    } finally {
      if (this.#shifting === mine) this.#shifting = undefined;
    }
  }

  #rollBack(request: WeightsWrite, signal: AbortSignal | undefined): Promise<RouterRead> {
    this.#shifting?.abort();
    const at = this.#fleet.clock.now();
    return this.#forEachRule(async (target) => {
      if (request.only !== undefined && !request.only.includes(target.arn)) {
        return orGivenUp(target.arn, at, this.#look(target, 0, "raise"), signal);
      }
      const read = await rollBackTarget({
        fleet: this.#fleet,
        target,
        groups: this.#config.targetGroups,
        wish: request,
        lastKnown: this.#lastKnown,
        signal,
      });
      return { at, read };
    });
  }

  async #groupHealth(arn: string, options: Parameters<TrafficRouter["health"]>[0]): Promise<HealthRead> {
    const { maxAgeMs, signal } = options;
    const none = { registered: [], healthy: [] };
    const at = this.#fleet.clock.now();
    try {
      const outcome = await unlessAborted(this.#fleet.health.get(arn, { maxAgeMs }), signal);
      if (outcome.ok) return { at: outcome.at, ...outcome.value };
      return { at: outcome.at, ...none, problem: outcome.problem };
    } catch {
      return { at, ...none, problem: givenUp };
    }
  }
}

/**
 * Moves traffic by the weights of two target groups in the forward action of listener rules and listener default
 * actions. ELBv2 has no precondition on writes: the last writer wins, so every write is absolute, made from the
 * whole list of actions just read, and read back (API reference of ModifyRule and ModifyListener).
 */
export function createAlbRouter(options: AlbRouterOptions): TrafficRouter {
  return new AlbRouter(options);
}
