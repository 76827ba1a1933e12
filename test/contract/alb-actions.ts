import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";

/**
 * Actions without what a weight change may touch: the two groups' weights and, if told, the stickiness. Duration of
 * a stickiness that is off, and Order, are spelled out or not as the service likes; they are left out.
 */
export function strip(
  actions: readonly Action[],
  groups: readonly string[],
  withoutStickiness: boolean,
): unknown {
  return actions.map(({ ForwardConfig, Order: _order, ...action }) => {
    if (ForwardConfig === undefined) return action;
    const { TargetGroupStickinessConfig: sticky, TargetGroups = [], ...config } = ForwardConfig;
    return {
      ...action,
      ForwardConfig: {
        ...config,
        TargetGroups: TargetGroups.map(({ TargetGroupArn = "", Weight }) =>
          groups.includes(TargetGroupArn) ? { TargetGroupArn } : { TargetGroupArn, Weight },
        ),
        ...(withoutStickiness ? {} : { sticky: sticky?.Enabled === true ? sticky : { Enabled: false } }),
      },
    };
  });
}
