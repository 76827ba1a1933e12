import { isDeepStrictEqual } from "node:util";
import { annotations } from "../../api/group.ts";
import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Action } from "../../core/action.ts";
import type { Destination } from "../../core/observed.ts";
import { plan } from "../../core/plan.ts";
import type { Plan } from "../../core/plan-data.ts";
import { millis } from "../../core/time.ts";
import { perform } from "./effects.ts";
import { snapshot } from "./snapshot.ts";
import type { World } from "./world.ts";

/** Pods of one slot after a turn. */
export interface SlotCount {
  readonly serving: number;
  readonly wanted: number;
}

/** One decision of the operator's core, carried out. */
export interface Turn {
  readonly at: number;
  readonly before: ModelRolloutStatus;
  readonly after: ModelRolloutStatus;
  readonly actions: readonly Action[];
  readonly slots: Readonly<Record<Destination, SlotCount>>;
  /** Percent of the traffic on b, of the first target; absent where it has no weights. */
  readonly shareOfB?: number;
  /** What a person was waited for, and said at once. */
  readonly approved?: string;
}

export interface Simulation {
  readonly turns: readonly Turn[];
  /**
   * settled: nothing is left to do. stands: it waits for something that does not come by itself. stopped: as asked for.
   */
  readonly end: "settled" | "stands" | "stopped";
  readonly status: ModelRolloutStatus;
}

/** Far more than 20 steps, each with its pods, weights, holds and approvals, can take. */
const TURNS = 50_000;
/** How often everything is read when nobody says otherwise (the flag alarm-poll-interval). */
const POLL_MS = 10_000;
/** Evidence is what was read after something happened: the next poll brings it, the ones after that nothing new. */
const QUIET_POLLS = 2;

/**
 * Plays the operator's loop in virtual time: plan, store the status, perform, look again. People approve at once
 * whatever a step asks them to; nobody else does anything.
 * `stop` ends it earlier, after the first turn with such a status.
 */
export function simulate(
  world: World,
  stop: (status: ModelRolloutStatus) => boolean = () => false,
): Simulation {
  const turns: Turn[] = [];
  let quiet = 0;
  while (turns.length < TURNS) {
    const { turn, planned, busy } = play(world);
    const stopped = stop(planned.status);
    const approved = stopped ? undefined : approve(world, planned.status);
    turns.push({ ...turn, ...(approved === undefined ? {} : { approved }) });
    if (stopped) return { turns, end: "stopped", status: planned.status };
    if (busy || approved !== undefined) {
      quiet = 0;
      continue;
    }
    const polled = quiet < QUIET_POLLS && !timeIsAll(planned.status, world.now);
    const next = nextLook(world, planned, polled ? world.now + POLL_MS : undefined);
    quiet += 1;
    if (next === undefined) {
      return { turns, end: isSettled(planned) ? "settled" : "stands", status: planned.status };
    }
    world.now = next;
  }
  throw new Error("the plans keep asking for another look");
}

function play(world: World): { readonly turn: Turn; readonly planned: Plan; readonly busy: boolean } {
  world.options.rolled?.settle(world.now);
  const before = world.rollout.status ?? {};
  const planned = plan(world.rollout, snapshot(world));
  world.status = planned.status;
  for (const action of planned.actions) perform(world, action);
  world.options.rolled?.settle(world.now);
  const turn: Turn = {
    at: world.now,
    before,
    after: planned.status,
    actions: planned.actions,
    slots: { a: countOf(world, "a"), b: countOf(world, "b") },
    ...shareOf(world),
  };
  const stored = !isDeepStrictEqual(plainOf(before), plainOf(planned.status));
  return { turn, planned, busy: stored || planned.actions.length > 0 };
}

const plainOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Only what a step itself asks for: an alarm, or weights that somebody changed, are no routine. */
function approve(world: World, { state, awaiting }: ModelRolloutStatus): string | undefined {
  const given = world.rollout.metadata.annotations?.[annotations.approve];
  if (state !== "AwaitingApproval" || awaiting === undefined || given === awaiting) return undefined;
  world.annotate(annotations.approve, awaiting);
  return awaiting;
}

/** In place a is what is old, and b what is new. */
function countOf(world: World, destination: Destination): SlotCount {
  const { rolled } = world.options;
  if (rolled !== undefined) {
    const { fresh, old } = rolled.count(world.wanted.revision, world.now);
    const { ready, wanted } = destination === "b" ? fresh : old;
    return { serving: ready, wanted };
  }
  return { serving: world.serving(destination).length, wanted: world.slot(destination).replicas };
}

function shareOf({ targets, options, wanted, now }: World): Pick<Turn, "shareOfB"> {
  if (options.rolled !== undefined) {
    const { fresh, old } = options.rolled.count(wanted.revision, now);
    const ready = fresh.ready + old.ready;
    return ready === 0 ? {} : { shareOfB: (fresh.ready * 100) / ready };
  }
  const shares = targets[0]?.shares;
  return shares === undefined ? {} : { shareOfB: shares.b };
}

/** When the operator would look again: at the plan's own time, when a pod serves, or with a poll. */
function nextLook(world: World, { requeueAfter }: Plan, poll: number | undefined): number | undefined {
  const due = requeueAfter === undefined ? undefined : world.now + Math.max(1, requeueAfter);
  const times = [due, world.nextPod(), poll].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Nothing is waited for but the end of a hold, or of retain. */
function timeIsAll({ state, step, retained }: ModelRolloutStatus, now: number): boolean {
  const until = state === "Holding" ? step?.holdUntil : state === "Idle" ? retained?.until : undefined;
  return (millis(until) ?? 0) > now;
}

function isSettled({ status }: Plan): boolean {
  return status.state === "Idle" && status.retained === undefined;
}
