import { isDeepStrictEqual } from "node:util";
import { reasons } from "../../src/api/reasons.ts";
import type { ModelRollout, ModelRolloutStatus } from "../../src/api/types.ts";
import type { Action } from "../../src/core/action.ts";
import type { Destination, Observed } from "../../src/core/observed.ts";
import { plan } from "../../src/core/plan.ts";
import type { Plan } from "../../src/core/plan-data.ts";
import { millis } from "../../src/core/time.ts";
import { fail, fails, isEvidence, judging, passes, suspect } from "./evidence.ts";
import { InPlaceInvariants } from "./in-place/invariants.ts";
import type { Turned } from "./in-place/rolled.ts";
import type { World } from "./world.ts";

type SetWeights = Extract<Action, { kind: "SetWeights" }>;

/**
 * What must hold of every plan (design, "What must hold, always"), judged by an oracle that shares no code with
 * src/core but the types. Throws with the name of the invariant.
 */
export class Invariants {
  readonly #world: World;
  /** When each destination was last seen with weight, by the monotonic clock. */
  readonly #weighted: Record<Destination, number> = { a: -Infinity, b: -Infinity };

  readonly #inPlace: InPlaceInvariants;

  constructor(world: World) {
    this.#world = world;
    this.#inPlace = new InPlaceInvariants(world);
  }

  /** After every turn of the Deployment's controllers. */
  checkTurn(turned: Turned): void {
    this.#inPlace.checkTurn(turned);
  }

  /** After the effects of a plan. */
  checkRest(before: ModelRolloutStatus, planned: Plan): void {
    this.#inPlace.checkRest(before, planned);
  }

  check(rollout: ModelRollout, observed: Observed, planned: Plan): void {
    this.#noteWeights(observed);
    const before = rollout.status ?? {};
    const weights = planned.actions.filter((action) => action.kind === "SetWeights");
    if (weights.length > 1) fail("one plan changes at most one weight", planned);
    if (observed.inPlace) {
      this.#inPlace.checkPlan(rollout, observed, planned);
      settles(rollout, observed, planned);
      speaksTheTable(planned);
      return;
    }
    this.#keepsCapacity(rollout, planned);
    const write = weights[0];
    if (write) sound(write);
    if (write) raisesOnEvidence(rollout, observed, planned, write);
    takesBack(rollout, observed, planned, write);
    if (write) this.#keepsFailedOut(before, planned, write);
    settles(rollout, observed, planned);
    speaksTheTable(planned);
  }

  #noteWeights({ router, now }: Observed): void {
    const at = this.#world.monotonic - (now - (router?.at ?? now));
    for (const { shares } of router?.targets ?? []) {
      for (const destination of ["a", "b"] as const) {
        if ((shares?.[destination] ?? 0) > 0)
          this.#weighted[destination] = Math.max(at, this.#weighted[destination]);
      }
    }
  }

  /** I1: nothing that has, or just had, weight is scaled below what it needs. */
  #keepsCapacity(rollout: ModelRollout, planned: Plan): void {
    const { strategy, replicas: wanted } = rollout.spec;
    const drain = strategy.drain === undefined ? 60_000 : seconds(strategy.drain);
    for (const action of planned.actions) {
      if (action.kind !== "ScaleSlot" || wanted === 0) continue;
      const { destination, replicas } = action;
      const idle = this.#world.monotonic - this.#weighted[destination];
      const shrinks = replicas < (this.#world.slots[destination].deployment?.replicas ?? 0);
      if (!shrinks || idle >= drain) continue;
      if (replicas === 0 ? !this.#isBroken(rollout, planned, destination) : isBusy(rollout, planned))
        fail(
          `I1: slot ${destination} shrinks to ${replicas}, ${idle / 1000} s after it had weight (drain ${drain / 1000} s)`,
          action,
        );
    }
  }

  /** The very first revision, of which nothing has got Ready: there is nothing to lose. */
  #isBroken({ status }: ModelRollout, { status: after }: Plan, destination: Destination): boolean {
    const beginning = status?.beginning !== undefined || after.beginning !== undefined;
    return beginning && this.#world.readyPods(destination).length === 0;
  }

  /** I7: a failed revision gets no traffic. */
  #keepsFailedOut({ failedRevision }: ModelRolloutStatus, { status }: Plan, write: SetWeights): void {
    if (failedRevision === undefined || status.failedRevision !== failedRevision) return;
    for (const destination of ["a", "b"] as const) {
      const holds = this.#world.slots[destination].deployment?.revision === failedRevision;
      const raised = this.#world.rules.some(
        ({ weights }) => write.weights[destination] > (100 * weights[destination]) / (weights.a + weights.b),
      );
      if (holds && raised) fail(`I7: ${failedRevision} failed and gets weight in slot ${destination}`, write);
    }
  }
}

