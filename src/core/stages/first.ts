import type { ModelRolloutStatus, RoleStatus } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { block, type ClosedGate, type GateAnswer, pass, wait } from "../gates/alarm-gates.ts";
import { rawWeights, routerDrivable, targetName } from "../gates/router-gates.ts";
import type { AccessProblem, Destination, WantedRevision } from "../observed.ts";
import { closeRelease, isOpen, openRelease } from "../releases.ts";
import { slotOf } from "../roles.ts";
import { instant } from "../time.ts";
import { carries, other } from "../weights.ts";
import type { Decision } from "./decision.ts";
import { provision } from "./provision.ts";
import { shift, withoutIntent } from "./shift.ts";
import { slotFree, templateProven } from "./start.ts";

/** The first sight of a rollout: whose traffic is it, and is there anything to protect? (design, "Beginnings") */
export function firstStage(context: Context): Decision | undefined {
  const { status } = context;
  if (status.beginning !== undefined) return bringUp(context);
  if (status.stable) return undefined;
  const drivable = routerDrivable(context);
  if (drivable.kind !== "pass") return standing(context, drivable);
  const divided = split(context);
  if (divided) return standing(context, divided);
  const empty = context.settings.hasWorkload ? nothingToProtect(context) : false;
  if (typeof empty !== "boolean") return standing(context, empty);
  return empty ? begin(context) : adopt(context);
}

function standing(context: Context, answer: ClosedGate, status = context.status): Decision {
  return {
    state: answer.kind === "block" ? "Blocked" : answer.reason === "PausedBySpec" ? "Paused" : "Starting",
    reason: answer.reason,
    message: answer.message,
    status,
    stalled: answer.kind === "block",
    watch: "active",
  };
}

/**
 * True when no group has any registered target: unhealthy ones count, an ALB serves from them when all are. Where nobody
 * can ask who is behind a destination (App Mesh), any weight may be somebody's running service; only without any weight
 * is there nothing to protect.
 */
function nothingToProtect({ observed }: Context): boolean | ClosedGate {
  if (observed.capacity === "pods") {
    return observed.router?.targets.every(({ shares }) => shares === undefined) === true;
  }
  const { health } = observed;
  if (!health) return wait("Starting", "the target groups were not read yet");
  const problem = health.a.problem ?? health.b.problem;
  if (problem) return unreadGroup(problem);
  return health.a.registered.length + health.b.registered.length === 0;
}

function unreadGroup({ kind, message }: AccessProblem): ClosedGate {
  if (kind === "denied") return block("AccessDenied", message);
  return kind === "notFound" ? block("GroupMissing", message) : wait("RouterUnreadable", message);
}

/** Weights on both, or on one here and on the other there: nobody can tell which version is stable. */
function split({ observed }: Context): ClosedGate | undefined {
  const targets = (observed.router?.targets ?? []).filter(({ shares }) => shares !== undefined);
  const first = targets[0]?.shares;
  const found = targets.find(
    ({ shares }) => shares && (shares.a !== first?.a || (shares.a > 0 && shares.b > 0)),
  );
  if (!found) return undefined;
  return {
    kind: "block",
    reason: "SplitAtFirstSight",
    message: `${targetName(found)} carries ${rawWeights(found)}: the traffic is split, and nobody says which version is stable; give one group all the weight`,
  };
}

/** Who carries the traffic is stable, whoever made it; the revision of the spec goes through all the steps. */
function adopt(context: Context): Decision {
  const { observed, status, settings, now } = context;
  const carrying = (["a", "b"] as const).find((destination) => carries(observed.router, destination, 100));
  if (!carrying) {
    const found = observed.router?.targets.find(({ shares }) => !shares);
    return standing(context, {
      kind: "block",
      reason: "SplitAtFirstSight",
      message: `${found ? `${targetName(found)} carries ${rawWeights(found)}` : "no target was read"}: no group has the traffic; give one group all the weight`,
    });
  }
  const already = !settings.hasWorkload && observed.wanted.destination === carrying;
  const stable = already ? namedStable(context, carrying) : foundStable(context, carrying);
  return {
    state: already ? "Idle" : "Starting",
    reason: already ? "Settled" : "Starting",
    message: `destination ${carrying} carries all the traffic: it is the stable version`,
    // Nobody knows since when the other slot has no traffic: its drain begins now.
    status: { ...status, stable, weight: { desired: 0, acknowledged: 0, changedAt: instant(now) } },
    again: true,
    watch: "active",
  };
}

