import { annotations } from "../../api/group.ts";
import type { ModelRollout } from "../../api/types.ts";
import { isStale, readyMessage, readyReason, type Situation, situationOf } from "./situation.ts";

export const verbs = ["approve", "promote", "abort", "retry", "pause", "resume", "override-alarms"] as const;
export type Verb = (typeof verbs)[number];

/** What a verb comes to for one object, as it is now. */
export type Act =
  /** A merge patch, and what has been asked for by it in one sentence. */
  | {
      readonly kind: "patch";
      readonly patch: Patch;
      readonly said: string;
      readonly hints: readonly string[];
    }
  /** It was said already, or is the case. */
  | { readonly kind: "done"; readonly said: string }
  | { readonly kind: "refused"; readonly message: string; readonly hints: readonly string[] };

export type Patch =
  | { readonly metadata: { readonly annotations: Readonly<Record<string, string>> } }
  | { readonly spec: { readonly paused: boolean } };

/** What the verb would write. Annotations name the very release that is meant, so none can act on a later one. */
export function act(verb: Verb, rollout: ModelRollout): Act {
  switch (verb) {
    case "approve":
      return approve(rollout);
    case "promote":
      return promote(rollout);
    case "abort":
      return abort(rollout);
    case "retry":
      return retry(rollout);
    case "override-alarms":
      return overrideAlarms(rollout);
    case "pause":
      return pause(rollout, true);
    case "resume":
      return resume(rollout);
  }
}

type Key = keyof Omit<typeof annotations, "keep">;

function annotate(rollout: ModelRollout, key: Key, value: string, said: string): Act {
  const name = annotations[key];
  if (rollout.metadata.annotations?.[name]?.trim() === value) {
    return { kind: "done", said: `${name} is ${value} already` };
  }
  return { kind: "patch", patch: { metadata: { annotations: { [name]: value } } }, said, hints: [] };
}

function refuse(rollout: ModelRollout, message: string, hints: readonly string[] = []): Act {
  const stale = isStale(rollout) ? ["The operator has not seen the latest change of the spec yet."] : [];
  return { kind: "refused", message, hints: [...hints, ...stale] };
}

function approve(rollout: ModelRollout): Act {
  const { awaiting } = rollout.status ?? {};
  if (rollout.metadata.deletionTimestamp === undefined && awaiting !== undefined) {
    const done = annotate(rollout, "approve", awaiting, `approved ${awaiting}`);
    const alarm = readyReason(rollout.status ?? {}) === "AlarmPaused";
    return alarm && done.kind === "patch"
      ? { ...done, hints: ["It goes on once the alarm is quiet."] }
      : done;
  }
  if (rollout.spec.paused === true) {
    return refuse(rollout, "nothing waits for an approval, but spec.paused is true", [
      "resume goes on with the steps.",
    ]);
  }
  return refuse(rollout, `nothing waits for an approval: ${standing(rollout)}`);
}

/** Situations in which there is a release to say something about. */
const open: ReadonlySet<Situation> = new Set(["underWay", "starting"]);

function promote(rollout: ModelRollout): Act {
  const situation = situationOf(rollout);
  const { release } = rollout.status ?? {};
  if (open.has(situation) && release !== undefined) {
    return annotate(
      rollout,
      "promote",
      release,
      `${release} gets all the traffic as soon as capacity and alarms allow`,
    );
  }
  return refuse(rollout, `there is nothing to promote: ${standing(rollout)}`, hintsFor(situation));
}

function abort(rollout: ModelRollout): Act {
  const situation = situationOf(rollout);
  const { release } = rollout.status ?? {};
  if (release !== undefined && (open.has(situation) || situation === "retained")) {
    return annotate(rollout, "abort", release, `${release} is taken back`);
  }
  return refuse(rollout, `there is nothing to abort: ${standing(rollout)}`, hintsFor(situation));
}

function retry(rollout: ModelRollout): Act {
  const situation = situationOf(rollout);
  const { release, failedRelease, rival } = rollout.status ?? {};
  if (situation === "failed" && failedRelease !== undefined) {
    return annotate(rollout, "retry", failedRelease, `the revision of ${failedRelease} is released again`);
  }
  if (situation === "rival" && release !== undefined) {
    return annotate(
      rollout,
      "retry",
      release,
      `takes the rule over as soon as ModelRollout ${rival} lets it go`,
    );
  }
  const blocked = rollout.status?.state === "Blocked";
  const hints = blocked ? ["It goes on by itself as soon as that is put right; retry is not needed."] : [];
  return refuse(rollout, `there is nothing to retry: ${standing(rollout)}`, hints);
}

function overrideAlarms(rollout: ModelRollout): Act {
  const situation = situationOf(rollout);
  const { release } = rollout.status ?? {};
  if (release === undefined || !(open.has(situation) || situation === "retained")) {
    return refuse(rollout, `there is no release to override alarms for: ${standing(rollout)}`);
  }
  const said = `alarms are recorded and not obeyed in ${release}`;
  const done = annotate(rollout, "overrideAlarms", release, said);
  const hint = "Nothing takes it back by itself any more: watch it, and abort if need be.";
  return done.kind === "patch" ? { ...done, hints: [hint] } : done;
}

function pause(rollout: ModelRollout, paused: boolean): Act {
  if ((rollout.spec.paused ?? false) === paused) {
    return { kind: "done", said: `spec.paused is ${paused} already` };
  }
  const said = paused ? "no further step is taken; alarms still guard" : "the steps go on";
  return { kind: "patch", patch: { spec: { paused } }, said, hints: gitOps(rollout) };
}

function resume(rollout: ModelRollout): Act {
  const { awaiting } = rollout.status ?? {};
  if (rollout.spec.paused !== true && awaiting !== undefined) {
    return refuse(rollout, `it is not spec.paused that it waits for: ${standing(rollout)}`, [
      "approve lets it go on.",
    ]);
  }
  return pause(rollout, false);
}

/** What it does instead, in the operator's own words. */
function standing(rollout: ModelRollout): string {
  const status = rollout.status ?? {};
  const message = readyMessage(status);
  switch (situationOf(rollout)) {
    case "unseen":
      return "no operator has looked at it yet";
    case "deleting":
      return "it is being deleted";
    case "idle":
      return `nothing is being released${message === undefined ? "" : ` (${message})`}`;
    default:
      return `${status.state}${message === undefined ? "" : `, ${message}`}`;
  }
}

function hintsFor(situation: Situation): readonly string[] {
  switch (situation) {
    case "failed":
      return ["retry releases the failed revision again; a change of the spec releases another one."];
    case "first":
      return [
        "The first revision has no steps and nothing to go back to: change the spec, or delete the ModelRollout.",
      ];
    case "rival":
      return ["retry takes the rule over once the other ModelRollout lets it go."];
    default:
      return [];
  }
}

/** A GitOps tool that heals drift puts a field of the spec back within moments; annotations it leaves alone. */
function gitOps({ metadata }: ModelRollout): readonly string[] {
  if (metadata.annotations?.["argocd.argoproj.io/tracking-id"] !== undefined) {
    return ["Argo CD manages this object: where it heals itself, change spec.paused in Git instead."];
  }
  if (metadata.labels?.["kustomize.toolkit.fluxcd.io/name"] !== undefined) {
    return ["Flux manages this object and will put spec.paused back: change it in Git instead."];
  }
  return [];
}
