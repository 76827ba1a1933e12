import type { ModelRollout } from "../api/types.ts";
import { isFresh } from "../core/freshness.ts";
import type { Destination, HealthRead, Observed } from "../core/observed.ts";
import { millis } from "../core/time.ts";
import type { TrafficRouter } from "../routers/router.ts";
import { givenUp } from "../routers/target-router.ts";
import type { Clock } from "../runtime/clock.ts";
import { startDeadline } from "../runtime/deadline.ts";
import type { SlotsSpec } from "../workloads/slots/slots-spec.ts";
import type { SlotsWorkload } from "../workloads/slots/workload.ts";
import { nameOf } from "./claims.ts";
import { healthAges } from "./health-wish.ts";
import { type RolloutMemory, rememberHealth, rememberLate } from "./memory.ts";
import type { Routers } from "./routers.ts";

export interface TrafficDeps {
  readonly workload: SlotsWorkload;
  readonly routers: Routers;
  readonly clock: Clock;
  readonly alarmPollMs: number;
  readonly driftPollMs: number;
  /** Something that an observation did not wait for has come: look again. */
  readonly wake: (key: string) => void;
}

/** How long one snapshot may wait for AWS; what is late is judged as unread. */
const READ_MS = 5_000;
/** At rest the tick has asked for all already; a thousand of them must not wait one after the other. */
const IDLE_READ_MS = 1_000;
/** With an alarm in ALARM nothing is waited for: the rollback reads the rule itself. */
const URGENT_READ_MS = 250;
/**
 * When so many requests stand in line already, a second's worth, a plan takes what is known: hundreds of them, each
 * waiting for its requests in one of the few places for plans, would keep those out whose answers have come.
 */
const CROWD = 6;
/** In a crowd: time for what is on its way, and for weights and tags, which share few requests. */
const CROWDED_READ_MS = 250;
/** In a crowd health comes one group per request, whenever its turn is. */
const CROWDED_HEALTH_MS = 50;

/** What one observation of a rollout's traffic needs. */
export interface Look {
  readonly deps: TrafficDeps;
  readonly rollout: ModelRollout;
  readonly memory: RolloutMemory;
  /** An alarm fired. */
  readonly urgent: boolean;
  /** Absent: no slots of ours. */
  readonly slotsSpec: SlotsSpec | undefined;
}

/** How long weights and health are waited for, and how old they may be, in milliseconds. */
interface Patience {
  readonly weightsMs: number;
  readonly healthMs: number;
  readonly maxAgeMs: number;
}

function patienceOf({ deps, rollout, memory, urgent }: Look, { waiting }: TrafficRouter): Patience {
  const { alarmPollMs, driftPollMs } = deps;
  const active = memory.watch?.traffic !== "idle";
  const maxAgeMs = urgent ? 2 * alarmPollMs : (active ? alarmPollMs : driftPollMs) * 1.2;
  if (urgent) return { weightsMs: URGENT_READ_MS, healthMs: URGENT_READ_MS, maxAgeMs };
  if (waiting > CROWD) {
    // Still evidence when the plan is made: what has come at last is not asked for again because plans had to wait too.
    const lenient = active ? 1.8 * alarmPollMs : maxAgeMs;
    return { weightsMs: CROWDED_READ_MS, healthMs: CROWDED_HEALTH_MS, maxAgeMs: lenient };
  }
  const ms = active || isRefused(rollout) ? READ_MS : IDLE_READ_MS;
  return { weightsMs: ms, healthMs: ms, maxAgeMs };
}

/**
 * Weights and health of a rollout's targets. What has not come when patience ends is a problem in the answer; it goes on
 * to be read (src/aws/read-line.ts), and wakes the rollout when it has come.
 */
