import type { KubeObject } from "../../runtime/kube-object.ts";

/** The parts of Kubernetes' objects that the slots read or write, as plain JSON from the API server. */

export interface DeploymentObject extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    /** Pods that are not terminating. */
    readonly replicas?: number;
    readonly conditions?: readonly ConditionObject[];
  };
}

export interface ConditionObject {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface ServiceObject extends KubeObject {
  readonly spec: {
    readonly type?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: ReadonlyArray<{
      readonly port: number;
      readonly targetPort?: number | string;
      readonly protocol?: string;
    }>;
    readonly [field: string]: unknown;
  };
}

/** `TargetGroupBinding` of the AWS Load Balancer Controller, elbv2.k8s.aws/v1beta1. */
export interface BindingObject extends KubeObject {
  readonly spec: {
    readonly targetGroupARN?: string;
    readonly targetType?: "ip" | "instance";
    readonly serviceRef?: { readonly name: string; readonly port: number | string };
    readonly networking?: unknown;
    readonly [field: string]: unknown;
  };
}

export interface PodObject extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly podIPs?: ReadonlyArray<{ readonly ip?: string }>;
    readonly conditions?: readonly ConditionObject[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
  readonly lastState?: { readonly terminated?: { readonly reason?: string; readonly exitCode?: number } };
}

export interface ControllerRevisionObject extends KubeObject {
  readonly revision: number;
  readonly data?: unknown;
}
