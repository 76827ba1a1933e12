import type { Destination, RollSettings, TakenBack } from "./observed.ts";

/**
 * One outside effect. Every action is absolute (it says what shall be, never by how much) and safe to repeat.
 * The executor performs a plan's actions in order and stops at the first that fails.
 */
export type Action =
  /** Keeps the content of a revision as a ControllerRevision, before the first effect of its release. */
  | { readonly kind: "StoreRevision"; readonly revision: string }
  /** Asks the API server, by a strict dry-run, whether the wanted template would be accepted. */
  | { readonly kind: "ProveTemplate"; readonly revision: string; readonly destination: Destination }
  /** Service and TargetGroupBinding of a slot. */
  | { readonly kind: "EnsureEndpoints"; readonly destination: Destination }
  /** The slot's Deployment, rendered from a stored revision, with this many replicas. */
  | {
      readonly kind: "RenderSlot";
      readonly destination: Destination;
      readonly revision: string;
      readonly replicas: number;
    }
  /** Touches nothing but the replicas of a slot's Deployment. */
  | { readonly kind: "ScaleSlot"; readonly destination: Destination; readonly replicas: number }
  /** The only action that moves traffic; at most one in a plan. */
  | {
      readonly kind: "SetWeights";
      readonly weights: Readonly<Record<Destination, number>>;
      readonly purpose: "raise" | "repair" | "rollback" | "restore";
      readonly stickiness: "keep" | "off" | number;
      /** Only these targets (a repair of one rule); absent: all. */
      readonly only?: readonly string[];
      /** For a raise: what the canary's destination must still carry before the write. */
      readonly expected?: { readonly destination: Destination; readonly share: number };
    }
  /**
   * The Deployment that is rolled in place, in one patch: its template, what holds the roll, and our label. Fields that
   * are absent stay as they stand.
   */
  | {
      readonly kind: "ShapeDeployment";
      /** Refused when another object has the name. */
      readonly uid: string;
      /** Refused when the spec has changed since; absent: whatever stands is replaced. */
      readonly generation?: number;
      /** A stored revision. */
      readonly template?: string;
      readonly settings?: RollSettings;
      /** Only of a Deployment of ours. */
      readonly replicas?: number;
      readonly paused: boolean;
      readonly mark: "none" | "adopted" | "released";
      /** With `released`: the revision that the user's own settings are stored with. */
      readonly release?: string;
      /** With `released`: it is the way back of this release, for this reason. */
      readonly back?: TakenBack;
      /** Raises the canary's share of pods (I2). */
      readonly raise?: true;
    }
  /** Makes the one Deployment of a rollout with `template`, from a stored revision; refused when the name is in use. */
  | {
      readonly kind: "CreateDeployment";
      readonly revision: string;
      readonly replicas: number;
      readonly settings: RollSettings;
    }
  /** Deletes the empty ReplicaSets of a revision that shall not come back by a scale. */
  | { readonly kind: "DeletePodSets"; readonly revision: string }
  /** Takes the operator's entry out of the Deployment's managedFields. */
  | { readonly kind: "DisownFields" }
  /** Deletes the bindings first, then, once their targets are gone, Deployments and Services; by UID. */
  | { readonly kind: "DeleteBindings" }
  | { readonly kind: "DeleteWorkload" }
  /** Drops ControllerRevisions that are no longer stable, canary or retained. */
  | { readonly kind: "PruneRevisions"; readonly keep: readonly string[] }
  /** Lets the resource go. */
  | { readonly kind: "RemoveFinalizer" }
  | { readonly kind: "AddFinalizer" };
