import { labels } from "../../api/group.ts";
import { revisionName } from "../../api/revision.ts";
import type { PodTemplate } from "../../api/types.ts";
import type { RolledDeployment, RollSettings } from "../../core/observed.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { dropManagedFields } from "../../runtime/store.ts";
import { fieldManager } from "../slots/names.ts";
import { scalerOf } from "./controllers.ts";

/** The parts of a Deployment that a roll in place reads or writes, as plain JSON from the API server. */
export interface InPlaceDeployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly selector: {
      readonly matchLabels?: Readonly<Record<string, string>>;
      readonly [field: string]: unknown;
    };
    readonly minReadySeconds?: number;
    readonly progressDeadlineSeconds?: number;
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: {
        readonly maxSurge?: number | string;
        readonly maxUnavailable?: number | string;
      };
    };
    readonly template: PodTemplate;
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
  };
  /** Kept in the cache in place of managedFields: whether the operator has an entry there, */
  readonly holdsFields?: boolean;
  /** and if so, the entries of everybody else. */
  readonly othersFields?: readonly unknown[];
  /** Who wrote `spec.replicas` last; kept in the cache in place of managedFields. */
  readonly scaledBy?: string;
}

/** A ReplicaSet as the cache keeps it: counts, its owner, and the revision that its template is. */
export interface PodSetObject extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly observedGeneration?: number;
  };
  /** Size of the Deployment when its controller last sized this ReplicaSet. */
  readonly desired?: number;
  /** Today's hash of the template. */
  readonly hash: string;
}

interface FieldsEntry {
  readonly manager?: string;
}

/** For the cache: of managedFields who scales, and what it takes to give the operator's own entry up. */
export function withHeldFields(object: InPlaceDeployment): InPlaceDeployment {
  const all = object.metadata.managedFields ?? [];
  const others = all.filter((entry) => (entry as FieldsEntry).manager !== fieldManager);
  const holdsFields = others.length < all.length;
  const scaledBy = scalerOf(object);
  return {
    ...dropManagedFields(object),
    holdsFields,
    ...(holdsFields ? { othersFields: others } : {}),
    ...(scaledBy === undefined ? {} : { scaledBy }),
  };
}

/** The Deployment controller is about to write its status: it has not seen the spec, or not counted what is Ready. */
export function isRestless({ metadata, spec, status = {} }: InPlaceDeployment): boolean {
  const { observedGeneration = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  if (observedGeneration < (metadata.generation ?? 0)) return true;
  return (spec.minReadySeconds ?? 0) === 0 && availableReplicas < readyReplicas;
}

/** For the cache: a ReplicaSet is watched for its counts; its template is half of it and more. */
export function countsOnly(object: KubeObject): PodSetObject {
  const { spec, status, metadata } = object as PodSetObject & {
    readonly spec: { readonly template: PodTemplate };
  };
  const { managedFields: _m, annotations = {}, labels: _l, ...kept } = metadata;
  const desired = Number.parseInt(annotations[DESIRED] ?? "", 10);
  return {
    metadata: kept,
    spec: spec.replicas === undefined ? {} : { replicas: spec.replicas },
    ...(status === undefined ? {} : { status }),
    ...(Number.isNaN(desired) ? {} : { desired }),
    hash: revisionName({ template: withoutHashLabel(spec.template) }),
  };
}

const DESIRED = "deployment.kubernetes.io/desired-replicas";

/**
 * Whether a change of replicas is not to be seen in all ReplicaSets yet: in their sizes (the Deployment controller's own
 * test for such a change; it rolls nothing before that is done), and in what they count as Ready. A Deployment controller
 * that goes by counts of pods which were taken away meanwhile takes Ready pods of the stable version instead.
 */
export function isUnscaled(replicas: number, sets: readonly PodSetObject[]): boolean {
  const active = sets.filter(({ spec }) => (spec.replicas ?? 0) > 0);
  if (sets.some(({ spec, status }) => (status?.readyReplicas ?? 0) > (spec.replicas ?? 0))) return true;
  if (active.length === 0) return replicas > 0 && sets.length > 0;
  if (active.length === 1 && active[0]?.spec.replicas === replicas) return false;
  return active.some(({ desired = replicas }) => desired !== replicas);
}

/** Today's hash of a template, as ReplicaSets and Deployments have it. */
export const hashOfTemplate = (template: PodTemplate): string => revisionName({ template });

const HASH_LABEL = "pod-template-hash";

/** A ReplicaSet's template is its Deployment's, and one label. */
function withoutHashLabel(template: PodTemplate): PodTemplate {
  const { labels: given = {}, ...metadata } = template.metadata ?? {};
  const { [HASH_LABEL]: _hash, ...own } = given;
  return { ...template, metadata: { ...metadata, labels: own } };
}

/** The settings that a roll in place changes, with the defaults of the API server where it gave none. */
export function settingsOf({ spec }: InPlaceDeployment): RollSettings {
  const { type = "RollingUpdate", rollingUpdate = {} } = spec.strategy ?? {};
  return {
    type,
    maxUnavailable: rollingUpdate.maxUnavailable ?? "25%",
    maxSurge: rollingUpdate.maxSurge ?? "25%",
    minReadySeconds: spec.minReadySeconds ?? 0,
    progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
  };
}

/** Which label of ours a Deployment carries. */
export function markOf({ metadata }: InPlaceDeployment): RolledDeployment["mark"] {
  const found = metadata.labels ?? {};
  if (found[labels.released] !== undefined) return "released";
  return found[labels.adopted] === undefined ? "none" : "adopted";
}
