import type {
  Action,
  ForwardActionConfig,
  TargetGroupTuple,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Destination, TargetRead } from "../../core/observed.ts";
import type { TargetWish } from "../target-driver.ts";
import { shortArn } from "./arn.ts";

/** Target group ARN of each destination. */
export type TargetGroups = Readonly<Record<Destination, string>>;

/** What a list of actions says of our two groups. */
type ForwardReading = Pick<TargetRead, "shares" | "raw" | "stickySeconds" | "refusal">;

/** The groups of an action: a single group comes as TargetGroupArn, as ForwardConfig or as both. */
function tuplesOf(action: Action): readonly TargetGroupTuple[] {
  const tuples = action.ForwardConfig?.TargetGroups ?? [];
  if (tuples.length > 0) return tuples;
  return action.TargetGroupArn === undefined ? [] : [{ TargetGroupArn: action.TargetGroupArn, Weight: 1 }];
}

/** A weight that is left out is 1 (a single group has no need of one). */
const weightOf = (tuple: TargetGroupTuple | undefined): number => (tuple ? (tuple.Weight ?? 1) : 0);

const forwardOf = (actions: readonly Action[]): Action | undefined =>
  actions.find((action) => action.Type === "forward");

function refusalOf(
  tuples: readonly TargetGroupTuple[],
  groups: TargetGroups,
): ForwardReading["refusal"] | undefined {
  const arns = new Set(tuples.map((tuple) => tuple.TargetGroupArn));
  const missing = ([groups.a, groups.b] as const).filter((arn) => !arns.has(arn));
  if (missing.length > 0) {
    const names = missing.map(shortArn).join(" and ");
    return {
      reason: "GroupMissing",
      message: `the forward action has no ${names}; add it with weight 0 (the operator changes weights only)`,
    };
  }
  const third = tuples.find(
    (tuple) => tuple.TargetGroupArn !== groups.a && tuple.TargetGroupArn !== groups.b && weightOf(tuple) > 0,
  );
  if (third === undefined) return undefined;
  return {
    reason: "ThirdGroupHasWeight",
    message: `${shortArn(third.TargetGroupArn ?? "")} carries weight ${weightOf(third)} in the same action; set it to 0`,
  };
}

/**
 * Reads a rule's (or a listener's default) actions, in whatever of the service's spellings they come.
 * A group that is missing counts as weight 0, a third one does not count in the shares: both are refusals, and yet
 * it shows whether our canary has traffic.
 */
export function readActions(actions: readonly Action[], groups: TargetGroups): ForwardReading {
  const forward = forwardOf(actions);
  if (forward === undefined) {
    const last = actions.at(-1)?.Type ?? "nothing";
    return {
      refusal: { reason: "NotAForward", message: `the action is ${last}, not a forward to target groups` },
    };
  }
  const tuples = tuplesOf(forward);
  const raw = {
    a: weightOf(tuples.find((tuple) => tuple.TargetGroupArn === groups.a)),
    b: weightOf(tuples.find((tuple) => tuple.TargetGroupArn === groups.b)),
  };
  const sum = raw.a + raw.b;
  const sticky = forward.ForwardConfig?.TargetGroupStickinessConfig;
  const refusal = refusalOf(tuples, groups);
  return {
    raw,
    ...(sum > 0 ? { shares: { a: (raw.a * 100) / sum, b: (raw.b * 100) / sum } } : {}),
    ...(sticky?.Enabled === true ? { stickySeconds: sticky.DurationSeconds ?? 0 } : {}),
    ...(refusal ? { refusal } : {}),
  };
}

/**
 * An action as it must be written back. DescribeRules does not return an OIDC client secret: without
 * UseExistingClientSecret the login would break (API reference, AuthenticateOidcActionConfig).
 */
function kept(action: Action): Action {
  if (action.AuthenticateOidcConfig === undefined) return action;
  const { ClientSecret: _never, ...config } = action.AuthenticateOidcConfig;
  return { ...action, AuthenticateOidcConfig: { ...config, UseExistingClientSecret: true } };
}

function stickinessFor(
  config: ForwardActionConfig | undefined,
  wish: TargetWish["stickiness"],
): Pick<ForwardActionConfig, "TargetGroupStickinessConfig"> {
  if (wish === "off") return { TargetGroupStickinessConfig: { Enabled: false } };
  if (wish !== "keep") return { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: wish } };
  // Left out, it would be switched off: an omitted TargetGroupStickinessConfig means disabled.
  const before = config?.TargetGroupStickinessConfig;
  return before ? { TargetGroupStickinessConfig: before } : {};
}

/**
 * The whole list of actions for ModifyRule or ModifyListener (a given list replaces the old one), with nothing
 * changed but the weights of the two groups and, if asked, the group stickiness.
 * Undefined when that cannot be written: no forward action, or one of the groups is not in it.
 */
export function writeActions(
  actions: readonly Action[],
  groups: TargetGroups,
  wish: TargetWish,
): Action[] | undefined {
  const forward = forwardOf(actions);
  if (forward === undefined) return undefined;
  const tuples = tuplesOf(forward);
  const here = (arn: string): boolean => tuples.some((tuple) => tuple.TargetGroupArn === arn);
  if (!here(groups.a) || !here(groups.b)) return undefined;
  // A TargetGroupArn beside a ForwardConfig of several groups is refused.
  const { TargetGroupArn: _single, ...rest } = forward;
  const written: Action = {
    ...rest,
    ForwardConfig: {
      ...forward.ForwardConfig,
      ...stickinessFor(forward.ForwardConfig, wish.stickiness),
      TargetGroups: tuples.map((tuple) => {
        if (tuple.TargetGroupArn === groups.a) return { ...tuple, Weight: wish.weights.a };
        if (tuple.TargetGroupArn === groups.b) return { ...tuple, Weight: wish.weights.b };
        return { ...tuple, Weight: weightOf(tuple) };
      }),
    },
  };
  return actions.map((action) => (action === forward ? written : kept(action)));
}
