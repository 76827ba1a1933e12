import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import { block, type GateAnswer, pass, wait } from "../gates/alarm-gates.ts";
import type { InPlaceRead, RolledDeployment } from "../observed.ts";
import { closeRelease, isOpen, openRelease } from "../releases.ts";
import type { Decision } from "../stages/decision.ts";
import { beginRollback } from "../stages/rollback.ts";
import { templateProven } from "../stages/start.ts";
import { instant } from "../time.ts";
import { LOOK_AGAIN_MS, ownedAtRest, remake } from "./owned.ts";
import { podsBeside, podsOf } from "./view.ts";

/** The first sight of a rollout whose one Deployment we make: nothing is there to protect, so there are no steps. */
export function ownedFirst(context: Context): Decision | undefined {
  const { status, observed } = context;
  const { inPlace } = observed;
  if (!inPlace?.owned || status.canary || status.rollback) return undefined;
  if (status.beginning !== undefined) return bringUp(context, inPlace);
  if (status.stable) return undefined;
  return (inPlace.deployment && found(context, inPlace, inPlace.deployment)) ?? bringUp(context, inPlace);
}

/** The status was lost: what our own Deployment runs is the stable version, or a release was under way. */
function found(context: Context, inPlace: InPlaceRead, deployment: RolledDeployment): Decision | undefined {
  const { status, observed } = context;
  const taken = interrupted(context, inPlace, deployment);
  if (taken) return taken;
  if (!observed.storedRevisions.includes(deployment.template)) return undefined;
  const stable = { revision: deployment.template, replicas: deployment.replicas, readyReplicas: 0 };
  return {
    state: "Starting",
    reason: "Starting",
    message: `Deployment ${inPlace.id} is ours and runs ${deployment.template}: it is the stable version`,
    status: { ...status, stable, weight: { desired: 0, acknowledged: 0 } },
    again: true,
    watch: "active",
  };
}

/** The brake is on: of two versions with pods nobody knows how far the new one was allowed to go. */
function interrupted(
  context: Context,
  inPlace: InPlaceRead,
  { mark, template }: RolledDeployment,
): Decision | undefined {
  if (mark !== "released") return undefined;
  const { storedRevisions } = context.observed;
  const others = inPlace.sets.filter(({ revision, pods }) => revision !== template && pods > 0);
  const before = others.find(({ revision }) => storedRevisions.includes(revision));
  if (!before) return undefined;
  const role = (revision: string) => ({ revision, replicas: 0, readyReplicas: 0 });
  const found = { ...context.status, stable: role(before.revision), canary: role(template) };
  // It gets a name, by which a person can retry it.
  const status = openRelease(found, template, context.now);
  return beginRollback({ ...context, status }, status, {
    reason: "Aborted",
    message: "the status of a release under way was lost: nobody knows how far it had come",
  });
}

/** Status with the spec's revision as the first one; the spec may still change before anything serves. */
function taking({ status, observed, now }: Context): ModelRolloutStatus {
  const { revision, hashVersion, modelVersion } = observed.wanted;
  if (status.beginning !== undefined && status.stable?.revision === revision) return status;
  const open = isOpen(status, revision) ? status : openRelease(status, revision, now);
  return {
    ...open,
    beginning: instant(now),
    stable: {
      revision,
      hashVersion,
      ...(modelVersion === undefined ? {} : { modelVersion }),
      replicas: 0,
      readyReplicas: 0,
    },
    weight: { desired: 0, acknowledged: 0 },
  };
}

/** The first revision is stable. */
function settled(context: Context, why: string): Decision {
  const { beginning: _done, ...status } = context.status;
  const { stable } = status;
  if (!stable) throw new Error("nothing to promote");
  const { revision, modelVersion } = stable;
  const version = modelVersion === undefined ? {} : { modelVersion };
  const message = `the first revision: ${why}`;
  const ending = { revision, ...version, outcome: "Promoted", reason: "Promoted", message } as const;
  return {
    state: "Idle",
    reason: "Promoted",
    message: `${modelVersion ?? revision} is stable and has all the traffic`,
    status: closeRelease(status, ending, context.now),
    again: true,
    watch: "active",
  };
}

/** Alarms must exist and be readable, but are not obeyed: without traffic many of them fire (docs/adr/0003). */
function bringUp(context: Context, inPlace: InPlaceRead): Decision {
  const before = context.status.stable?.revision;
  // The spec went on while the first revision serves already: it is taken away no more.
  if (before !== context.observed.wanted.revision && podsOf(inPlace, before).ready > 0) {
    return settled(context, "it serves already, and the spec went on");
  }
  const status = taking(context);
  const { stable } = status;
  if (!stable) throw new Error("nothing to bring up");
  const current = { ...context, status };
  const blind = context.verdicts.find((verdict) => verdict.blind);
  const answers: readonly GateAnswer[] = [
    context.settings.paused ? wait("PausedBySpec", "spec.paused is true") : pass(""),
    templateProven(current),
    blind ? block("AlarmUnreadable", blind.message) : pass(""),
  ];
  const closed =
    answers.find((answer) => answer.kind === "block") ?? answers.find((answer) => answer.kind === "wait");
  if (closed && closed.kind !== "pass") {
    const asked = context.observed.proof?.revision === stable.revision;
    const proof: Action = { kind: "ProveTemplate", revision: stable.revision, destination: "a" };
    return {
      state: closed.kind === "block" ? "Blocked" : closed.reason === "PausedBySpec" ? "Paused" : "Starting",
      reason: closed.reason,
      message: closed.message,
      status,
      actions: asked ? [] : [proof],
      stalled: closed.kind === "block",
      watch: "active",
    };
  }
  return fill(current, inPlace, stable.revision);
}

/** Made, and as many pods Ready as the spec asks for. */
function fill(context: Context, inPlace: InPlaceRead, revision: string): Decision {
  const { status, settings, observed, now } = context;
  const { deployment } = inPlace;
  const stored = observed.storedRevisions.includes(revision);
  const store: readonly Action[] = stored ? [] : [{ kind: "StoreRevision", revision }];
  const { replicas } = settings;
  const { ready } = podsOf(inPlace, revision);
  const stands = deployment?.current && deployment.template === revision && deployment.replicas === replicas;
  if (stands && ready >= replicas && podsBeside(inPlace, revision) === 0) {
    return settled(context, "nothing was there to protect");
  }
  const remade = remake(context);
  return {
    state: "Starting",
    reason: "CapacityPending",
    message: `first revision: ${remade ? waitsFor(inPlace) : `${ready} of ${replicas} pods of ${revision} Ready in Deployment ${inPlace.id}`}`,
    status,
    actions: [...store, ...(remade ? remade.actions : ownedAtRest(context))],
    ...(remade ? { wake: [now + LOOK_AGAIN_MS] } : {}),
    watch: "active",
  };
}

const waitsFor = ({ id, owned }: InPlaceRead) =>
  owned?.going ? `Deployment ${id} is being deleted: it is made then` : `Deployment ${id} is being made`;
