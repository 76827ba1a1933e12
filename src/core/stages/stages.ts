import { finalizer } from "../../api/group.ts";
import type { ModelRolloutSpec } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { laterSettingsFirst } from "../in-place/own-settings.ts";
import { ownedFirst } from "../in-place/owned-first.ts";
import { ownedBlocked, ownedIdle } from "../in-place/owned-stages.ts";
import { inPlaceBlocked, inPlaceDeletion, inPlaceFirst, inPlaceIdle } from "../in-place/stages.ts";
import { isOpen, openRelease } from "../releases.ts";
import type { Decision } from "./decision.ts";
import { deletionStage } from "./deletion.ts";
import { firstStage } from "./first.ts";
import { retainCause } from "./guards.ts";
import { idleStage } from "./idle.ts";
import { releaseStage } from "./release.ts";
import { beginReturn, beginRollback, continueRollback } from "./rollback.ts";

type Stage = (context: Context) => Decision | undefined;

/** A kind of traffic or workload that is in the schema but cannot be driven by this build. */
const unsupportedStage: Stage = ({ observed, status }) =>
  observed.unsupported === undefined
    ? undefined
    : {
        state: "Blocked",
        reason: "NotSupported",
        message: observed.unsupported,
        status,
        stalled: true,
        watch: "idle",
      };

/** What two rollouts may want at the same time, as people call it. */
function drivenThing({ traffic }: ModelRolloutSpec): string {
  if (traffic.rollingUpdate) return "Deployment";
  return traffic.appMesh ? "route" : "rule";
}

/** Two rollouts on one rule: the younger stands back until a person says `retry` (design, "Around"). */
const rivalStage: Stage = ({ rollout, observed, status, now }) => {
  const rival = observed.rival ?? status.rival;
  if (rival === undefined || status.canary || status.rollback) return undefined;
  const { revision } = observed.wanted;
  const atRest = status.stable?.revision === revision;
  const known = (atRest && status.release !== undefined) || isOpen(status, revision);
  const named = known ? status : openRelease(status, revision, now);
  const thing = drivenThing(rollout.spec);
  return {
    state: "Blocked",
    reason: "OwnedByAnother",
    message:
      observed.rival === undefined
        ? `ModelRollout ${rival} no longer drives the same ${thing}; take over with modelrollout.dev/retry: ${named.release}`
        : `ModelRollout ${rival} drives the same ${thing}: name another ${thing} here, or delete one of the two`,
    status: { ...named, rival },
    stalled: true,
    watch: "idle",
  };
};

/**
 * Held before the first effect: without it a deletion would leave traffic where it is. Where somebody removed it in
 * mid-release, the guards still come first, and it is added beside whatever is decided (`decide`).
 */
const finalizerStage: Stage = ({ rollout, status }) =>
  rollout.metadata.finalizers?.includes(finalizer) || status.canary || status.rollback
    ? undefined
    : {
        state: status.state ?? "Starting",
        reason: "Starting",
        message: "seen for the first time",
        status,
        actions: [{ kind: "AddFinalizer" }],
        watch: "active",
      };

/** A stored spec that today's rules refuse: nothing goes forward, a canary is taken back, and in retain alarms act. */
const invalidSpecStage: Stage = (context) => {
  const { settings, status } = context;
  if (settings.invalid === undefined || status.rollback) return undefined;
  const cause = { reason: "SpecInvalid", message: settings.invalid } as const;
  if (status.canary) return beginRollback(context, status, cause);
  const back = status.retained ? retainCause(context) : undefined;
  if (back) return beginReturn(context, back);
  const watch = status.retained ? "active" : "idle";
  return { state: "Blocked", ...cause, status, stalled: true, watch };
};

const rollbackStage: Stage = (context) => (context.status.rollback ? continueRollback(context) : undefined);

/** Stages that are only for a Deployment that somebody else made. */
const adopted =
  (stage: Stage): Stage =>
  (context) =>
    context.observed.inPlace?.owned ? undefined : stage(context);

/** The first that has something to say decides. */
const stages: readonly Stage[] = [
  adopted(inPlaceDeletion),
  deletionStage,
  unsupportedStage,
  invalidSpecStage,
  finalizerStage,
  rivalStage,
  adopted(inPlaceBlocked),
  ownedBlocked,
  ownedFirst,
  adopted(inPlaceFirst),
  firstStage,
  rollbackStage,
  releaseStage,
  ownedIdle,
  adopted(inPlaceIdle),
  idleStage,
];

export function decide(context: Context): Decision {
  const cleared = withoutRival(context);
  for (const stage of stages) {
    const decision = stage(cleared);
    if (decision) return withFinalizer(cleared, laterSettingsFirst(cleared, decision));
  }
  throw new Error("no stage decided: a rollout is first, released, taken back or idle");
}

function withFinalizer({ rollout, status }: Context, decision: Decision): Decision {
  const { deletionTimestamp, finalizers } = rollout.metadata;
  const needed = status.canary !== undefined || status.rollback !== undefined;
  if (!needed || deletionTimestamp !== undefined || finalizers?.includes(finalizer)) return decision;
  return { ...decision, actions: [...(decision.actions ?? []), { kind: "AddFinalizer" }] };
}

/**
 * A rival that is gone and that a person took over from is forgotten. The release gets a new name, so that the same
 * `retry` does not also retry it should it fail later.
 */
function withoutRival(context: Context): Context {
  const { rival, ...status } = context.status;
  const { observed, requests, now } = context;
  const over = rival !== undefined && observed.rival === undefined && requests.retry === status.release;
  if (!over) return context;
  const atRest = status.stable?.revision === observed.wanted.revision;
  return { ...context, status: atRest ? status : openRelease(status, observed.wanted.revision, now) };
}
