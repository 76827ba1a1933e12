import type { KubeObject } from "../../../src/runtime/kube-object.ts";

/** What a path of the Kubernetes API names. */
export interface Place {
  /** `plural.group`, as people write it; the core group has none. */
  readonly resource: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

const kinds: Readonly<Record<string, string>> = {
  "modelrollouts.modelrollout.dev": "ModelRollout",
  "deployments.apps": "Deployment",
  "replicasets.apps": "ReplicaSet",
  "controllerrevisions.apps": "ControllerRevision",
  services: "Service",
  pods: "Pod",
  namespaces: "Namespace",
  "targetgroupbindings.elbv2.k8s.aws": "TargetGroupBinding",
  "leases.coordination.k8s.io": "Lease",
  "events.events.k8s.io": "Event",
  "mutatingadmissionpolicies.admissionregistration.k8s.io": "MutatingAdmissionPolicy",
  "mutatingadmissionpolicybindings.admissionregistration.k8s.io": "MutatingAdmissionPolicyBinding",
  "selfsubjectreviews.authentication.k8s.io": "SelfSubjectReview",
};

const places = new Map<string, Place>();

/** Throws for a path that this world does not have: a gap in the simulation, not in what is simulated. */
export function placeOf(path: string): Place {
  const known = places.get(path);
  if (known) return known;
  const place = parsed(path);
  places.set(path, place);
  return place;
}

function parsed(path: string): Place {
  const parts = path.split("/").slice(1).map(decodeURIComponent);
  const isCore = parts[0] === "api";
  const [group = "", version = ""] = isCore ? ["", parts[1]] : parts.slice(1);
  const { namespace, plural, name, subresource } = named(parts.slice(isCore ? 2 : 3));
  const resource = isCore ? plural : `${plural}.${group}`;
  const kind = kinds[resource];
  if (kind === undefined) throw new Error(`the simulated cluster has no ${path}`);
  return {
    resource,
    kind,
    apiVersion: isCore ? version : `${group}/${version}`,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** `[namespaces, NAMESPACE,] PLURAL [, NAME [, SUBRESOURCE]]` */
function named(parts: readonly string[]) {
  const isNamespaced = parts[0] === "namespaces" && parts.length > 2;
  const [plural = "", name, subresource] = isNamespaced ? parts.slice(2) : parts;
  return { namespace: isNamespaced ? parts[1] : undefined, plural, name, subresource };
}

export type Selector = (object: KubeObject) => boolean;

const all: Selector = () => true;

/** `k=v` or `k`, joined by commas. */
export function selectorOf(text: string | undefined): Selector {
  if (text === undefined || text === "") return all;
  const wanted = text.split(",").map((part) => part.split("="));
  return ({ metadata }) =>
    wanted.every(([key = "", value]) => {
      const found = metadata.labels?.[key];
      return value === undefined ? found !== undefined : found === value;
    });
}