/** Without a workload, the spec names the very destination that has the traffic. */
function namedStable({ observed: { wanted } }: Context, slot: Destination): RoleStatus {
  const { revision, hashVersion, modelVersion } = wanted;
  const version = modelVersion === undefined ? {} : { modelVersion };
  return { revision, hashVersion, ...version, slot, unmanaged: true, replicas: 0, readyReplicas: 0 };
}

/** A status that got lost, or a resource made anew over what `keep` left standing: our own pods are no strangers. */
function foundStable(context: Context, slot: Destination): RoleStatus {
  const own = slotOf(context, slot)?.deployment;
  return own
    ? { revision: own.revision, slot, replicas: own.replicas, readyReplicas: 0 }
    : { revision: "unmanaged", slot, unmanaged: true, replicas: 0, readyReplicas: 0 };
}

function begin(context: Context): Decision {
  const { observed, now } = context;
  const { wanted } = observed;
  const slot: Destination = "a";
  const status: ModelRolloutStatus = {
    ...(isOpen(context.status, wanted.revision)
      ? context.status
      : openRelease(context.status, wanted.revision, now)),
    beginning: instant(now),
    stable: {
      revision: wanted.revision,
      hashVersion: wanted.hashVersion,
      ...(wanted.modelVersion === undefined ? {} : { modelVersion: wanted.modelVersion }),
      slot,
      replicas: 0,
      readyReplicas: 0,
    },
    weight: { desired: 0, acknowledged: 0 },
  };
  return bringUp({ ...context, status, watched: other(slot) });
}

/** The spec may still change before anything serves: then the new revision takes the slot. */
function renamed(
  { status, observed: { wanted }, now }: Context,
  {
    revision,
    hashVersion,
    modelVersion,
  }: Pick<WantedRevision, "revision"> & Partial<WantedRevision> = wanted,
): ModelRolloutStatus {
  if (!status.stable || status.stable.revision === revision) return status;
  const { modelVersion: _old, hashVersion: _of, ...stable } = status.stable;
  const open = isOpen(status, revision) ? status : openRelease(status, revision, now);
  return {
    ...open,
    beginning: instant(now),
    stable: {
      ...stable,
      revision,
      ...(hashVersion === undefined ? {} : { hashVersion }),
      ...(modelVersion === undefined ? {} : { modelVersion }),
    },
  };
}

/**
 * The new revision had the name of the slot, but not yet the slot itself, when what still runs there became Ready and
 * got traffic: it serves, so it is the first one again.
 */
function asItRuns(context: Context): Context {
  const { status, observed } = context;
  const slot = status.stable?.slot ?? "a";
  const running = observed.slots?.[slot].deployment;
  if (!running || running.replicas === 0 || !observed.storedRevisions.includes(running.revision))
    return context;
  return hasTraffic(context, slot) ? { ...context, status: renamed(context, running) } : context;
}

/**
 * The very first revision: nothing serves, so there are no steps. Alarms must exist and be readable (a typo is found
 * now, not in the first real release) but are not obeyed: without traffic many of them fire (docs/adr/0003).
 */
function bringUp(given: Context): Decision {
  const context = asItRuns(given);
  if (servesAlready(context))
    return become(context, context.status, "it serves already, and the spec went on");
  const unread = supersededUnseen(context);
  if (unread) return standing(context, unread);
  const serves = servesInPart(context);
  const status = serves ? context.status : renamed(context);
  const stable = status.stable;
  const slot = stable?.slot ?? "a";
  if (!stable) throw new Error("nothing to bring up");
  const current = { ...context, status };
  const closed = closedGate(current, slot, serves);
  if (closed) {
    const asked = serves || context.observed.proof?.revision === stable.revision;
    const decision = standing(context, closed, status);
    return asked
      ? decision
      : { ...decision, actions: [{ kind: "ProveTemplate", revision: stable.revision, destination: slot }] };
  }
  return fill(current, stable, slot);
}

