import { once } from "node:events";
import type { AlarmPollers } from "../alarms/pollers.ts";
import { specContent } from "../api/revision.ts";
import type { ModelRollout } from "../api/types.ts";
import { drainSince } from "../core/drain.ts";
import type { AlarmRead, Observed } from "../core/observed.ts";
import { millis } from "../core/time.ts";
import { startDeadline } from "../runtime/deadline.ts";
import { inPlaceSpecOf } from "../workloads/in-place/in-place-spec.ts";
import type { InPlaceSnapshot } from "../workloads/in-place/read.ts";
import type { InPlaceWorkload } from "../workloads/in-place/workload.ts";
import { resolveWanted } from "../workloads/slots/revisions.ts";
import { type SlotsSpec, slotsSpecOf } from "../workloads/slots/slots-spec.ts";
import { namedBy, nameOf, rivalOf } from "./claims.ts";
import { askProof } from "./execute.ts";
import { trafficChanged } from "./frozen-traffic.ts";
import type { RolloutMemory } from "./memory.ts";
import { byRule, type ClusterCache } from "./reflectors.ts";
import { readTraffic, type TrafficDeps } from "./traffic-read.ts";

export interface ObserveDeps extends TrafficDeps {
  readonly cache: ClusterCache;
  readonly inPlace: InPlaceWorkload;
  readonly alarms: AlarmPollers;
  /** The operator's own region. */
  readonly region: string;
}

/** How long one snapshot may wait for the cluster. */
const READ_MS = 5_000;
/** Names that are not ours are looked for again after this long, sooner while one is in the way. */
const NAMES_MS = 60_000;
const TAKEN_NAMES_MS = 5_000;
/** A template that was refused is asked about again after this long: quotas, policies and webhooks change. */
const PROOF_MS = 30_000;

/** Gathers everything that one plan may know. Never throws for an answer of AWS or of the API server. */
export async function observe(
  deps: ObserveDeps,
  rollout: ModelRollout,
  memory: RolloutMemory,
  urgent: boolean,
): Promise<Observed> {
  const slotsSpec = rollout.spec.traffic.rollingUpdate ? undefined : slotsSpecOf(rollout);
  const rolled = await readInPlace(deps, rollout);
  const owned = rolled?.inPlace.owned !== undefined;
  const unsupported = deps.routers.unsupported(rollout);
  const traffic =
    unsupported === undefined ? await readTraffic({ deps, rollout, memory, urgent, slotsSpec }) : {};
  if ((slotsSpec || owned) && !urgent) await askCluster(deps, rollout, slotsSpec, memory);
  const now = deps.clock.now();
  return {
    now,
    alarmPollMs: deps.alarmPollMs,
    defaultRegion: deps.region,
    ...(rolled ?? { wanted: wantedOf(deps, rollout) }),
    storedRevisions: storedRevisions(deps, rollout),
    alarms: alarmsOf(deps, rollout),
    ...traffic,
    ...(slotsSpec ? { slots: deps.workload.read(slotsSpec, traffic.health) } : {}),
    ...(memory.proof ? { proof: memory.proof.answer } : {}),
    ...(memory.failure === undefined ? {} : { failure: memory.failure }),
    bindingsGone: deps.workload.bindingsGone(identity(rollout)),
    ...rival(deps, rollout),
    trafficFrozen: trafficChanged(deps.cache.rollouts.get(nameOf(rollout)) ?? rollout, deps.region),
    ...(unsupported === undefined ? {} : { unsupported }),
    ...monotonicHold(deps, rollout, memory, now),
    ...drainClock(deps, rollout, memory, now),
    routerDescription: descriptionOf(rollout, memory),
  };
}

function descriptionOf({ spec }: ModelRollout, { router }: RolloutMemory): string {
  return router?.router.description ?? (spec.traffic.rollingUpdate ? "Deployment" : "none");
}

/** The Deployment that is rolled in place, from the caches, which are filled when the first one is asked for. */
async function readInPlace(
  { cache, inPlace, clock }: ObserveDeps,
  rollout: ModelRollout,
): Promise<InPlaceSnapshot | undefined> {
  const spec = inPlaceSpecOf(rollout);
  if (!spec) return undefined;
  const deadline = startDeadline(clock, READ_MS, undefined);
  try {
    // A watch that cannot be opened (rights that are missing) must not keep the places of other rollouts.
    const late = once(deadline.signal, "abort");
    const synced = await Promise.race([cache.needInPlace().then(() => true), late.then(() => false)]);
    if (!synced)
      throw new Error("Deployments and ReplicaSets are not known yet: is the right to watch them missing?");
    return await inPlace.read(spec, clock.now(), deadline.signal);
  } finally {
    deadline.release();
  }
}

