import type { ModelRollout } from "../../api/types.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import type { StoredRevision } from "../../workloads/slots/revisions.ts";
import type { Patch } from "../act/act.ts";
import type { AdoptedDeployment } from "../plan/scene.ts";

export type RolloutObject = ModelRollout & KubeObject;

/** How the API server takes an object that is only tried out. */
export type Trial<T> =
  | { readonly ok: true; readonly object: T }
  /** What it said, one finding a line. */
  | { readonly ok: false; readonly messages: readonly string[] };

export interface RolloutWatcher {
  /** The object as it is now; undefined when there is none. */
  changed(rollout: RolloutObject | undefined): void;
  /** The connection is gone and is being made again, in one sentence. */
  trouble(message: string): void;
}

/** A cluster as the plugin uses it: one namespace, plain objects. Every method throws Problem. */
export interface Cluster {
  readonly namespace: string;
  /** ` -n prod` and the like, for commands that are printed: what the person said, with a blank before it. */
  readonly scope: string;
  /** In another namespace where `namespace` is given. */
  find(name: string, namespace?: string): Promise<RolloutObject | undefined>;
  /** Throws Problem (notFound) with the name that was probably meant. */
  get(name: string): Promise<RolloutObject>;
  patch(name: string, patch: Patch): Promise<RolloutObject>;
  /** What would be stored if this were applied: created, or in the place of what is there. Nothing is. */
  tryOut(rollout: ModelRollout, live: RolloutObject | undefined): Promise<Trial<RolloutObject>>;
  /** Whether the API server and its admission policies would make the slot's Deployment of it. Nothing is made. */
  tryPods(rollout: RolloutObject): Promise<Trial<KubeObject>>;
  /** Kept revisions, the oldest first; undefined when one may not read them. */
  revisions(rollout: RolloutObject): Promise<readonly StoredRevision[] | undefined>;
  /** Objects called NAME-a and NAME-b that are not this rollout's: `Deployment sentiment-a`; undefined: not readable. */
  takenNames(rollout: RolloutObject): Promise<readonly string[] | undefined>;
  /** The Deployment that the rollout adopts; undefined: it adopts none, or it is not there, or may not be read. */
  adopted(rollout: RolloutObject): Promise<AdoptedDeployment | undefined>;
  /** Until the signal aborts. */
  watch(name: string, watcher: RolloutWatcher, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The flags that say which cluster, and as whom. */
export interface ClusterFlags {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}
