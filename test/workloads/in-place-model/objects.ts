import type { KubeObject } from "../../../src/runtime/kube-object.ts";
import type { InPlaceDeployment } from "../../../src/workloads/in-place/objects.ts";

/** A Deployment of the model, as plain JSON. */
export type ModelDeployment = Mutable<InPlaceDeployment> & KubeObject;

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

/** Where the Deployment controller notes for which size of the Deployment it has sized a ReplicaSet. */
export const desiredKey = "deployment.kubernetes.io/desired-replicas";
export const maxKey = "deployment.kubernetes.io/max-replicas";
export const revisionKey = "deployment.kubernetes.io/revision";

/** A ReplicaSet of the model; `annotations` are the two numbers that proportional scaling goes by. */
export interface ModelSet {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly creation: number;
    resourceVersion: string;
    readonly ownerReferences: [{ apiVersion: string; kind: string; name: string; uid: string }];
    annotations: Record<string, string>;
  };
  spec: {
    replicas: number;
    minReadySeconds: number;
    readonly template: InPlaceDeployment["spec"]["template"];
  };
  status: { replicas: number; readyReplicas: number; availableReplicas: number };
}

/** A pod of the model: deleted ones are gone at once, as far as capacity is concerned. */
export interface ModelPod {
  readonly name: string;
  readonly set: string;
  readonly version: string;
  readonly createdAt: number;
  /** When it becomes Ready; Infinity: never. */
  readyAt: number;
  ready: boolean;
}

/** The tag of the first image. */
export function versionIn(template: InPlaceDeployment["spec"]["template"]): string {
  return String(template.spec.containers[0]?.["image"]).split(":")[1] ?? "";
}
