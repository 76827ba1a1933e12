import type { ModelRolloutStatus } from "../../src/api/types.ts";
import { drainSince } from "../../src/core/drain.ts";
import type {
  AlarmRead,
  Destination,
  HealthRead,
  Observed,
  RouterRead,
  SlotRead,
  TemplateProof,
} from "../../src/core/observed.ts";
import { instant, millis } from "../../src/core/time.ts";
import { readInPlace } from "./in-place/read.ts";
import type { Alarm, World } from "./world.ts";

export const pollMs = 10_000;
export const region = "us-east-1";

/** What one process of the operator remembers; a restart forgets all of it. */
export class Memory {
  router: RouterRead | undefined;
  health: Readonly<Record<Destination, HealthRead>> | undefined;
  alarms = new Map<string, AlarmRead>();
  proof: TemplateProof | undefined;
  failure: string | undefined;
  hold: { readonly until: string; readonly startedAt: number; readonly remaining: number } | undefined;
  drain: { readonly since: string; readonly startedAt: number; readonly elapsed: number } | undefined;
  /** When it last observed, by the monotonic clock. */
  lookedAt: number | undefined;
  lastWeights: { readonly key: string; readonly at: number } | undefined;
}

export function readRouter(world: World): RouterRead {
  return {
    at: world.now,
    targets: world.rules.map(({ id, weights, stickySeconds, problem, refusal }) => {
      const sum = weights.a + weights.b;
      const known = {
        ...(sum > 0 ? { shares: { a: (100 * weights.a) / sum, b: (100 * weights.b) / sum } } : {}),
        raw: { ...weights },
        ...(stickySeconds === undefined ? {} : { stickySeconds }),
        ...(refusal ? { refusal } : {}),
      };
      const kind = world.targetless ? "Route" : "ListenerRule";
      return { kind, id, ...(problem ? { problem } : known) };
    }),
  };
}

export function readHealth(world: World): Readonly<Record<Destination, HealthRead>> | undefined {
  if (world.targetless) return undefined;
  const of = (destination: Destination): HealthRead =>
    world.healthProblem
      ? { at: world.now, registered: [], healthy: [], problem: world.healthProblem }
      : { at: world.now, registered: world.registered(destination), healthy: world.healthy(destination) };
  return { a: of("a"), b: of("b") };
}

export function readAlarm(world: World, alarm: Alarm): AlarmRead {
  const about = { name: alarm.name, region, at: world.now };
  if (alarm.missing) return { ...about, outcome: "missing" };
  if (alarm.problem) return { ...about, outcome: "problem", problem: alarm.problem };
  return {
    ...about,
    outcome: "read",
    state: alarm.state,
    transitionedAt: instant(alarm.transitionedAt),
    ...(alarm.broken === undefined ? {} : { evaluationBroken: alarm.broken }),
    ...(alarm.windowMs === undefined ? {} : { windowMs: alarm.windowMs }),
  };
}

/** As the poller: a quiet alarm that moved since the baseline gets its history looked up. */
function withHistory(
  world: World,
  read: AlarmRead | undefined,
  status: ModelRolloutStatus | undefined,
): AlarmRead | undefined {
  const since = status?.alarms?.find(({ name }) => name === read?.name)?.baseline;
  if (!read || since === undefined || read.outcome !== "read" || read.state === "ALARM") return read;
  if (read.transitionedAt === since) return read;
  const alarm = world.alarm(read.name);
  const after = alarm.changes.filter(({ at }) => at > (millis(since) ?? 0));
  const answer = alarm.historyUnreadable
    ? "unknown"
    : after.some(({ to }) => to === "ALARM")
      ? "fired"
      : "quiet";
  return { ...read, history: { since, answer } };
}

