import { labels } from "../src/api/group.ts";
import type { ModelRollout } from "../src/api/types.ts";
import type { KubeObject } from "../test/control-plane/api-client.ts";
import { isServing, type Pod } from "../test/target-binder/objects.ts";
import { type WatchedObjects, watchObjects } from "../test/target-binder/watched-objects.ts";
import { conditionOf } from "../test/world/rollouts.ts";
import { type AnsweredCall, type Reaction, reactionOf } from "./reaction.ts";
import { alarms, type Stage } from "./stage.ts";
import { ofVersion, totalsOf } from "./tally.ts";
import type { AlarmView, EventView, Moment, Role, RolloutView, SlotView } from "./view/snapshot.ts";

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
  const named = roleIn(rollout, slot);
  const version = named?.version ?? versions.get(slot);
  if (version !== undefined) versions.set(slot, version);
  const role = named?.role ?? (version !== undefined && hasFailed(rollout, version) ? "failed" : undefined);
  const share = shareOf(stage, slot);
  return {
    slot,
    ...(version === undefined ? {} : { version }),
    ...(role === undefined ? {} : { role }),
    ...(share === undefined ? {} : { share }),
    pods: podsIn(pods, slot),
    ...requestsOf(stage, version),
  };
}

/** Role and version of whoever has the slot. */
function roleIn(
  rollout: ModelRollout | undefined,
  slot: "a" | "b",
): { readonly role: Role; readonly version: string | undefined } | undefined {
  const { stable, canary, retained } = rollout?.status ?? {};
  const roles: readonly (readonly [Role, typeof retained | typeof stable])[] = [
    ["stable", stable],
    ["canary", canary],
    ["previous", retained],
  ];
  const found = roles.find(([, held]) => held?.slot === slot);
  return found && { role: found[0], version: found[1]?.modelVersion };
}

function hasFailed(rollout: ModelRollout | undefined, version: string): boolean {
  const [last] = rollout?.status?.history ?? [];
  return last?.outcome === "RolledBack" && last.modelVersion === version;
}

function podsIn({ byKey }: WatchedObjects<Pod>, slot: string): SlotView["pods"] {
  const present = [...byKey.values()].filter(
    ({ metadata }) => metadata.labels?.[labels.slot] === slot && metadata.deletionTimestamp === undefined,
  );
  return { ready: present.filter(isServing).length, total: present.length };
}

function requestsOf(
  { load }: Stage,
  version: string | undefined,
): Pick<SlotView, "requestsPerSecond" | "errorRate"> {
  if (load === undefined || version === undefined) return { requestsPerSecond: 0 };
  const { requests, errors } = ofVersion(load.counts(WINDOW_MS), version);
  return {
    requestsPerSecond: (requests * 1000) / WINDOW_MS,
    ...(requests === 0 ? {} : { errorRate: errors / requests }),
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
