import type { TargetGroupAttribute } from "@aws-sdk/client-elastic-load-balancing-v2";
import { ServiceError, validationError } from "../operation.ts";
import type { ElbState, TargetGroupRecord } from "./records.ts";

/** Ranges and spellings as in the API reference, TargetGroupAttribute. */

const integer =
  (low: number, high: number) =>
  (value: string): boolean =>
    /^\d+$/.test(value) && Number(value) >= low && Number(value) <= high;

const oneOf =
  (...allowed: readonly string[]) =>
  (value: string): boolean =>
    allowed.includes(value);

const CHECKS: Readonly<Record<string, (value: string) => boolean>> = {
  "deregistration_delay.timeout_seconds": integer(0, 3600),
  "stickiness.enabled": oneOf("true", "false"),
  "stickiness.type": oneOf("lb_cookie", "app_cookie"),
  "stickiness.lb_cookie.duration_seconds": integer(1, 604_800),
  "stickiness.app_cookie.cookie_name": () => true,
  "stickiness.app_cookie.duration_seconds": integer(1, 604_800),
  "slow_start.duration_seconds": (value) => value === "0" || integer(30, 900)(value),
  "load_balancing.algorithm.type": oneOf("round_robin", "least_outstanding_requests", "weighted_random"),
  "load_balancing.algorithm.anomaly_mitigation": oneOf("on", "off"),
  "load_balancing.cross_zone.enabled": oneOf("true", "false", "use_load_balancer_configuration"),
};

/** The attributes of a new group. */
export const defaultAttributes = (deregistrationDelaySeconds: string): Readonly<Record<string, string>> => ({
  "deregistration_delay.timeout_seconds": deregistrationDelaySeconds,
  "stickiness.enabled": "false",
  "stickiness.type": "lb_cookie",
  "stickiness.lb_cookie.duration_seconds": "86400",
  "slow_start.duration_seconds": "0",
  "load_balancing.algorithm.type": "round_robin",
  "load_balancing.algorithm.anomaly_mitigation": "off",
  "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
});

const ruleForbidding = (state: ElbState, group: TargetGroupRecord): string | undefined =>
  state.rules.values().find((rule) =>
    rule.actions.some((action) => {
      const groups = action.ForwardConfig?.TargetGroups ?? [];
      const here = groups.some((tuple) => tuple.TargetGroupArn === group.arn);
      return here && groups.length > 1 && action.ForwardConfig?.TargetGroupStickinessConfig?.Enabled !== true;
    }),
  )?.arn;

/** The group's attributes with `changes` applied. Throws ValidationError or InvalidConfigurationRequest. */
export const attributesAfter = (
  state: ElbState,
  group: TargetGroupRecord,
  changes: readonly TargetGroupAttribute[],
): Readonly<Record<string, string>> => {
  for (const { Key: key = "", Value: value = "" } of changes) {
    const check = CHECKS[key];
    if (!check) throw validationError(`Target group attribute key '${key}' is not recognized`);
    if (!check(value))
      throw validationError(`Target group attribute value '${value}' for '${key}' is not valid`);
  }
  const next = {
    ...group.attributes,
    ...Object.fromEntries(changes.map(({ Key, Value }) => [Key ?? "", Value ?? ""])),
  };
  const forbidding = next["stickiness.enabled"] === "true" ? ruleForbidding(state, group) : undefined;
  if (forbidding !== undefined) {
    throw new ServiceError(
      "InvalidConfigurationRequest",
      `This target group appears behind a rule with group stickiness disabled (${forbidding}). ` +
        "You must enable group stickiness before enabling target stickiness",
    );
  }
  return next;
};
