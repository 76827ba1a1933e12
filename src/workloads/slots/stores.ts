import { labels } from "../../api/group.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { resourcePath } from "../../runtime/resource-path.ts";
import type { IndexFunction, StoreReader } from "../../runtime/store.ts";
import { kinds, managedBy, rolloutUidLabel } from "./names.ts";
import type {
  BindingObject,
  ControllerRevisionObject,
  DeploymentObject,
  PodObject,
  ServiceObject,
} from "./objects.ts";

/** A cache that own writes are noted in, so that no plan runs on an object older than them. */
export interface WrittenStore<T extends KubeObject> extends StoreReader<T> {
  noteWrite(object: T): void;
  noteDelete(object: T): void;
}

/** The caches that the slots are read from, fed by one watch each (`slotWatches`). */
export interface SlotStores {
  readonly deployments: WrittenStore<DeploymentObject>;
  readonly services: WrittenStore<ServiceObject>;
  /** Everybody's bindings: two on one target group would fight. Empty in a cluster without the CRD. */
  readonly bindings: WrittenStore<BindingObject>;
  readonly revisions: WrittenStore<ControllerRevisionObject>;
  readonly pods: StoreReader<PodObject>;
}

/** What a reflector needs to know of one type. */
export interface Watch<T extends KubeObject> {
  readonly path: string;
  readonly labelSelector?: string;
  readonly indexes: Readonly<Record<string, IndexFunction<T>>>;
}

export type SlotWatches = {
  readonly [Name in keyof SlotStores]: Watch<NonNullable<ReturnType<SlotStores[Name]["get"]>>>;
};

/** Names of the indexes, with the form of their values. */
export const indexes = {
  /** pods: `namespace/rollout/slot` */
  slot: "slot",
  /** bindings: ARN of the target group */
  group: "group",
  /** revisions: UID of the ModelRollout */
  rollout: "rollout",
} as const;

/**
 * The watches, over all namespaces or one. Deployments, Services and ControllerRevisions are the operator's own
 * only; somebody else's object under a name of ours is found by a GET of that name, not by watching everything.
 */
export function slotWatches(namespace?: string): SlotWatches {
  const pathTo = (ref: { group: string; version: string; plural: string }) =>
    resourcePath({ ...ref, ...(namespace === undefined ? {} : { namespace }) });
  const own = `${managedBy.label}=${managedBy.value}`;
  return {
    deployments: { path: pathTo(kinds.Deployment), labelSelector: own, indexes: {} },
    services: { path: pathTo(kinds.Service), labelSelector: own, indexes: {} },
    bindings: {
      path: pathTo(kinds.TargetGroupBinding),
      indexes: { [indexes.group]: ({ spec }) => present(spec.targetGroupARN) },
    },
    revisions: {
      path: pathTo(kinds.ControllerRevision),
      labelSelector: own,
      indexes: { [indexes.rollout]: ({ metadata }) => present(metadata.labels?.[rolloutUidLabel]) },
    },
    pods: {
      path: pathTo({ group: "", version: "v1", plural: "pods" }),
      labelSelector: labels.slot,
      indexes: { [indexes.slot]: ({ metadata }) => [slotIndex(metadata.namespace, metadata.labels)] },
    },
  };
}

/** `namespace/rollout/slot`, the key of a slot's pods. */
export function slotIndex(
  namespace: string | undefined,
  podLabels: Readonly<Record<string, string>> | undefined,
): string {
  return `${namespace}/${podLabels?.[labels.rollout]}/${podLabels?.[labels.slot]}`;
}

/** Rights that the slots need, as RBAC rules; `list` and `watch` are the reflectors'. */
export const slotRights = [
  {
    apiGroups: ["apps"],
    resources: ["deployments"],
    verbs: ["get", "list", "watch", "create", "patch", "delete"],
  },
  {
    apiGroups: ["apps"],
    resources: ["controllerrevisions"],
    verbs: ["get", "list", "watch", "create", "patch", "delete"],
  },
  { apiGroups: [""], resources: ["services"], verbs: ["get", "list", "watch", "create", "patch", "delete"] },
  { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
  {
    apiGroups: ["elbv2.k8s.aws"],
    resources: ["targetgroupbindings"],
    verbs: ["get", "list", "watch", "create", "patch", "delete"],
  },
] as const;

function present(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}