/** What keeps the first revision from being brought up; what `serves` in part was proven when it was made. */
function closedGate(context: Context, slot: Destination, serves: boolean): ClosedGate | undefined {
  const blind = context.verdicts.find((verdict) => verdict.blind);
  const answers: readonly GateAnswer[] = [
    context.settings.paused ? wait("PausedBySpec", "spec.paused is true") : pass(""),
    routerDrivable(context),
    slotFree(context, slot),
    serves ? pass("its template was proven") : templateProven(context),
    blind ? { kind: "block", reason: "AlarmUnreadable", message: blind.message } : pass(""),
  ];
  const closed =
    answers.find((answer) => answer.kind === "block") ?? answers.find((answer) => answer.kind === "wait");
  return closed?.kind === "pass" ? undefined : closed;
}

/** The spec names another revision while the first one has Ready pods and the traffic: it is taken away no more. */
function servesAlready(context: Context): boolean {
  const { status, observed } = context;
  const slot = status.stable?.slot ?? "a";
  const ready = slotOf(context, slot)?.ready ?? 0;
  return (
    status.stable?.revision !== observed.wanted.revision && ready > 0 && carries(observed.router, slot, 100)
  );
}

/** Somebody split the weights meanwhile: what has Ready pods and some of the traffic gets all of it before it is replaced (I1). */
function servesInPart(context: Context): boolean {
  const { stable } = context.status;
  if (!stable || stable.revision === context.observed.wanted.revision) return false;
  return hasTraffic(context, stable.slot ?? "a");
}

/** Ready pods, and a part of the traffic at one target at least. */
function hasTraffic({ observed }: Context, slot: Destination): boolean {
  const ready = observed.slots?.[slot].ready ?? 0;
  return ready > 0 && (observed.router?.targets.some(({ shares }) => (shares?.[slot] ?? 0) > 0) ?? false);
}

/** The spec names another revision, and nobody can tell at the moment whether the first one has the traffic. */
function supersededUnseen(context: Context): ClosedGate | undefined {
  if (context.status.stable?.revision === context.observed.wanted.revision) return undefined;
  const { router } = context.observed;
  const unseen = router?.targets.some(({ problem }) => problem !== undefined) !== false;
  const drivable = routerDrivable(context);
  return unseen && drivable.kind !== "pass" ? drivable : undefined;
}

/** The first revision is stable. */
function become(context: Context, status: ModelRolloutStatus, why: string): Decision {
  const { beginning: _done, ...rest } = withoutIntent(status);
  const { stable } = rest;
  if (!stable) throw new Error("nothing to promote");
  const ending = {
    revision: stable.revision,
    ...(stable.modelVersion === undefined ? {} : { modelVersion: stable.modelVersion }),
    outcome: "Promoted" as const,
    reason: "Promoted" as const,
    message: `the first revision: ${why}`,
  };
  return {
    state: "Idle",
    reason: "Promoted",
    message: `${stable.modelVersion ?? stable.revision} is stable and has all the traffic`,
    status: closeRelease(rest, ending, context.now),
    again: true,
    watch: "active",
  };
}

function fill(
  context: Context,
  stable: NonNullable<ModelRolloutStatus["stable"]>,
  slot: Destination,
): Decision {
  const { status, settings, observed } = context;
  const brought = provision(context, {
    destination: slot,
    revision: stable.revision,
    replicas: settings.replicas,
    mayShrink: true,
  });
  const base = { state: "Starting", watch: "active", actions: brought.actions } as const;
  if (brought.pending)
    return { ...base, ...brought.pending, message: `first revision: ${brought.pending.message}`, status };
  if (carries(observed.router, slot, 100)) {
    return { ...become(context, status, "nothing was there to protect"), actions: brought.actions };
  }
  const written = shift(context, status, { destination: slot, percent: 100, purpose: "repair" });
  return {
    ...base,
    reason: "Shifting",
    message: `first revision: giving slot ${slot} all the traffic`,
    status: written.status,
    actions: [...brought.actions, written.action],
  };
}
