import { finalizer } from "../../api/group.ts";
import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { isFresh } from "../freshness.ts";
import { leave } from "../in-place/posture.ts";
import type { PlannedEvent } from "../plan-data.ts";
import { stableDestination } from "../roles.ts";
import { instant, millis, spoken } from "../time.ts";
import { carries, observedShare, other, stickinessOff, stickinessOn } from "../weights.ts";
import type { Decision } from "./decision.ts";
import { beginRollback, continueRollback } from "./rollback.ts";
import { shift } from "./shift.ts";

/** A namespace must not hang for ever because AWS refuses us: after this the resource goes and everything else stays. */
const GIVE_UP_MS = 300_000;

/**
 * Deletion: all traffic back to stable first, then what the operator owns, unless `modelrollout.dev/keep` says that
 * it stays (design 8).
 */
export function deletionStage(context: Context): Decision | undefined {
  const { rollout, now } = context;
  const since = millis(rollout.metadata.deletionTimestamp);
  if (since === undefined) return undefined;
  if (!rollout.metadata.finalizers?.includes(finalizer)) {
    return { state: "Deleting", reason: "Deleted", message: "nothing is left to do", status: context.status };
  }
  const back = takenBack(context);
  if (!back) return withCookies(context) ?? release(context);
  const giveUpAt = patience(context, since);
  if (now >= giveUpAt) return giveUp(context, back);
  return {
    ...back,
    state: "Deleting",
    reason: back.reason === "Deleted" ? "Deleting" : back.reason,
    message: back.reason === "Deleted" ? back.message : `deleting: ${back.message}`,
    wake: [...(back.wake ?? []), giveUpAt],
  };
}

/** The drain is time that the user asked for, no refusal of AWS: it is waited for, whatever its length. */
function patience({ status }: Context, since: number): number {
  const { rollback } = status;
  const drainUntil = rollback?.zeroAt === undefined ? undefined : millis(rollback.drainUntil);
  return Math.max(since, drainUntil ?? since) + GIVE_UP_MS;
}

/** What is still to be done before anything may be removed; undefined when stable has all the traffic. */
function takenBack(context: Context): Decision | undefined {
  const { status } = context;
  // Another rollout drives the rule: what it carries is none of our business.
  if (status.rival !== undefined && !status.canary) return undefined;
  if (status.canary) {
    if (isStray(status) && status.rollback) return refused(context) ?? asRepair(continueRollback(context));
    return status.rollback
      ? continueRollback(context)
      : beginRollback(context, status, { reason: "Deleted", message: "the ModelRollout is being deleted" });
  }
  if (!status.stable || status.beginning !== undefined) return undefined;
  return unread(context) ?? strayed(context);
}

/** Nobody knows what the rules carry now, or only what they carried a while ago; a rule that does not exist carries nothing. */
function unread({ observed: { router, alarmPollMs }, status, now }: Context): Decision | undefined {
  const problems = router?.targets.flatMap(({ problem }) => problem ?? []) ?? [];
  const blind = problems.find(({ kind }) => kind !== "notFound");
  if (router && !blind && isFresh(router.at, { now, alarmPollMs })) return undefined;
  const base = { state: "Deleting", status, watch: "active" } as const;
  if (router && !blind) {
    // Watched as an active one it is read at once, the first time without waiting for a poll.
    const first = status.state !== "Deleting";
    return { ...base, reason: "Deleted", message: "reading what the rules carry now", again: first };
  }
  return { ...base, reason: "RouterUnreadable", message: blind?.message ?? "the router was not read yet" };
}

/** The canary is only a name for where somebody moved the traffic at rest: nothing was released. */
const isStray = ({ canary, stable }: ModelRolloutStatus): boolean =>
  canary?.unmanaged === true && canary.revision === stable?.revision;

/** At rest every write asks whether the target may be driven, and is granted; only a release's rollback does not. */
function asRepair({ urgent: _urgent, actions = [], ...decision }: Decision): Decision {
  const guarded = actions.map((action) =>
    action.kind === "SetWeights" ? { ...action, purpose: "repair" as const } : action,
  );
  return { ...decision, actions: guarded };
}

/** A target that must be left alone carries traffic elsewhere: nothing is written before that changes. */
function refused({ observed: { router }, status, watched }: Context): Decision | undefined {
  const refusal = router?.targets.flatMap((target) => target.refusal ?? []).at(0);
  if (!refusal || carries(router, watched, 0)) return undefined;
  return { state: "Deleting", ...refusal, status, watch: "active" };
}