const isBusy = ({ metadata }: ModelRollout, { status }: Plan) =>
  metadata.deletionTimestamp === undefined && (status.canary !== undefined || status.retained !== undefined);

function seconds(duration: string): number {
  const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
  return [...duration.matchAll(/(\d+)([smh])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? "s"] ?? 0),
    0,
  );
}

/** I5. */
function sound({ weights }: SetWeights): void {
  const whole = [weights.a, weights.b].every((weight) => Number.isInteger(weight) && weight >= 0);
  if (!whole || weights.a + weights.b !== 100)
    fail("I5: weights are whole, not negative and sum to 100", weights);
}

/** I2: a raise only on evidence: every alarm passes now, capacity is there, the weight before is acknowledged. */
function raisesOnEvidence(rollout: ModelRollout, observed: Observed, planned: Plan, write: SetWeights): void {
  const { status } = planned;
  const at = suspect(status);
  if (at === undefined || status.beginning !== undefined || status.rollback) return;
  const targets = (observed.router?.targets ?? []).filter(({ id }) => write.only?.includes(id) !== false);
  const known = targets.map(({ shares }) => shares?.[at] ?? 0);
  const goesUp = targets.length === 0 || known.some((share) => write.weights[at] > share);
  if (!goesUp || write.weights[at] === 0) return;
  if (write.purpose !== "raise") fail(`I2: ${write.purpose} puts weight on the canary in ${at}`, write);
  if (targets.some(({ problem, refusal }) => problem !== undefined || refusal !== undefined))
    fail("I2: raised while a target is unread", write);
  alarmsLetItPass(rollout, observed, status, write);
  followsTheWeightBefore(status, known, at, write);
  hasCapacity(rollout, observed, at, write);
}

function alarmsLetItPass(
  rollout: ModelRollout,
  observed: Observed,
  status: ModelRolloutStatus,
  write: SetWeights,
): void {
  const since = Math.max(millis(status.releaseStartedAt) ?? 0, millis(status.weight?.acknowledgedAt) ?? 0);
  for (const { read, onInsufficientData } of judging(rollout, observed)) {
    if (!passes(read, onInsufficientData))
      fail(
        `I2: raised while an alarm is not read as passing (${read?.name ?? "unread"} ${read?.state ?? ""})`,
        write,
      );
    if (!isEvidence(read, since, observed))
      fail(`I2: raised on a read of ${read?.name} that is no fresh evidence`, write);
  }
}

function followsTheWeightBefore(
  status: ModelRolloutStatus,
  known: readonly number[],
  at: Destination,
  write: SetWeights,
): void {
  const before = status.canary ? (status.weight?.acknowledged ?? 0) : 100;
  const approved = status.pause?.reason === "ForeignWeights";
  if (!approved && !known.every((share) => same(share, before) || same(share, write.weights[at])))
    fail(`I2: raised although the weight before (${before}) is not acknowledged`, write);
}

