import type { Action, RuleCondition, RuleTransform } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Clock } from "../clock.ts";
import { Table } from "../table.ts";

/** What ELBv2 keeps. Records are replaced, never changed in place; times are ms since the epoch. */

export interface LoadBalancerRecord {
  readonly arn: string;
  readonly name: string;
  readonly id: string;
  readonly scheme: "internet-facing" | "internal";
  readonly createdAt: number;
}

export interface ListenerRecord {
  readonly arn: string;
  readonly loadBalancerArn: string;
  readonly port: number;
  readonly protocol: string;
  readonly sslPolicy?: string;
  readonly certificates?: readonly unknown[];
}

export interface RuleRecord {
  readonly arn: string;
  readonly listenerArn: string;
  /** `default` for the rule that every listener has and that only ModifyListener changes. */
  readonly priority: number | "default";
  readonly conditions: readonly RuleCondition[];
  /** As written and normalised, OIDC client secrets included; answers leave those out. */
  readonly actions: readonly Action[];
  readonly transforms: readonly RuleTransform[];
}

export interface TargetGroupRecord {
  readonly arn: string;
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly targetType: string;
  readonly vpcId?: string;
  readonly healthCheck: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, string>>;
}

export type TargetHealthName = "initial" | "healthy" | "unhealthy";

export interface TargetRecord {
  readonly groupArn: string;
  readonly id: string;
  readonly port: number;
  readonly availabilityZone?: string;
  readonly registeredAt: number;
  /** Set while the target drains. */
  readonly deregisteredAt?: number;
  readonly health: TargetHealthName;
  /** Health checks in a row that disagree with `health`. */
  readonly streak: number;
}

/** All of ELBv2 in one region of one account. */
export interface ElbState {
  readonly loadBalancers: Table<LoadBalancerRecord>;
  readonly listeners: Table<ListenerRecord>;
  readonly rules: Table<RuleRecord>;
  readonly targetGroups: Table<TargetGroupRecord>;
  readonly targets: Table<TargetRecord>;
  readonly tags: Table<Readonly<Record<string, string>>>;
}

/** An empty region. */
export const createElbState = (clock: Clock, keepMs: number): ElbState => ({
  loadBalancers: new Table(clock, keepMs),
  listeners: new Table(clock, keepMs),
  rules: new Table(clock, keepMs),
  targetGroups: new Table(clock, keepMs),
  targets: new Table(clock, keepMs),
  tags: new Table(clock, keepMs),
});

/** The region as it was at `time`. */
export const elbAsOf = (state: ElbState, time: number): ElbState => ({
  loadBalancers: state.loadBalancers.asOf(time),
  listeners: state.listeners.asOf(time),
  rules: state.rules.asOf(time),
  targetGroups: state.targetGroups.asOf(time),
  targets: state.targets.asOf(time),
  tags: state.tags.asOf(time),
});
