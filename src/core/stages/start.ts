import type { ModelRolloutStatus } from "../../api/types.ts";
import { type Context, judgeAll } from "../context.ts";
import { alarmsAllowStart, block, type GateAnswer, pass, wait } from "../gates/alarm-gates.ts";

import { routerDrivable, routerSettled, targetName } from "../gates/router-gates.ts";
import { sizedFirst } from "../in-place/owned.ts";

import { enoughReplicas } from "../in-place/release.ts";
import { closeRelease, isOpen, openRelease } from "../releases.ts";
import { slotOf, stableDestination } from "../roles.ts";
import { millis } from "../time.ts";
import { other } from "../weights.ts";
import type { Decision } from "./decision.ts";
import { stepAt, stepStage } from "./step.ts";

type StartGate = (context: Context) => GateAnswer;

const notPaused: StartGate = ({ settings }) =>
  settings.paused
    ? wait("PausedBySpec", "spec.paused is true: the release starts when it is false")
    : pass("not paused");

const somethingToRun: StartGate = (context) =>
  enoughReplicas(context) ?? hasReplicas(context) ?? sizedFirst(context) ?? pass("replicas are asked for");

const hasReplicas = ({ settings }: Context): GateAnswer | undefined =>
  settings.hasWorkload && settings.replicas === 0
    ? wait("CapacityPending", "spec.replicas is 0: the release starts when it is above 0")
    : undefined;

/** Names, target group and binding of the slot that the canary will have are free. */
export function slotFree(context: Context, destination: "a" | "b"): GateAnswer {
  const slot = slotOf(context, destination);
  if (!slot) return pass("no slot of ours");
  const name = slot.foreign[0];
  if (name !== undefined) {
    return block("NameTaken", `${name} exists and is not ours: rename one of the two`);
  }
  if (slot.foreignBinding !== undefined) {
    return block(
      "BindingExists",
      `TargetGroupBinding ${slot.foreignBinding} fills the target group of slot ${destination}: delete it or name another group`,
    );
  }
  if (context.observed.capacity === "pods") return pass(`slot ${destination} is free`);
  const health = context.observed.health?.[destination];
  if (!health) return wait("Starting", `reading the target group of slot ${destination}`);
  if (health.problem) return wait("RouterUnreadable", health.problem.message);
  const strangers = slot.foreignTargets.length;
  if (strangers > 0 && !slot.deployment) {
    return block(
      "ForeignTargets",
      `the target group of slot ${destination} holds ${strangers} target(s) that are not ours (${slot.foreignTargets[0]}): deregister them`,
    );
  }
  return pass(`slot ${destination} is free`);
}

/** Somebody gave the idle slot traffic, and it was put back a moment ago: before its pods make room they serve what is under way. */
function draining({ status, observed, settings, now }: Context, slot: "a" | "b"): GateAnswer | undefined {
  const repairedAt = millis(status.drift?.repairs.at(-1));
  const { replicas = 0, revision } = observed.slots?.[slot].deployment ?? {};
  const emptied = replicas > 0 && revision !== observed.wanted.revision;
  return emptied && repairedAt !== undefined && now < repairedAt + settings.drainMs
    ? wait("Draining", `slot ${slot} had traffic that somebody else gave it, and drains`)
    : undefined;
}

/** Judged on a read that began after the release was seen: somebody's targets may have come since the last one. */
const candidateFree: StartGate = (context) => {
  const destination = other(stableDestination(context.status));
  const health = context.observed.health?.[destination];
  const seen = millis(context.status.releaseStartedAt) ?? 0;
  return context.observed.slots && health && health.at < seen
    ? wait("Starting", `reading the target group of slot ${destination}`)
    : (draining(context, destination) ?? slotFree(context, destination));
};

/** The strict dry-run of the template; `ProveTemplate` asks for it. */
export const templateProven: StartGate = ({ observed, settings }) => {
  if (!makesPods({ settings, observed })) return pass("no template of ours");
  const { proof, wanted } = observed;
  if (proof?.revision !== wanted.revision)
    return wait("Starting", "asking the API server about the template");
  return proof.ok
    ? pass("the API server accepts the template")
    : block("TemplateInvalid", proof.message ?? "refused");
};

/** The pods are made from `spec.template`: in slots, or in one Deployment of ours. */
function makesPods({ settings, observed }: Pick<Context, "settings" | "observed">): boolean {
  return settings.hasWorkload && (!observed.inPlace || observed.inPlace.owned !== undefined);
}