function hasCapacity({ spec }: ModelRollout, observed: Observed, at: Destination, write: SetWeights): void {
  const { slots, health, capacity } = observed;
  // Pods of others behind a service that knows no health: nobody can count them.
  if (!slots && capacity === "pods") return;
  const serving = slots ? slots[at].serving : (health?.[at].healthy.length ?? 0);
  const need = slots ? Math.max(1, Math.ceil((write.weights[at] * (spec.replicas ?? 1)) / 100)) : 1;
  if (serving < need) fail(`I2: raised to ${write.weights[at]} % with ${serving} of ${need} pods`, write);
}

const same = (left: number, right: number) => Math.abs(left - right) < 1e-6;

/** I3: with a failing verdict nothing goes up, and the stable weights are written in that very plan. */
function takesBack(
  rollout: ModelRollout,
  observed: Observed,
  planned: Plan,
  write: SetWeights | undefined,
): void {
  const before = rollout.status ?? {};
  const at = suspect(before);
  if (at === undefined || before.rollback !== undefined || rollout.metadata.deletionTimestamp !== undefined)
    return;
  if (!judging(rollout, observed).some(fails)) return;
  if (!planned.status.rollback && !ended(before, planned.status))
    fail(`I3: an alarm fails and no rollback began (${planned.status.state})`, planned.status);
  if (!exposed(before, observed, at) || reasonOf(planned) === "NoStableCapacity") return;
  if (write?.weights[at] !== 0)
    fail("I3: an alarm fails and the stable weights are not written", planned.actions);
}

/** The canary has weight, or may have: acknowledged, seen, or asked for by a write under way. */
function exposed(
  { weight, retained, intent }: ModelRolloutStatus,
  { router }: Observed,
  at: Destination,
): boolean {
  const seen = (router?.targets ?? []).some(({ shares }) => (shares?.[at] ?? 0) > 0);
  const asked = intent?.action === "SetWeights" && intent.weight !== 0;
  return (weight?.acknowledged ?? 0) > 0 || retained !== undefined || asked || seen;
}

const ended = (before: ModelRolloutStatus, after: ModelRolloutStatus) =>
  (after.history?.length ?? 0) > (before.history?.length ?? 0) || before.release !== after.release;

export const reasonOf = ({ status }: Plan) => status.conditions?.find(({ type }) => type === "Ready")?.reason;

/** I6, in one instant: a plan without effects and wake-up is its own fixed point, and planning is deterministic. */
function settles(rollout: ModelRollout, observed: Observed, planned: Plan): void {
  if (!isDeepStrictEqual(plan(rollout, observed), planned)) fail("plan is not deterministic", planned);
  if (planned.actions.length > 0 || planned.requeueAfter === 0) return;
  // A transition of an alarm that was dealt with is forgotten in the status; what is said of it changes with the next.
  // In place the note on the canary's pods follows with the next.
  const appeared = observed.inPlace !== undefined && !rollout.status?.canary && planned.status.canary;
  const moved = appeared || baselines(rollout.status) !== baselines(planned.status);
  const first = moved ? plan({ ...rollout, status: planned.status }, observed) : planned;
  const again = plan({ ...rollout, status: first.status }, observed);
  if (again.actions.length > 0 || !isDeepStrictEqual(again.status, first.status))
    fail("I6: planning again on the same snapshot changes something", {
      first: differences(planned.status, again.status),
      actions: again.actions,
      explain: again.explain,
    });
}

const baselines = (status: ModelRolloutStatus | undefined) =>
  JSON.stringify(status?.alarms?.map(({ name, baseline }) => [name, baseline]));

function differences(left: ModelRolloutStatus, right: ModelRolloutStatus) {
  return (Object.keys({ ...left, ...right }) as (keyof ModelRolloutStatus)[])
    .filter((key) => !isDeepStrictEqual(left[key], right[key]))
    .map((key) => [key, left[key], right[key]]);
}

/** A condition carries only the reasons that the table allows it. */
function speaksTheTable({ status }: Plan): void {
  for (const { type, reason } of status.conditions ?? []) {
    const allowed: readonly string[] = reasons[reason].conditions;
    if (!allowed.includes(type))
      fail(`the table does not allow reason ${reason} in condition ${type}`, status.state);
  }
}
