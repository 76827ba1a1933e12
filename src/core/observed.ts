import type { Reason } from "../api/types.ts";

/**
 * The snapshot that one decision is made on. `observe` (src/controller) gathers it, nothing in src/core fetches.
 * Instants are wall-clock milliseconds since the epoch unless a name says `monotonic`; durations are milliseconds.
 */

/** One of the two places traffic can go to: slots `a` and `b` (target groups, virtual nodes). */
export type Destination = "a" | "b";

/** Why something outside could not be read or written (facts: error classes; src/aws/errors.ts maps to this). */
export interface AccessProblem {
  /**
   * throttled, unreachable: try again soon. denied: credentials or rights. notFound, invalid: final until the
   * spec or the world changes. foreign: somebody else owns it.
   */
  readonly kind: "throttled" | "unreachable" | "denied" | "notFound" | "invalid";
  /** One line for people: what was asked for, what was answered. */
  readonly message: string;
}

/** One listener rule, listener default action or route, as last read. */
export interface TargetRead {
  readonly kind: "ListenerRule" | "Listener" | "Route" | "Deployment";
  readonly id: string;
  /** Exact share in percent of each destination (they sum to 100); absent when all weights are 0 or it could not be read. */
  readonly shares?: Readonly<Record<Destination, number>>;
  /** The raw weights as the service gave them, for messages. */
  readonly raw?: Readonly<Record<Destination, number>>;
  /** Group-level stickiness, when it is on. */
  readonly stickySeconds?: number;
  /** Set when the read failed. */
  readonly problem?: AccessProblem;
  /** Where `shares` says which step a Deployment has reached: the true share of each among the Ready pods. */
  readonly trueShares?: Readonly<Record<Destination, number>>;
  /** Set when the target was read but must not be driven (a third group with weight, a group missing, another controller's). */
  readonly refusal?: { readonly reason: RouterRefusal; readonly message: string };
  /** Nobody was asked whether it must be left alone: this read only compares weights. No release starts on it. */
  readonly unguarded?: true;
  /** What people should know of a target that was read and may be driven (somebody else has written it), in one line. */
  readonly note?: string;
}

/** Reasons (src/api/reasons.ts) for which a target that could be read must not be driven. */
export type RouterRefusal =
  | "ThirdGroupHasWeight"
  | "GroupMissing"
  | "OwnedByAnother"
  | "NotGranted"
  | "OtherAccount"
  | "StickyTargets"
  | "NotAForward";

/** All targets of one rollout, read together. */
export interface RouterRead {
  /** When the read began. */
  readonly at: number;
  readonly targets: readonly TargetRead[];
}

/** Health of one destination's target group. */
export interface HealthRead {
  /** When the read began. */
  readonly at: number;
  /** Addresses (IP, or instance id) registered, whatever their health, without those draining. */
  readonly registered: readonly string[];
  /** Of these, the healthy ones; `unused` (no rule uses the group) is not healthy. */
  readonly healthy: readonly string[];
  readonly problem?: AccessProblem;
}

/** What CloudWatch says of one alarm. */
export interface AlarmRead {
  readonly name: string;
  readonly region: string;
  /** When the read that gave this answer began. */
  readonly at: number;
  readonly outcome: "read" | "missing" | "problem";
  readonly problem?: AccessProblem;
  readonly state?: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  /** EvaluationState EVALUATION_ERROR or EVALUATION_FAILURE: the state is stale. */
  readonly evaluationBroken?: string;
  /** StateTransitionedTimestamp, as an RFC 3339 string: compared for equality only, never with a clock. */
  readonly transitionedAt?: string;
  /** Period x EvaluationPeriods, for metric alarms. */
  readonly windowMs?: number;
  /**
   * What DescribeAlarmHistory said of the time since the baseline, asked only when `transitionedAt` differs from it:
   * fired = it was in ALARM, quiet = it was not, unknown = could not be told (yet).
   */
  readonly history?: { readonly since: string; readonly answer: "fired" | "quiet" | "unknown" };
}

/** One slot's objects in the cluster. */
export interface SlotRead {
  readonly deployment?: {
    readonly uid: string;
    /** The revision it was rendered from (label). */
    readonly revision: string;
    readonly replicas: number;
    /** `status.observedGeneration` has caught up. */
    readonly current: boolean;
    readonly deleting: boolean;
  };
  /** Pods of the slot that exist, of whatever revision, terminating ones included. */
  readonly pods: number;
  /** Ready pods of `deployment.revision`, not terminating. */
  readonly ready: number;
  /** Of these, how many addresses are healthy in the slot's target group; equals `ready` where there is no group. */
  readonly serving: number;
  /** Service (and binding) stand and are as they should be. */
  readonly endpoints: boolean;
  /** Objects of the names we need that are not ours: "Deployment sentiment-a". */
  readonly foreign: readonly string[];
  /** Why pods are not Ready, in one line, when Kubernetes says (CrashLoopBackOff, ImagePullBackOff, Unschedulable …). */
  readonly trouble?: string;
  /** Registered addresses of the slot's group that belong to no pod of ours. */
  readonly foreignTargets: readonly string[];
  /** Another TargetGroupBinding (namespace/name) on the slot's group. */
  readonly foreignBinding?: string;
}

/** What of a Deployment a roll in place changes besides its template, all of it the user's own. */
export interface RollSettings {
  readonly type: string;
  readonly maxUnavailable: number | string;
  readonly maxSurge: number | string;
  readonly minReadySeconds: number;
  readonly progressDeadlineSeconds: number;
}

/** What a way back in place is noted as in the Deployment, with the template that it puts back. */
export interface TakenBack {
  readonly release: string;
  readonly reason: Reason;
  /** The revision that was asked for meanwhile and comes after it. */
  readonly next?: string;
}

