import type {
  AlarmRead,
  Destination,
  HealthRead,
  Observed,
  RouterRead,
  SlotRead,
} from "../../core/observed.ts";
import type { Rolled } from "./rolled.ts";
import type { World } from "./world.ts";

/** How often alarms are read when nobody says otherwise (the flag alarm-poll-interval). */
const POLL_MS = 10_000;

/** What the operator would see now. Everything was read this very moment. */
export function snapshot(world: World): Observed {
  const { now, options } = world;
  const common = {
    now,
    storedRevisions: [...world.stored],
    alarms: world.alarms.map((alarm): AlarmRead => ({ ...alarm, at: now, outcome: "read" })),
    alarmPollMs: POLL_MS,
    defaultRegion: options.defaultRegion,
    routerDescription: "",
    bindingsGone: true,
  } as const;
  return options.rolled === undefined
    ? { ...common, ...bySlots(world) }
    : { ...common, ...inPlace(world, options.rolled) };
}

type Own = Pick<Observed, "wanted"> & Partial<Observed>;

/** What stands in an adopted Deployment is what is wanted; of one that the operator makes, the spec says so. */
function inPlace({ now, wanted, proven }: World, rolled: Rolled): Own {
  const proof = proven === undefined ? {} : { proof: { revision: proven, ok: true } };
  if (rolled.owned) return { wanted, ...proof, inPlace: rolled.read(now) };
  const revision = rolled.template ?? wanted.revision;
  return {
    wanted: revision === wanted.revision ? wanted : { revision, hashVersion: wanted.hashVersion },
    inPlace: rolled.read(now),
  };
}

function bySlots(world: World): Own {
  const { wanted, options } = world;
  const health = { a: healthOf(world, "a"), b: healthOf(world, "b") };
  return {
    wanted,
    ...(world.proven === undefined ? {} : { proof: { revision: world.proven, ok: true } }),
    ...(options.hasSlots ? { slots: { a: slotOf(world, "a"), b: slotOf(world, "b") } } : {}),
    router: routerOf(world),
    health,
    capacity: options.blind ? "pods" : "targets",
  };
}

function routerOf({ now, targets }: World): RouterRead {
  return {
    at: now,
    targets: targets.map(({ kind, id, shares, stickySeconds }) => ({
      kind,
      id,
      ...(shares === undefined ? {} : { shares }),
      raw: shares ?? { a: 0, b: 0 },
      ...(stickySeconds === undefined ? {} : { stickySeconds }),
    })),
  };
}

function healthOf(world: World, destination: Destination): HealthRead {
  const outside = `outside-${destination}`;
  const addresses = world.options.hasSlots
    ? world.serving(destination).map(({ address }) => address)
    : [outside];
  return { at: world.now, registered: addresses, healthy: addresses };
}

function slotOf(world: World, destination: Destination): SlotRead {
  const { revision, replicas, pods, endpoints } = world.slot(destination);
  const ready = world.serving(destination).length;
  const deployment = { uid: `slot-${destination}`, replicas, current: true, deleting: false };
  return {
    ...(revision === undefined ? {} : { deployment: { ...deployment, revision } }),
    pods: pods.length,
    ready,
    serving: ready,
    endpoints,
    foreign: [],
    foreignTargets: [],
  };
}
