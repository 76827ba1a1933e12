import { labels } from "../src/api/group.ts";
import type { ModelRollout } from "../src/api/types.ts";
import type { KubeObject } from "../test/control-plane/api-client.ts";
import { isServing, type Pod } from "../test/target-binder/objects.ts";
import { type WatchedObjects, watchObjects } from "../test/target-binder/watched-objects.ts";
import { conditionOf } from "../test/world/rollouts.ts";
import { type AnsweredCall, type Reaction, reactionOf } from "./reaction.ts";
import { alarms, type Stage } from "./stage.ts";
import { ofVersion, totalsOf } from "./tally.ts";
import type { AlarmView, EventView, Moment, RolloutView, SlotView } from "./view/snapshot.ts";

type EventObject = KubeObject & {
  type?: string;
  reason?: string;
  note?: string;
  eventTime?: string;
  regarding?: { kind?: string };
};

/** How far back "now" reaches for requests, ms. */
const WINDOW_MS = 2_000;
const slots = ["a", "b"] as const;

/** Looks at everything on the stage: the resource, pods, events, the rule's weights, alarms, what clients see. */
export interface Observer {
  look(): Moment;
  /** AWS calls of the operator so far, by operation. */
  calls(): Readonly<Record<string, number>>;
  /** How fast the last rollback was, as AWS saw it. */
  reaction(): Reaction | undefined;
  stop(): Promise<void>;
}

/** Starts to look; resolves when it has seen what there is. */
export async function startObserver(stage: Stage): Promise<Observer> {
  const { world } = stage;
  const { namespace, client } = world;
  const versions = new Map<string, string>();
  const answered: AnsweredCall[] = [];
  const calls: Record<string, number> = {};
  const forget = world.simulator.onCall((call) => {
    if (!/\bmodelrollout\//.test(call.userAgent)) return;
    calls[call.operation] = (calls[call.operation] ?? 0) + 1;
    answered.push({
      at: performance.now(),
      operation: call.operation,
      alarm: anyAlarm(stage),
      canaryShare: canaryShare(stage),
    });
  });
  const [pods, events] = await Promise.all([
    watchObjects<Pod>(client, `/api/v1/namespaces/${namespace}/pods`, () => undefined),
    watchObjects<EventObject>(
      client,
      `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
      () => undefined,
    ),
  ]);
  return {
    look: () => {
      const rollout = stage.rollout.latest;
      const counts = stage.load?.counts();
      return {
        at: Date.now(),
        ...(rollout === undefined ? {} : { rollout: rolloutView(rollout) }),
        slots: slots.map((slot) => slotView(stage, slot, rollout, pods, versions)),
        alarms: Object.entries(alarms).map(([name, about]) => alarmView(stage, name, about)),
        totals: counts === undefined ? { requests: 0, errors: [] } : totalsOf(counts),
        events: eventViews(events),
      };
    },
    calls: () => ({ ...calls }),
    reaction: () => reactionOf(answered),
    stop: async () => {
      forget();
      await Promise.all([pods.stop(), events.stop()]);
    },
  };
}

function anyAlarm({ world }: Stage): boolean {
  return Object.keys(alarms).some((name) => world.simulator.alarms.get(name)?.state === "ALARM");
}

/** Share of whatever is not the stable slot, in percent. */
function canaryShare(stage: Stage): number {
  const stable = stage.rollout.latest?.status?.stable?.slot;
  const other = stable === "a" ? "b" : "a";
  return stable === undefined ? 0 : (shareOf(stage, other) ?? 0);
}

function shareOf({ edge }: Stage, slot: "a" | "b"): number | undefined {
  const weights = edge.weights();
  const total = weights.a + weights.b;
  return total === 0 ? undefined : (100 * weights[slot]) / total;
}

function alarmView({ world }: Stage, name: string, about: string): AlarmView {
  return { name, state: world.simulator.alarms.get(name)?.state ?? "missing", about };
}

function rolloutView(rollout: ModelRollout): RolloutView {
  const { state, step, awaiting } = rollout.status ?? {};
  const ready = conditionOf(rollout, "Ready");
  const holdUntil = step?.holdUntil === undefined ? undefined : Date.parse(step.holdUntil);
  return {
    name: rollout.metadata.name,
    ...(state === undefined ? {} : { state }),
    ...(ready === undefined ? {} : { reason: ready.reason, message: ready.message }),
    ...(awaiting === undefined ? {} : { awaiting }),
    ...(step === undefined
      ? {}
      : {
          steps: {
            index: step.index,
            weights: step.weights,
            ...(holdUntil === undefined ? {} : { holdUntil }),
          },
        }),
  };
}

function slotView(
  stage: Stage,
  slot: "a" | "b",
  rollout: ModelRollout | undefined,
  pods: WatchedObjects<Pod>,
  versions: Map<string, string>,
): SlotView {
  const present = [...pods.byKey.values()].filter(
    ({ metadata }) => metadata.labels?.[labels.slot] === slot && metadata.deletionTimestamp === undefined,
  );
  const { stable, canary, retained, history } = rollout?.status ?? {};
  const roles = { stable, canary, previous: retained } as const;
  const role = (["stable", "canary", "previous"] as const).find((name) => roles[name]?.slot === slot);
  const version = (role && roles[role]?.modelVersion) ?? versions.get(slot);
  if (version !== undefined) versions.set(slot, version);
  const last = history?.[0];
  const failed = role === undefined && last?.outcome === "RolledBack" && last.modelVersion === version;
  const share = shareOf(stage, slot);
  const counts = stage.load?.counts(WINDOW_MS);
  const seen =
    counts === undefined || version === undefined ? { requests: 0, errors: 0 } : ofVersion(counts, version);
  return {
    slot,
    ...(version === undefined ? {} : { version }),
    ...(failed ? { role: "failed" } : role === undefined ? {} : { role }),
    ...(share === undefined ? {} : { share }),
    pods: { ready: present.filter(isServing).length, total: present.length },
    requestsPerSecond: (seen.requests * 1000) / WINDOW_MS,
    ...(seen.requests === 0 ? {} : { errorRate: seen.errors / seen.requests }),
  };
}

function eventViews(events: WatchedObjects<EventObject>): readonly EventView[] {
  return [...events.byKey.values()]
    .filter(({ regarding }) => regarding?.kind === "ModelRollout")
    .map(({ metadata, type, reason = "", note = "", eventTime }) => ({
      id: metadata.name,
      at: Date.parse(eventTime ?? "") || 0,
      warning: type === "Warning",
      reason,
      note,
    }))
    .sort((one, other) => one.at - other.at);
}