/** What no cache knows: names that are somebody else's, and whether a refused template would be taken by now. */
async function askCluster(
  deps: ObserveDeps,
  rollout: ModelRollout,
  spec: SlotsSpec | undefined,
  memory: RolloutMemory,
): Promise<void> {
  const deadline = startDeadline(deps.clock, READ_MS, memory.interrupt?.signal);
  try {
    if (spec && needsNames(rollout)) await deps.workload.askNames(spec, namesAge(rollout), deadline.signal);
    const { proof } = memory;
    if (!proof || proof.answer.ok || deps.clock.monotonic() - proof.at < PROOF_MS) return;
    const { revision } = wantedOf(deps, rollout);
    if (revision !== proof.answer.revision) return;
    const asked = await askProof(deps, rollout, proof.destination, revision, deadline.signal);
    memory.proof = { ...proof, answer: asked.ok ? asked.proof : proof.answer, at: deps.clock.monotonic() };
  } finally {
    deadline.release();
  }
}

/** Foreign names matter before a slot is made; in a settled rollout nobody needs to ask. */
function needsNames({ status }: ModelRollout): boolean {
  return status?.state !== "Idle" && status?.state !== "Holding";
}

function namesAge({ status }: ModelRollout): number {
  const taken = status?.conditions?.some(({ type, reason }) => type === "Stalled" && reason === "NameTaken");
  return taken === true ? TAKEN_NAMES_MS : NAMES_MS;
}

function wantedOf({ workload }: ObserveDeps, rollout: ModelRollout): Observed["wanted"] {
  const content = specContent(rollout.spec);
  if (!content) return { revision: "none", hashVersion: "0" };
  return resolveWanted(content, workload.revisions(identity(rollout)));
}

const identity = ({ metadata }: ModelRollout) => ({
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
});

function storedRevisions({ workload }: ObserveDeps, rollout: ModelRollout): readonly string[] {
  return workload.revisions(identity(rollout)).map(({ revision }) => revision);
}

/** The region that an alarm of the spec is read in. */
export function alarmRegion(rollout: ModelRollout, region: string | undefined, own: string): string {
  const arn = rollout.spec.traffic.alb?.targetGroups.a.split(":")[3];
  return region ?? rollout.spec.traffic.alb?.region ?? arn ?? rollout.spec.traffic.appMesh?.region ?? own;
}

function alarmsOf({ alarms, region: own }: ObserveDeps, rollout: ModelRollout): readonly AlarmRead[] {
  return (rollout.spec.analysis?.alarms ?? []).flatMap((alarm) => {
    const region = alarmRegion(rollout, alarm.region, own);
    const before = rollout.status?.alarms?.find(
      (known) => known.name === alarm.name && known.region === region,
    );
    const read = alarms.of(rollout.metadata.namespace).latest(alarm.name, region, before?.baseline);
    return read ? [read] : [];
  });
}

function rival({ cache, region }: ObserveDeps, rollout: ModelRollout): Pick<Observed, "rival"> {
  const others = namedBy(rollout, region).flatMap((claim) => cache.rollouts.byIndex(byRule, claim));
  const name = rivalOf(rollout, others, region);
  return name === undefined ? {} : { rival: name };
}

/** The hold as this process's monotonic clock sees it, from the moment it first saw that hold. */
function monotonicHold(
  { clock }: ObserveDeps,
  rollout: ModelRollout,
  memory: RolloutMemory,
  now: number,
): Pick<Observed, "monotonicHold"> {
  const until = rollout.status?.step?.holdUntil;
  if (until === undefined) {
    delete memory.hold;
    return {};
  }
  if (memory.hold?.until !== until) {
    const remaining = Math.max(0, (millis(until) ?? now) - now);
    memory.hold = { until, startedAt: clock.monotonic(), remaining };
  }
  const { remaining, startedAt } = memory.hold;
  return { monotonicHold: { until, remaining: Math.max(0, remaining - (clock.monotonic() - startedAt)) } };
}

/**
 * The drain as this process's monotonic clock sees it. It began since this process last looked and saw none; one that it
 * found when it took over counts from then: what another's clock wrote and this one's says need not be comparable.
 */
function drainClock(
  { clock }: ObserveDeps,
  { status }: ModelRollout,
  memory: RolloutMemory,
  now: number,
): Pick<Observed, "drainClock"> {
  const since = drainSince(status ?? {});
  const startedAt = clock.monotonic();
  const looked = startedAt - (memory.lookedAt ?? startedAt);
  memory.lookedAt = startedAt;
  if (since === undefined) {
    delete memory.drain;
    return {};
  }
  if (memory.drain?.since !== since)
    memory.drain = { since, startedAt, elapsed: Math.min(now - (millis(since) ?? 0), looked) };
  const { drain } = memory;
  return { drainClock: { since, elapsed: drain.elapsed + startedAt - drain.startedAt } };
}