function readSlot(world: World, destination: Destination, health: HealthRead | undefined): SlotRead {
  const slot = world.slots[destination];
  const ready = world.readyPods(destination);
  const healthy = new Set(health?.healthy ?? []);
  return {
    ...(slot.deployment ? { deployment: { ...slot.deployment } } : {}),
    pods: slot.pods.length,
    ready: ready.length,
    serving: world.targetless ? ready.length : ready.filter(({ ip }) => healthy.has(ip)).length,
    endpoints: slot.endpoints,
    foreign: [...slot.foreign],
    foreignTargets: world.targetless ? [] : slot.strangers.map(({ ip }) => ip),
    ...(slot.foreignBinding === undefined ? {} : { foreignBinding: slot.foreignBinding }),
    ...(slot.trouble === undefined ? {} : { trouble: slot.trouble }),
  };
}

function monotonicHold(world: World, memory: Memory): Pick<Observed, "monotonicHold"> {
  const until = world.rollout?.status?.step?.holdUntil;
  if (until === undefined) {
    memory.hold = undefined;
    return {};
  }
  if (memory.hold?.until !== until) {
    const remaining = Math.max(0, (millis(until) ?? world.now) - world.now);
    memory.hold = { until, startedAt: world.monotonic, remaining };
  }
  const { remaining, startedAt } = memory.hold;
  return { monotonicHold: { until, remaining: Math.max(0, remaining - (world.monotonic - startedAt)) } };
}

function drainClock(world: World, memory: Memory): Pick<Observed, "drainClock"> {
  const since = drainSince(world.rollout?.status ?? {});
  const startedAt = world.monotonic;
  const looked = startedAt - (memory.lookedAt ?? startedAt);
  memory.lookedAt = startedAt;
  if (since === undefined) {
    memory.drain = undefined;
    return {};
  }
  if (memory.drain?.since !== since)
    memory.drain = { since, startedAt, elapsed: Math.min(world.now - (millis(since) ?? world.now), looked) };
  const { drain } = memory;
  return { drainClock: { since, elapsed: drain.elapsed + startedAt - drain.startedAt } };
}

function wantedOf(world: World): Observed["wanted"] {
  const spec = world.rollout?.spec;
  const version = spec?.model?.version ?? "none";
  const destination = spec?.destination;
  return {
    revision: destination === undefined ? version : `${destination}.${version}`,
    hashVersion: "1",
    modelVersion: version,
    ...(destination === "a" || destination === "b" ? { destination } : {}),
  };
}

function description({ rolled, targetless, rules }: World): string {
  if (rolled) return "Deployment";
  return targetless ? "App Mesh route" : `ALB ${rules.length} rule${rules.length === 1 ? "" : "s"}`;
}

/** How traffic is moved: by pods of one Deployment, or by weights between slots and what lies outside. */
function trafficOf(world: World, { health, router }: Memory): Partial<Observed> & Pick<Observed, "wanted"> {
  if (world.rolled) return readInPlace(world, world.rolled, wantedOf(world));
  return {
    wanted: wantedOf(world),
    ...(world.hasWorkload
      ? { slots: { a: readSlot(world, "a", health?.a), b: readSlot(world, "b", health?.b) } }
      : {}),
    ...(router ? { router } : {}),
    ...(health ? { health } : {}),
    ...(world.targetless ? { capacity: "pods", routerNotice: "AWS ended App Mesh on 2026-09-30" } : {}),
  };
}

/** The snapshot that the operator would gather now, with what it remembers of earlier reads. */
export function snapshot(world: World, memory: Memory): Observed {
  const status = world.rollout?.status;
  const alarms = [...memory.alarms.values()].flatMap((read) => withHistory(world, read, status) ?? []);
  return {
    now: world.now,
    ...trafficOf(world, memory),
    storedRevisions: [...world.stored],
    ...(memory.proof ? { proof: memory.proof } : {}),
    ...(memory.failure === undefined ? {} : { failure: memory.failure }),
    alarms,
    ...(world.rival === undefined ? {} : { rival: world.rival }),
    ...(world.unsupported === undefined ? {} : { unsupported: world.unsupported }),
    ...monotonicHold(world, memory),
    ...drainClock(world, memory),
    alarmPollMs: pollMs,
    defaultRegion: region,
    routerDescription: description(world),
    bindingsGone: !world.slots.a.endpoints && !world.slots.b.endpoints,
  };
}