/** A release drives its targets to the end, whatever their tags say later: whose they are is asked before it begins. */
const ownerAsked: StartGate = ({ observed }) => {
  const open = observed.router?.targets.find(({ unguarded }) => unguarded === true);
  return open
    ? wait("Starting", `asking whose ${targetName(open)} is`)
    : pass("whose the targets are was asked");
};

const startGates: Readonly<Record<string, StartGate>> = {
  notPaused,
  somethingToRun,
  routerDrivable,
  routerSettled,
  candidateFree,
  templateProven,
  alarmsAllowStart,
  ownerAsked,
};

/**
 * A new revision: it gets a release name at the first sight (so that annotations can name it), and starts once every
 * gate is open (design, "How a release runs", 1).
 */
export function startStage(context: Context): Decision {
  const { observed, now } = context;
  const { wanted } = observed;
  const status = isOpen(context.status, wanted.revision) ? context.status : opened(context);
  if (context.requests.abort === status.release) return abortedEarly(context, status);
  const bare = { ...context, status };
  const seen = { ...bare, verdicts: judgeAll(bare, millis(status.releaseStartedAt) ?? now) };
  const answers = Object.entries(startGates).map(([gate, ask]) => ({ gate, answer: ask(seen) }));
  const gates = answers.map(({ gate, answer }) => ({
    gate,
    passed: answer.kind === "pass",
    message: answer.message,
  }));
  const blocked = answers.map(({ answer }) => answer).find(({ kind }) => kind === "block");
  const closed = blocked ?? answers.map(({ answer }) => answer).find(({ kind }) => kind === "wait");
  if (!closed || closed.kind === "pass") return begin(seen);
  const asked = observed.proof?.revision === wanted.revision;
  const destination = other(stableDestination(status));
  return {
    state: closed.reason === "PausedBySpec" ? "Paused" : closed.kind === "block" ? "Blocked" : "Starting",
    reason: closed.reason,
    message: `${wanted.modelVersion ?? wanted.revision}: ${closed.message}`,
    status,
    stalled: closed.kind === "block",
    // Only a look that this plan's own watch asks for tells; it is taken at once.
    again: asksOwner(closed, answers),
    actions:
      makesPods(context) && !asked ? [{ kind: "ProveTemplate", revision: wanted.revision, destination }] : [],
    gates,
    watch: "active",
  };
}

const asksOwner = (
  closed: GateAnswer,
  answers: readonly { readonly gate: string; readonly answer: GateAnswer }[],
): boolean => answers.some(({ gate, answer }) => gate === "ownerAsked" && answer === closed);

/** From here on a revision that failed before is forgiven: the spec names another one, or a person retries it. */
function opened({ status, observed, now }: Context): ModelRolloutStatus {
  const { failedRevision: _r, failedRelease: _n, failedReason: _w, ...rest } = status;
  return openRelease(rest, observed.wanted.revision, now);
}

/** A person aborts what has not begun: it never does. */
function abortedEarly({ observed, now }: Context, status: ModelRolloutStatus): Decision {
  const { revision, modelVersion } = observed.wanted;
  const message = `a person aborted ${status.release} before it began`;
  const closed = closeRelease(
    status,
    {
      revision,
      ...(modelVersion === undefined ? {} : { modelVersion }),
      outcome: "RolledBack",
      reason: "Aborted",
      message,
    },
    now,
  );
  return {
    state: "RolledBack",
    reason: "RolledBack",
    message: `Aborted: ${message}`,
    status: {
      ...closed,
      failedRevision: revision,
      failedReason: "Aborted",
      ...(status.release === undefined ? {} : { failedRelease: status.release }),
    },
    again: true,
    stalled: true,
  };
}

function begin(context: Context): Decision {
  const { observed } = context;
  const { retained: _old, ...rest } = context.status;
  const { wanted } = observed;
  const slot = other(stableDestination(rest));
  const status: ModelRolloutStatus = {
    ...rest,
    canary: {
      revision: wanted.revision,
      hashVersion: wanted.hashVersion,
      ...(wanted.modelVersion === undefined ? {} : { modelVersion: wanted.modelVersion }),
      ...(observed.inPlace ? {} : { slot }),
      replicas: 0,
      readyReplicas: 0,
    },
    weight: {
      ...rest.weight,
      desired: 0,
      acknowledged: 0,
      ...(observed.inPlace ? { of: context.settings.replicas } : {}),
    },
    step: stepAt(context, 0),
    ...(observed.inPlace?.owned ? { size: context.settings.replicas } : {}),
  };
  return stepStage({ ...context, status, watched: slot });
}
