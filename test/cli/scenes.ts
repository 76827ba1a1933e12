import { annotations } from "../../src/api/group.ts";
import type { ModelRollout, ModelRolloutStatus, State } from "../../src/api/types.ts";
import { emptyScene, settledScene, wantedOf } from "../../src/cli/plan/scene.ts";
import { simulate } from "../../src/cli/plan/simulate.ts";
import { snapshot } from "../../src/cli/plan/snapshot.ts";
import type { SimulatedAlarm, World } from "../../src/cli/plan/world.ts";
import type { Observed } from "../../src/core/observed.ts";
import { plan } from "../../src/core/plan.ts";
import { instant } from "../../src/core/time.ts";
import { type Fields, rollout } from "../api/cases.ts";

const minute = { podStartMs: 60_000 };

function modelOf(version: string, set: Fields = {}): ModelRollout {
  const spec = { model: { name: "sentiment", version }, ...set };
  const object = rollout("slots", spec) as unknown as ModelRollout;
  return { ...object, metadata: { ...object.metadata, namespace: "prod" } };
}

/** v8 is settled; v9 is applied now. */
function releasing(set: Fields = {}): World {
  const next = modelOf("v9", set);
  const world = settledScene(modelOf("v8", set), wantedOf(modelOf("v8").spec), minute);
  simulate(world);
  world.apply(next, wantedOf(next.spec));
  return world;
}

function until(
  world: World,
  state: State,
  also: (status: ModelRolloutStatus) => boolean = () => true,
): World {
  const { end } = simulate(world, (status) => status.state === state && also(status));
  if (end !== "stopped") throw new Error(`it never came to ${state}`);
  return world;
}

/** One more look of the operator, with something else in the snapshot. */
function look(world: World, more: Partial<Observed> = {}): World {
  world.status = plan(world.rollout, { ...snapshot(world), ...more }).status;
  return world;
}

function annotated(world: World, key: keyof typeof annotations): World {
  world.annotate(annotations[key], world.rollout.status?.release ?? "");
  return world;
}

function withAlarm(world: World, state: SimulatedAlarm["state"]): World {
  world.alarms = world.alarms.map((alarm) => ({
    ...alarm,
    state,
    transitionedAt: "2026-01-05T10:11:12.000Z",
  }));
  return world;
}

function withoutPods(world: World, destination: "a" | "b"): World {
  const { pods } = world.slot(destination);
  world.change(destination, { pods: pods.map((pod) => ({ ...pod, servesAt: world.now + 60_000 })) });
  return world;
}

const pausing = { analysis: { alarms: [{ name: "sentiment-5xx", onAlarm: "Pause" }] } };
const soon = (world: World): World => {
  world.now += 1_000;
  return world;
};

/** How each scene is reached; every status is the core's own. */
const scenes = {
  /** Just created: nobody has looked at it. */
  unseen: () => releasing(),
  first: () =>
    until(
      emptyScene(modelOf("v8"), wantedOf(modelOf("v8").spec), minute),
      "Starting",
      ({ beginning }) => beginning !== undefined,
    ),
  idle: () => {
    const world = releasing();
    simulate(world);
    return world;
  },
  "idle-without-pods": () =>
    look(
      withoutPods(
        until(releasing(), "Idle", ({ retained }) => retained === undefined),
        "a",
      ),
    ),
  retained: () =>
    until(
      releasing(),
      "Idle",
      ({ retained, stable }) => retained !== undefined && stable?.modelVersion === "v9",
    ),
  starting: () => until(releasing(), "Starting", ({ canary }) => canary !== undefined),
  shifting: () => until(releasing(), "Shifting"),
  holding: () => until(releasing(), "Holding"),
  "awaiting-approval": () => until(releasing(), "AwaitingApproval"),
  "paused-by-spec": () => {
    const world = until(releasing(), "Holding");
    world.apply({ ...world.rollout, spec: { ...world.rollout.spec, paused: true } }, world.wanted);
    return until(world, "Paused");
  },
  "paused-before-the-start": () => until(releasing({ paused: true }), "Paused"),
  "paused-by-an-alarm": () => until(withAlarm(until(releasing(pausing), "Holding"), "ALARM"), "Paused"),
  "paused-by-foreign-weights": () => {
    const world = until(releasing(), "Holding");
    for (const target of world.targets) target.shares = { a: 0, b: 100 };
    world.now += 60_000;
    return until(world, "Paused");
  },
  promoting: () => until(annotated(until(releasing(), "Holding"), "promote"), "Promoting"),
  "rolling-back": () => until(annotated(until(releasing(), "Holding"), "abort"), "RollingBack"),
  superseded: () => {
    const world = until(releasing(), "Holding");
    const later = modelOf("v10");
    world.apply(later, wantedOf(later.spec));
    return until(world, "RollingBack");
  },
  "rolled-back": () => until(withAlarm(until(releasing(), "Holding"), "ALARM"), "RolledBack"),
  retried: () => soon(annotatedRetry(until(withAlarm(until(releasing(), "Holding"), "ALARM"), "RolledBack"))),
  "blocked-by-an-alarm": () => until(withAlarm(releasing(), "ALARM"), "Blocked"),
  "blocked-by-a-rival": () => look(releasing(), { rival: "prod/other" }),
  unsupported: () => look(releasing(), { unsupported: "this kind of traffic is not built yet" }),
  "unsupported-under-way": () =>
    look(until(releasing(), "Holding"), { unsupported: "this kind of traffic is not built yet" }),
  /** Nothing is released, and something is wrong all the same. */
  "blocked-at-rest": () => {
    const world = releasing();
    simulate(world);
    const problem = { kind: "notFound", message: "the rule does not exist" } as const;
    const router = { at: world.now, targets: [{ kind: "ListenerRule", id: "rule", problem } as const] };
    return look(world, { router });
  },
  deleting: () => until(deleted(until(releasing(), "Holding")), "Deleting"),
  /** A person was waited for when it was deleted, and the operator has not looked since. */
  "deleted-while-awaiting": () => deleted(until(releasing(), "AwaitingApproval")),
  /** The operator has not seen the latest spec. */
  stale: () => {
    const world = releasing();
    simulate(world);
    const later = modelOf("v10");
    world.apply(later, wantedOf(later.spec));
    return world;
  },
} as const satisfies Record<string, () => World>;

function deleted(world: World): World {
  const { metadata } = world.rollout;
  world.rollout = { ...world.rollout, metadata: { ...metadata, deletionTimestamp: instant(world.now) } };
  return world;
}

function annotatedRetry(world: World): World {
  world.annotate(annotations.retry, world.rollout.status?.failedRelease ?? "");
  return world;
}

export type SceneName = keyof typeof scenes;
export const sceneNames = Object.keys(scenes) as readonly SceneName[];

export interface Scene {
  readonly rollout: ModelRollout;
  readonly now: number;
}

const reached = new Map<SceneName, Scene>();

/** A ModelRollout `sentiment` in namespace `prod`, as the operator's core leaves it in this situation. */
export function scene(name: SceneName): Scene {
  const found = reached.get(name) ?? play(name);
  reached.set(name, found);
  return found;
}

function play(name: SceneName): Scene {
  const { rollout: last, now } = scenes[name]();
  if (name !== "unseen") return { rollout: last, now };
  const { status: _none, ...fresh } = last;
  return { rollout: { ...fresh, metadata: { ...fresh.metadata, generation: 1 } }, now };
}
