import type { KubeObject } from "../../runtime/kube-object.ts";
import type { InPlaceDeployment } from "./objects.ts";

/** What other controllers that release or scale Deployments leave on them, by the beginning of a label's or annotation's key. */
interface Marks {
  readonly name: string;
  /** Of labels and annotations, and of the pod template's annotations. */
  readonly prefixes: readonly string[];
  /** The name that it writes under in managedFields: that of its program. */
  readonly manager?: string;
  readonly advice: string;
}

/**
 * Argo Rollouts marks what it changes (`argo-rollouts.argoproj.io/managed-by-rollouts`, and `rollout.argoproj.io/…` on what it
 * copies), Flagger the pods of the primaries that it makes (`flagger-id`), OpenKruise the Deployments themselves. A
 * Deployment that a Rollout or a Canary merely points at carries nothing; both scale it to 0, which managedFields tell.
 * Sources: their own code. Argo CD, Helm, Flux and autoscalers may stay: they write what a person wrote.
 */
const others: readonly Marks[] = [
  {
    name: "Argo Rollouts",
    prefixes: ["argo-rollouts.argoproj.io/", "rollout.argoproj.io/"],
    manager: "rollouts-controller",
    advice: "delete the Rollout that refers to it and take its mark off",
  },
  {
    name: "Flagger",
    prefixes: ["flagger.app/", "flagger-id"],
    manager: "flagger",
    advice: "delete the Canary that targets it and take its mark off",
  },
  {
    name: "OpenKruise Rollouts",
    prefixes: ["rollouts.kruise.io/", "batchrelease.rollouts.kruise.io/"],
    advice: "delete the Kruise Rollout that refers to it and take its mark off",
  },
];

/**
 * Who else drives a Deployment, as a sentence without its beginning (`belongs to …`); undefined: nobody that can be
 * told. An owner reference without `controller: true` only says what is deleted with what.
 */
export function controllerOf(object: InPlaceDeployment): string | undefined {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner) {
    return `belongs to ${owner.kind} ${owner.name} (${owner.apiVersion}, its controlling owner), which writes it: change that, or take the owner reference off`;
  }
  for (const { name, prefixes, manager, advice } of others) {
    const key = keysOf(object).find((each) => prefixes.some((prefix) => each.startsWith(prefix)));
    if (key !== undefined) return `is driven by ${name} (it carries ${key}): ${advice}`;
    if (manager !== undefined && object.scaledBy === manager && object.spec.replicas === 0) {
      return `is driven by ${name} (${manager} scaled it to 0): ${advice.split(" and ")[0]}, then scale it up`;
    }
  }
  return undefined;
}

function keysOf({ metadata, spec }: InPlaceDeployment): readonly string[] {
  const found = [metadata.labels, metadata.annotations, spec.template.metadata?.annotations];
  return found.flatMap((each) => Object.keys(each ?? {}));
}

interface FieldsEntry {
  readonly manager?: string;
  readonly fieldsV1?: { readonly "f:spec"?: { readonly "f:replicas"?: unknown } };
}

/** Who wrote `spec.replicas` last, as managedFields have it. */
export function scalerOf({ metadata }: KubeObject): string | undefined {
  const entries = (metadata.managedFields ?? []) as readonly FieldsEntry[];
  return entries.find(({ fieldsV1 }) => fieldsV1?.["f:spec"]?.["f:replicas"] !== undefined)?.manager;
}
