import { unlessAborted } from "../aws/deadline.ts";
import type { AccessProblem, RouterRead, TargetRead } from "../core/observed.ts";
import type { Clock } from "../runtime/clock.ts";
import { rollBackTarget } from "./rollback.ts";
import type { TrafficRouter, WeightsWrite } from "./router.ts";
import { shiftTarget } from "./shift.ts";
import type { TargetDriver, TargetLook } from "./target-driver.ts";

/** A target of the spec, or, where the spec names something that can be none, the reading that says so. */
export type SpecTarget<S> =
  | { readonly driver: TargetDriver<S> }
  | { readonly driver?: never; readonly read: TargetRead };

export interface TargetRouterOptions<S> {
  readonly description: string;
  readonly notice?: string;
  readonly clock: Clock;
  /** In the order of the spec. */
  readonly targets: readonly SpecTarget<S>[];
  /** Absent: the service has no targets to ask about, pods are the capacity. */
  readonly health?: TrafficRouter["health"];
  /** Frees what the fleet keeps for this rollout. */
  readonly free: () => void;
}

/** A read that its caller no longer waits for. */
export const givenUp: AccessProblem = { kind: "unreachable", message: "the read was given up" };

function checkWeights({ a, b }: WeightsWrite["weights"]): void {
  const whole = [a, b].every((weight) => Number.isInteger(weight) && weight >= 0);
  if (!whole || a + b !== 100)
    throw new RangeError(`weights ${a} and ${b} are not whole percents that sum to 100`);
}

const isAsked = ({ only }: WeightsWrite, id: string): boolean => only === undefined || only.includes(id);

class TargetRouter<S> implements TrafficRouter {
  readonly description: string;
  readonly notice?: string;
  readonly capacity: TrafficRouter["capacity"];
  readonly health: TrafficRouter["health"];
  readonly #options: TargetRouterOptions<S>;
  /** The states this process saw or wrote last: what a rollback goes on from when it cannot read. */
  readonly #lastKnown = new Map<string, S>();
  /** The raise or repair under way; a rollback ends it. */
  #shifting: AbortController | undefined;

  constructor(options: TargetRouterOptions<S>) {
    const { description, notice, health } = options;
    this.description = description;
    if (notice !== undefined) this.notice = notice;
    this.capacity = health === undefined ? "pods" : "targets";
    this.health = health ?? (async () => undefined);
    this.#options = options;
  }

  get waiting(): number {
    return Math.max(0, ...this.#options.targets.map(({ driver }) => driver?.budget.ahead("capacity") ?? 0));
  }

  read(options: Parameters<TrafficRouter["read"]>[0]): Promise<RouterRead> {
    // Where one request reads many targets they go before the groups' health: nothing is decided without them. Where there
    // is no health each target has a request of its own (App Mesh): there they must not keep writes waiting.
    const usual = this.capacity === "targets" ? "raise" : "capacity";
    const { signal, onLate, priority = usual, ...wish } = options;
    return this.#forEachTarget((driver) => this.#look(driver, { ...wish, priority }), signal, onLate);
  }

  write(request: WeightsWrite, signal?: AbortSignal): Promise<RouterRead> {
    checkWeights(request.weights);
    return request.purpose === "rollback" ? this.#rollBack(request, signal) : this.#shift(request, signal);
  }

  close(): void {
    this.#shifting?.abort();
    for (const { driver } of this.#options.targets) driver?.forget();
    this.#options.free();
  }

  async #look(driver: TargetDriver<S>, wish: Parameters<TargetDriver<S>["look"]>[0]): Promise<TargetLook<S>> {
    const looked = await driver.look(wish);
    if (looked.state !== undefined) this.#lastKnown.set(driver.id, looked.state);
    return looked;
  }

  /**
   * One entry per target of the spec, in its order; nobody waits longer than the signal allows, a read that was given
   * up is a problem like any other.
   */
  async #forEachTarget(
    work: (driver: TargetDriver<S>) => Promise<TargetLook<S>>,
    signal: AbortSignal | undefined,
    onLate?: () => void,
  ): Promise<RouterRead> {
    const began = this.#options.clock.now();
    const looks = await Promise.all(
      this.#options.targets.map(async (target): Promise<TargetLook<S>> => {
        const { driver } = target;
        if (driver === undefined) return { at: began, read: target.read };
        const looking = work(driver);
        return unlessAborted(looking, signal).catch((): TargetLook<S> => {
          if (onLate) looking.then(onLate, onLate);
          return { at: began, read: driver.unread(givenUp) };
        });
      }),
    );
    const at = looks.length > 0 ? Math.min(...looks.map((look) => look.at)) : began;
    return { at, targets: looks.map(({ read }) => read) };
  }

  async #shift(request: WeightsWrite, signal: AbortSignal | undefined): Promise<RouterRead> {
    const mine = new AbortController();
    this.#shifting = mine;
    const both = signal ? AbortSignal.any([signal, mine.signal]) : mine.signal;
    const { clock } = this.#options;
    const one = (driver: TargetDriver<S>): Promise<TargetLook<S>> => {
      // Its turn has come with the write's: in line again it would lose the seconds it has.
      const look = (): Promise<TargetLook<S>> => this.#look(driver, { maxAgeMs: 0, priority: "begun" });
      if (!isAsked(request, driver.id)) return look();
      const onWritten = (state: S): void => void this.#lastKnown.set(driver.id, state);
      return shiftTarget({ driver, clock, request, look, onWritten, signal: both });
    };
    try {
      return await this.#forEachTarget(one, signal);
    } finally {
      if (this.#shifting === mine) this.#shifting = undefined;
    }
  }

  #rollBack(request: WeightsWrite, signal: AbortSignal | undefined): Promise<RouterRead> {
    this.#shifting?.abort();
    const { clock } = this.#options;
    const lastKnown = this.#lastKnown;
    return this.#forEachTarget(async (driver) => {
      if (!isAsked(request, driver.id)) return this.#look(driver, { maxAgeMs: 0, priority: "raise" });
      const at = clock.now();
      const read = await rollBackTarget({ driver, clock, wish: request, lastKnown, signal });
      return { at, read };
    }, signal);
  }
}

/** A router over targets that are read and written one by one, each as its driver does it. */
export function createTargetRouter<S>(options: TargetRouterOptions<S>): TrafficRouter {
  return new TargetRouter(options);
}
