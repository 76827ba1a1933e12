import { labels } from "../../api/group.ts";
import { resourcePath } from "../../runtime/resource-path.ts";
import type { StoreReader } from "../../runtime/store.ts";
import type { Watch, WrittenStore } from "../slots/stores.ts";
import { countsOnly, type InPlaceDeployment, type PodSetObject, withHeldFields } from "./objects.ts";

/** The caches of Deployments that are rolled in place. Filled once the first such rollout is seen. */
export interface InPlaceStores {
  /** Those with our label; any other is found by a GET of its name. */
  readonly deployments: WrittenStore<InPlaceDeployment>;
  /** Everybody's: a ReplicaSet carries no label that tells whose it is. Kept as counts only. */
  readonly sets: StoreReader<PodSetObject>;
}

/** Index of ReplicaSets: UID of the Deployment. */
export const byOwner = "owner";

/** The two watches, over all namespaces or one. */
export function inPlaceWatches(namespace?: string): {
  readonly deployments: Watch<InPlaceDeployment> & { readonly transform: typeof withHeldFields };
  readonly sets: Watch<PodSetObject> & { readonly transform: typeof countsOnly };
} {
  const scope = namespace === undefined ? {} : { namespace };
  const pathTo = (plural: string) => resourcePath({ group: "apps", version: "v1", plural, ...scope });
  return {
    deployments: {
      path: pathTo("deployments"),
      labelSelector: labels.adopted,
      indexes: {},
      transform: withHeldFields,
    },
    sets: {
      path: pathTo("replicasets"),
      indexes: {
        [byOwner]: ({ metadata }) =>
          (metadata.ownerReferences ?? []).flatMap(({ kind, uid }) => (kind === "Deployment" ? [uid] : [])),
      },
      transform: countsOnly,
    },
  };
}

/** Rights that a roll in place needs beside those of the slots, as RBAC rules. */
export const inPlaceRights = [
  { apiGroups: ["apps"], resources: ["replicasets"], verbs: ["list", "watch", "delete"] },
] as const;

/** Rights that a roll in place needs to things that are in no namespace. */
export const inPlaceClusterRights = [
  {
    apiGroups: ["admissionregistration.k8s.io"],
    resources: ["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"],
    verbs: ["get"],
  },
  { apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"], verbs: ["create"] },
] as const;
