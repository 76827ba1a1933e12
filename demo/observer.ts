import type { ModelRollout } from "../src/api/types.ts";
import type { KubeObject } from "../test/control-plane/api-client.ts";
import type { Pod } from "../test/target-binder/objects.ts";
import { type WatchedObjects, watchObjects } from "../test/target-binder/watched-objects.ts";
import { conditionOf } from "../test/world/rollouts.ts";
import { type Reaction, reactionOf, type SeenSign, type Sign, signOf } from "./reaction.ts";
import type { Stage } from "./stage.ts";
import { ofVersion, totalsOf } from "./tally.ts";
import { alarms } from "./traffic/open-traffic.ts";
import type { Side } from "./traffic/traffic.ts";
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

/** Looks at everything on the stage: the resource, pods, events, the traffic, alarms, what clients see. */
export interface Observer {
  look(): Moment;
  /** Why not all the traffic is on the stable version; undefined when it is. */
  wrongTraffic(): string | undefined;
  /** AWS calls of the operator so far, by operation. */
  calls(): Readonly<Record<string, number>>;
  /** How fast the last rollback was, as it was seen from outside. */
  reaction(): Reaction | undefined;
  stop(): Promise<void>;
}

/** Starts to look; resolves when it has seen what there is. */
export async function startObserver(stage: Stage): Promise<Observer> {
  const { world, traffic } = stage;
  const { namespace, client } = world;
  const signs: SeenSign[] = [];
  const calls: Record<string, number> = {};
  const report = (sign: Sign): void => void signs.push({ at: performance.now(), sign });
  const [pods, events] = await Promise.all([
    watchObjects<Pod>(client, `/api/v1/namespaces/${namespace}/pods`, () => undefined),
    watchObjects<EventObject>(
      client,
      `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
      () => undefined,
    ),
  ]);
  const sides = (): readonly Side[] => traffic.sides(stage.rollout.latest, [...pods.byKey.values()]);
  const forget = world.simulator.onCall(({ operation, userAgent }) => {
    if (!/\bmodelrollout\//.test(userAgent)) return;
    calls[operation] = (calls[operation] ?? 0) + 1;
    const seen = { operation, alarm: anyAlarm(stage), canaryShare: canaryShare(sides()) };
    const sign = signOf(seen, traffic.operations);
    if (sign !== undefined) report(sign);
  });
  const stopSigns = await traffic.watchSigns?.(report, () => stage.rollout.latest);
  return {
    look: () => {
      const rollout = stage.rollout.latest;
      const counts = stage.load?.counts();
      return {
        at: Date.now(),
        ...(rollout === undefined ? {} : { rollout: rolloutView(rollout) }),
        slots: sides().map((side) => ({ ...side, ...requestsOf(stage, side.version) })),
        alarms: Object.entries(alarms).map(([name, about]) => alarmView(stage, name, about)),
        totals: counts === undefined ? { requests: 0, errors: [] } : totalsOf(counts),
        events: eventViews(events),
      };
    },
    wrongTraffic: () => {
      const rollout = stage.rollout.latest;
      return rollout === undefined ? "the resource is gone" : traffic.wrongTraffic(rollout, sides());
    },
    calls: () => ({ ...calls }),
    reaction: () => reactionOf(signs),
    stop: async () => {
      forget();
      await Promise.all([pods.stop(), events.stop(), stopSigns?.()]);
    },
  };
}

function anyAlarm({ world }: Stage): boolean {
  return Object.keys(alarms).some((name) => world.simulator.alarms.get(name)?.state === "ALARM");
}

/** Share of whatever is not stable, in percent. */
function canaryShare(sides: readonly Side[]): number {
  if (!sides.some(({ role }) => role === "stable")) return 0;
  return sides.reduce((sum, { role, share = 0 }) => sum + (role === "stable" ? 0 : share), 0);
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