export async function readTraffic(
  look: Look,
): Promise<Pick<Observed, "router" | "health" | "capacity" | "routerNotice">> {
  const { deps, rollout, memory, urgent } = look;
  const router = deps.routers.routerFor(rollout, memory);
  if (!router) return {};
  const { weightsMs, healthMs, maxAgeMs } = patienceOf(look, router);
  const interrupt = memory.interrupt?.signal;
  const weights = startDeadline(deps.clock, weightsMs, interrupt);
  const capacities = startDeadline(deps.clock, healthMs, interrupt);
  try {
    const onLate = (): void => deps.wake(nameOf(rollout));
    const pace = memory.watch?.traffic === "idle" ? atRest(rollout) : {};
    memory.inTurn = isGuarded(rollout, deps.clock.now());
    const inTurn = urgent || memory.inTurn;
    const [read, health] = await Promise.all([
      router.read({ maxAgeMs, signal: weights.signal, onLate, ...pace, weightsOnly: inTurn }),
      inTurn
        ? lastHealth(memory, router)
        : askHealth(look, router, { maxAgeMs, signal: capacities.signal, onLate }),
    ]);
    const { capacity, notice } = router;
    return {
      router: read,
      capacity,
      ...(health ? { health } : {}),
      ...(notice === undefined ? {} : { routerNotice: notice }),
    };
  } finally {
    weights.release();
    capacities.release();
  }
}

const atRest = (rollout: ModelRollout) => ({ priority: "drift" as const, owners: isRefused(rollout) });

/**
 * A start is refused, perhaps for whose the rule is: that is asked again at every look, at the pace of the drift poll.
 * Else it would be granted by a look that does not ask.
 */
function isRefused({ status }: ModelRollout): boolean {
  const { state, canary, rollback, retained } = status ?? {};
  return state === "Blocked" && !canary && !rollback && !retained;
}

/**
 * Nothing goes up now, whatever the targets' health is: a hold runs, a person is waited for, or a version is retained.
 * Then health only guards, and is read in turn (`Watching`) instead of in every plan: AWS tells it of one group per
 * request, and the plans of a hundred releases would wait for each other's. Each answer says how old it is.
 */
function isGuarded({ status }: ModelRollout, now: number): boolean {
  if (status?.state === "Holding") return (millis(status.step?.holdUntil) ?? now) > now;
  return status?.state === "AwaitingApproval" || (status?.state === "Idle" && status.retained !== undefined);
}

function lastHealth({ watch, health }: RolloutMemory, router: TrafficRouter): Observed["health"] {
  return watch?.health !== false && health?.of === router ? health.read : undefined;
}

interface HealthAsked {
  readonly maxAgeMs: number;
  readonly signal: AbortSignal;
  readonly onLate: () => void;
}

/**
 * What comes too late for this plan is kept, and wakes the next one: the read goes on in line, and is not asked for anew.
 * Until then what was read before stands in, as long as it is evidence (two polls).
 */
async function askHealth(
  { deps, rollout, memory, slotsSpec }: Look,
  router: TrafficRouter,
  { maxAgeMs, signal, onLate }: HealthAsked,
): Promise<Observed["health"]> {
  if (memory.watch?.health === false) return undefined;
  const { clock, alarmPollMs, driftPollMs } = deps;
  const slots = slotsSpec ? deps.workload.read(slotsSpec, undefined) : undefined;
  const ages = healthAges({ rollout, slots, freshMs: maxAgeMs, seldomMs: driftPollMs, now: clock.now() });
  const read = await router.health({
    maxAgeMs: ages,
    signal,
    onLate: (destination, late) => {
      rememberLate(memory, router, destination, late);
      onLate();
    },
  });
  rememberHealth(memory, router, read);
  const known = memory.health?.read;
  if (!read || !known) return read;
  const now = clock.now();
  const standIn = (destination: Destination): HealthRead => {
    const before = known[destination];
    const isEvidence = !before.problem && isFresh(before.at, { now, alarmPollMs });
    return read[destination].problem === givenUp && isEvidence ? before : read[destination];
  };
  return { a: standIn("a"), b: standIn("b") };
}