/** At rest the traffic is on stable; where somebody moved it, it is taken back like a canary's. */
function strayed(context: Context): Decision | undefined {
  const { status, observed, watched } = context;
  const share = observedShare(observed.router, watched) ?? 0;
  if (!status.stable || status.retained || share === 0) return undefined;
  const canary = { ...status.stable, slot: other(stableDestination(status)), unmanaged: true };
  const strange: ModelRolloutStatus = { ...status, canary };
  const cause = {
    reason: "Deleted",
    message: "the ModelRollout is being deleted and its traffic is not on stable",
  } as const;
  return refused(context) ?? asRepair(beginRollback({ ...context, status: strange }, strange, cause));
}

/**
 * Nothing of ours stays behind in the rule: stickiness that is still off is put back as it was. With `keep`, and where
 * the pods are not ours, it stays off, for cookies would lead clients to the version that was taken back.
 */
function cookiesBack(context: Context): Decision | undefined {
  const { status, observed, requests, settings } = context;
  const { stickiness, stable } = status;
  if (!stickiness || !stable || requests.keep || !settings.hasWorkload) return undefined;
  if (observed.router?.targets.some(({ refusal }) => refusal !== undefined)) return undefined;
  const destination = stableDestination(status);
  if (stickinessOn(observed.router) || !carries(observed.router, destination, 100)) return undefined;
  const written = shift(context, status, {
    destination,
    percent: 100,
    purpose: "restore",
    stickiness: stickiness.durationSeconds,
  });
  return {
    state: "Deleting",
    reason: "Deleting",
    message: `stickiness of ${stickiness.durationSeconds} s is put back`,
    status: written.status,
    actions: [written.action],
    watch: "active",
  };
}

/** What the rule lacks of what it had, and when it may be given back, for the one who goes on without us. */
function cookiesLeftOff({ status, observed }: Context): readonly PlannedEvent[] {
  const { stickiness } = status;
  if (!stickiness || !stickinessOff(observed.router)) return [];
  const note = `stickiness of ${stickiness.durationSeconds} s stays off: cookies would lead clients to the version that was taken back; turn it on again after ${stickiness.restoreAt}`;
  return [{ type: "Warning", reason: "StickinessOff", action: "Delete", note }];
}

/** Tried until a read shows it, or AWS has refused for too long. */
function withCookies(context: Context): Decision | undefined {
  const { rollout, status, now } = context;
  const decision = cookiesBack(context);
  if (!decision) return undefined;
  const giveUpAt = takenBackAt(status, millis(rollout.metadata.deletionTimestamp) ?? now) + GIVE_UP_MS;
  if (now < giveUpAt) return { ...decision, wake: [giveUpAt] };
  return giveUp(context, { ...decision, message: `not done: ${decision.message}` });
}

/** The bindings are asked to go once the traffic is back: a drain before that is no time that they took. */
function takenBackAt({ history }: ModelRolloutStatus, deletedAt: number): number {
  return Math.max(deletedAt, millis(history?.[0]?.finishedAt) ?? deletedAt);
}

function release(context: Context): Decision {
  const { requests, observed, settings, status, rollout, now } = context;
  const base = { state: "Deleting", reason: "Deleting", status, watch: "active" } as const;
  const left = requests.keep && observed.inPlace ? leave(context) : [];
  if (left.length > 0) return { ...base, message: "the Deployment stays as it stands", actions: left };
  if (requests.keep || !settings.hasWorkload) {
    return {
      ...base,
      reason: "Deleted",
      message: "everything stays as it stands, on the stable version",
      actions: [{ kind: "RemoveFinalizer" }],
      events: cookiesLeftOff(context),
    };
  }
  if (observed.bindingsGone !== true) {
    const since = takenBackAt(status, millis(rollout.metadata.deletionTimestamp) ?? now);
    const waiting: Decision = {
      ...base,
      message: "waiting until the load balancer controller lets the TargetGroupBindings go",
      actions: [{ kind: "DeleteBindings" }],
      wake: [since + GIVE_UP_MS],
    };
    return now - since < GIVE_UP_MS ? waiting : giveUp(context, waiting);
  }
  return {
    ...base,
    reason: "Deleted",
    message: "removing Deployments, Services and revisions",
    actions: [{ kind: "DeleteWorkload" }, { kind: "PruneRevisions", keep: [] }, { kind: "RemoveFinalizer" }],
  };
}

function giveUp(context: Context, back: Decision): Decision {
  const message = `gave up after ${spoken(GIVE_UP_MS)}: ${back.message}; Deployments, Services and weights stay as they are at ${instant(context.now)}`;
  return {
    state: "Deleting",
    reason: "DeletionGaveUp",
    message,
    status: context.status,
    actions: [{ kind: "RemoveFinalizer" }],
    events: [{ type: "Warning", reason: "DeletionGaveUp", action: "Delete", note: message }],
    watch: "active",
  };
}
