import type { KubeObject } from "../control-plane/api-client.ts";

/** A port of a Service. */
export type ServicePort = { name?: string; port: number; targetPort?: number | string };

/** A Service, as far as a binding needs it. */
export type Service = KubeObject & {
  spec: {
    selector?: Record<string, string>;
    ports?: ServicePort[];
  };
};

/** A container of a pod. */
export type Container = {
  name: string;
  image?: string;
  env?: { name: string; value?: string }[];
  ports?: { name?: string; containerPort: number }[];
};

/** A pod, as far as a binding and the data plane need it. */
export type Pod = KubeObject & {
  spec: { containers: Container[] };
  status?: { phase?: string; podIP?: string; conditions?: { type: string; status: string }[] };
};

/** A `TargetGroupBinding` of the AWS Load Balancer Controller. */
export type TargetGroupBinding = KubeObject & {
  spec: {
    targetGroupARN: string;
    targetType?: "ip" | "instance";
    serviceRef: { name: string; port: number | string };
  };
  status?: { observedGeneration?: number };
};

/** API path of the group that bindings are in. */
export const bindingsPath = "/apis/elbv2.k8s.aws/v1beta1";

/** Whether a pod serves: its condition Ready is True and nobody has deleted it. */
export function isServing(pod: Pod): boolean {
  const { conditions } = pod.status ?? {};
  const ready = conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  return ready && pod.metadata.deletionTimestamp === undefined;
}
