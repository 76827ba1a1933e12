import type { Clock } from "../clock.ts";
import type { MetricStore } from "../cloudwatch/metric-store.ts";

/** What became of one request. */
export interface Served {
  readonly loadBalancerArn: string;
  /** Absent: no target was chosen. */
  readonly targetGroupArn?: string;
  /** Status of the answer the client got. */
  readonly status: number;
  /** Whether a target gave it, rather than the load balancer itself. */
  readonly fromTarget: boolean;
  /** How long the target took. */
  readonly latencyMs: number;
}

const NAMESPACE = "AWS/ApplicationELB";

/** `app/NAME/ID` of a load balancer's ARN. */
export const loadBalancerDimension = (arn: string): string => arn.split(":loadbalancer/")[1] ?? arn;

/** `targetgroup/NAME/ID` of a target group's ARN. */
export const targetGroupDimension = (arn: string): string => arn.slice(arn.lastIndexOf(":") + 1);

const classOf = (status: number): string => `${Math.floor(status / 100)}XX`;

/**
 * Counts a request as CloudWatch's AWS/ApplicationELB metrics do, per load balancer and per target group: only what is
 * not zero, and RequestCount only for requests that had a target. `delayMs` later, when it is above 0, stamped with the
 * time of the request.
 */
export const countRequest = (store: MetricStore, clock: Clock, served: Served, delayMs: number): void => {
  const at = clock.now();
  const record = (): void => {
    const balancer = { LoadBalancer: loadBalancerDimension(served.loadBalancerArn) };
    const put = (name: string, dimensions: Readonly<Record<string, string>>, value = 1): void =>
      store.put({ namespace: NAMESPACE, name, dimensions }, at, value);
    if (!served.fromTarget) {
      put(`HTTPCode_ELB_${classOf(served.status)}_Count`, balancer);
      if (served.status >= 500) put(`HTTPCode_ELB_${served.status}_Count`, balancer);
    }
    if (served.targetGroupArn === undefined) return;
    const group = { ...balancer, TargetGroup: targetGroupDimension(served.targetGroupArn) };
    for (const dimensions of [balancer, group]) {
      put("RequestCount", dimensions);
      if (!served.fromTarget) continue;
      put(`HTTPCode_Target_${classOf(served.status)}_Count`, dimensions);
      put("TargetResponseTime", dimensions, served.latencyMs / 1000);
    }
  };
  if (delayMs > 0) clock.setTimer(record, delayMs);
  else record();
};