/** The Deployment that is rolled in place. */
export interface RolledDeployment {
  readonly uid: string;
  /** Changes with the spec only; a write names it, so that none is made over a change that was not seen. */
  readonly generation: number;
  /** `status.observedGeneration` has caught up. */
  readonly current: boolean;
  /** Replicas were changed, and its ReplicaSets do not all show it yet: what they count is of before. */
  readonly unscaled?: true;
  readonly replicas: number;
  readonly paused: boolean;
  /** The revision that its template is. */
  readonly template: string;
  /** As they stand now, the brake included. */
  readonly settings: RollSettings;
  /** Label of ours: known, or in the middle of a release (then the brake policy guards it). */
  readonly mark: "none" | "adopted" | "released";
  /** Another controller drives it: who that is and what to do, the end of a sentence that begins with the Deployment. */
  readonly foreign?: string;
  /** We put the stable template back ourselves, whatever the status says. */
  readonly takenBack?: TakenBack;
  /** Our entry in managedFields: at rest it must be gone, so that the user's next apply meets no conflict. */
  readonly holdsFields: boolean;
}

/** All pods of one revision: its ReplicaSets together. */
export interface PodSetRead {
  readonly revision: string;
  /** Pods asked for. */
  readonly wanted: number;
  /** Pods that exist and are not terminating. */
  readonly pods: number;
  /** Ready in the sense of the user's own minReadySeconds. */
  readonly ready: number;
  /** As Kubernetes counts them, by the minReadySeconds that stand: under the brake none, once it has counted anew. */
  readonly available?: number;
}

/** Settings that wait for the end of a release. */
export interface LaterSettings {
  readonly settings: RollSettings;
  /** They are stored with the release. */
  readonly stored: boolean;
  /** They, and not ours, stand in the Deployment. */
  readonly standing: boolean;
}

/** A Deployment rolled in place, as last read. */
export interface InPlaceRead {
  /** `namespace/name`. */
  readonly id: string;
  readonly deployment?: RolledDeployment;
  /**
   * Only where the operator makes the Deployment, from `spec.template`. `taken`: the name is somebody else's object's;
   * `going`: ours is being deleted. In both cases `deployment` is absent.
   */
  readonly owned?: { readonly taken: boolean; readonly going: boolean };
  readonly sets: readonly PodSetRead[];
  /** The user's own settings: those stored at the start of the release under way, else those that stand. */
  readonly own: RollSettings;
  /** Somebody wrote settings in mid-release, and no policy hid them: they are the user's own after it. */
  readonly later?: LaterSettings;
  /** Why pods of the Deployment's template are not Ready, in one line, when Kubernetes says. */
  readonly trouble?: string;
  /** Stored revisions whose settings are `own`. */
  readonly kept: readonly string[];
  /** The two admission policies stand and let this process through; a message: they stand and do not. */
  readonly policies: "present" | "absent" | { readonly refused: string };
}

/** The revision that the spec asks for. */
export interface WantedRevision {
  /** 10 hex characters; a stored revision with equal content keeps its name whatever today's hash would be. */
  readonly revision: string;
  readonly hashVersion: string;
  readonly modelVersion?: string;
  /** Without a workload: where all traffic shall end up. */
  readonly destination?: Destination;
}

/** Answer of the API server's strict dry-run of the wanted revision's template. */
export interface TemplateProof {
  readonly revision: string;
  readonly ok: boolean;
  readonly message?: string;
}

/** Everything that one plan may know. */
export interface Observed {
  readonly now: number;
  readonly wanted: WantedRevision;
  /** Names of revisions kept as ControllerRevisions. */
  readonly storedRevisions: readonly string[];
  readonly proof?: TemplateProof;
  /** Absent without a workload. */
  readonly slots?: Readonly<Record<Destination, SlotRead>>;
  /** Only for a Deployment that is rolled in place. */
  readonly inPlace?: InPlaceRead;
  /** Absent until the first read ended. */
  readonly router?: RouterRead;
  readonly health?: Readonly<Record<Destination, HealthRead>>;
  /**
   * pods: the service has no targets whose health could be read. Ready pods of our slots are the capacity then, and what
   * runs outside cannot be seen. Absent: targets.
   */
  readonly capacity?: "targets" | "pods";
  readonly alarms: readonly AlarmRead[];
  /** Another ModelRollout ("namespace/name") that drives the same rule. */
  readonly rival?: string;
  /** The traffic or workload kind is in the schema but this build cannot drive it. */
  readonly unsupported?: string;
  /**
   * What remains of the hold that ends at `until` (status.step.holdUntil, to the letter) by this process's monotonic
   * clock, counted from when this process took over.
   */
  readonly monotonicHold?: { readonly until: string; readonly remaining: number };
  /**
   * Time since `since` (the read-back of weight 0 that a drain counts from, to the letter) by this process's monotonic
   * clock. A drain that it found when it took over counts from then: its clock may be another than the one before's.
   */
  readonly drainClock?: { readonly since: string; readonly elapsed: number };
  /** Process flags that bound the age of evidence. */
  readonly alarmPollMs: number;
  /** Region of alarms that name none, where the traffic names none either. */
  readonly defaultRegion: string;
  /** One line that says how traffic is moved, for the column Router: `ALB 1 rule`. */
  readonly routerDescription: string;
  /** What everybody must know of this way to move traffic, in one line. */
  readonly routerNotice?: string;
  /** The spec names other rules or groups than the running release drives: the edit waits for its end. */
  readonly trafficFrozen?: boolean;
  /** What the last effect that failed was told, in one line, until one succeeds. */
  readonly failure?: string;
  /** Bindings are gone (or there never were any): a deletion may go on. */
  readonly bindingsGone?: boolean;
}
