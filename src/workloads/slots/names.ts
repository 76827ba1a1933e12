import { labels } from "../../api/group.ts";
import type { Destination } from "../../core/observed.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { resourcePath } from "../../runtime/resource-path.ts";

/** Which ModelRollout an object belongs to. The UID tells it from an earlier one of the same name. */
export interface RolloutIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export const destinations = ["a", "b"] as const satisfies readonly Destination[];

/** The one field manager of everything the operator writes to objects it owns. */
export const fieldManager = "modelrollout";

export const managedBy = { label: "app.kubernetes.io/managed-by", value: "modelrollout" } as const;

/** UID of the ModelRollout that an object was made for. */
export const rolloutUidLabel = "modelrollout.dev/rollout-uid";

/** Kinds of object that the slots are made of. */
export const kinds = {
  Deployment: { group: "apps", version: "v1", plural: "deployments" },
  Service: { group: "", version: "v1", plural: "services" },
  TargetGroupBinding: { group: "elbv2.k8s.aws", version: "v1beta1", plural: "targetgroupbindings" },
  ControllerRevision: { group: "apps", version: "v1", plural: "controllerrevisions" },
} as const;

export type SlotKind = keyof typeof kinds;

/** `apiVersion` and `kind` of an object. */
export function typeOf(kind: SlotKind): { readonly apiVersion: string; readonly kind: SlotKind } {
  const { group, version } = kinds[kind];
  return { apiVersion: group === "" ? version : `${group}/${version}`, kind };
}

/** Path of a collection, or with `name` of one object. */
export function pathOf(kind: SlotKind, namespace: string, name?: string): string {
  return resourcePath({ ...kinds[kind], namespace, ...(name === undefined ? {} : { name }) });
}

/** Name of a slot's Deployment, Service and TargetGroupBinding. */
export function slotName(rollout: RolloutIdentity, destination: Destination): string {
  return `${rollout.name}-${destination}`;
}

/** Name of the ControllerRevision that keeps a revision. */
export function revisionName(rollout: RolloutIdentity, revision: string): string {
  return `${rollout.name}-${revision}`;
}

/** Key of a cache for an object in the rollout's namespace. */
export function keyFor(rollout: RolloutIdentity, name: string): string {
  return `${rollout.namespace}/${name}`;
}

/** Labels of every object made for a rollout. */
export function ownLabels(rollout: RolloutIdentity): Readonly<Record<string, string>> {
  return {
    [managedBy.label]: managedBy.value,
    [labels.rollout]: rollout.name,
    [rolloutUidLabel]: rollout.uid,
  };
}

/**
 * Whether an object was made for this very rollout. An object of the right name without these labels is somebody
 * else's, as is one made for an earlier ModelRollout of the same name: neither is ever written to.
 */
export function isOurs(rollout: RolloutIdentity, object: KubeObject): boolean {
  const found = object.metadata.labels;
  return found?.[managedBy.label] === managedBy.value && found[rolloutUidLabel] === rollout.uid;
}
