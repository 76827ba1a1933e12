import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import type { Destination } from "../observed.ts";
import { needFor } from "../roles.ts";
import { instant } from "../time.ts";
import { same, weightsFor } from "../weights.ts";

type SetWeights = Extract<Action, { kind: "SetWeights" }>;

export interface Shift {
  /** The status that must be stored before the action goes out (I4). */
  readonly status: ModelRolloutStatus;
  readonly action: SetWeights;
}

export interface ShiftRequest {
  /** The destination whose share is set, and that share in whole percent. */
  readonly destination: Destination;
  readonly percent: number;
  readonly purpose: SetWeights["purpose"];
  readonly stickiness?: SetWeights["stickiness"];
  readonly only?: readonly string[];
}

/** The intent to set a weight, with the action that does it. A repeated attempt keeps the intent as it stands. */
export function shift(context: Context, status: ModelRolloutStatus, request: ShiftRequest): Shift {
  const { destination, percent, purpose } = request;
  const standing = status.intent;
  const same =
    standing?.action === "SetWeights" && standing.weight === percent && standing.slot === destination;
  const since = instant(context.now);
  const intent = same
    ? standing
    : {
        id: `${status.release ?? "none"}/${destination}=${percent}/${since}`,
        action: "SetWeights" as const,
        weight: percent,
        slot: destination,
        since,
      };
  const pending = purpose === "raise" ? stillToRaise(context, destination, percent) : undefined;
  const only = request.only ?? pending?.only;
  return {
    status: { ...status, intent },
    action: {
      kind: "SetWeights",
      weights: weightsFor(destination, percent),
      purpose,
      stickiness: request.stickiness ?? "keep",
      ...(only ? { only } : {}),
      ...(pending ? { expected: { destination, share: pending.share } } : {}),
    },
  };
}

/**
 * What the targets that are to be raised must still carry when the write goes out. Where they differ (somebody changed
 * some of them, and a person approved) those of one kind go first.
 */
function stillToRaise(
  { observed }: Context,
  destination: Destination,
  percent: number,
): { readonly share: number; readonly only?: readonly string[] } | undefined {
  const below = (observed.router?.targets ?? []).flatMap(({ id, shares }) =>
    shares && !same(shares[destination], percent) ? [{ id, share: shares[destination] }] : [],
  );
  const first = below[0];
  if (!first) return undefined;
  const alike = below.filter(({ share }) => same(share, first.share));
  return alike.length === below.length
    ? { share: first.share }
    : { share: first.share, only: alike.map(({ id }) => id) };
}

/** Status once every target was read back with `percent`: the hold's clock and the evidence start here. */
export function acknowledge(
  context: Context,
  status: ModelRolloutStatus,
  percent: number,
): ModelRolloutStatus {
  const { intent: _done, ...rest } = status;
  const before = status.weight;
  if (
    before?.acknowledged === percent &&
    before.acknowledgedAt !== undefined &&
    status.intent === undefined
  ) {
    return status;
  }
  const at = instant(context.now);
  return {
    ...rest,
    weight: {
      ...before,
      desired: percent,
      acknowledged: percent,
      acknowledgedAt: at,
      previous: before?.acknowledged ?? 0,
      changedAt: at,
      pods: status.canary ? needFor(context, percent) : 0,
      ...(context.observed.inPlace ? { of: context.settings.replicas } : {}),
    },
  };
}

export function withoutIntent(status: ModelRolloutStatus): ModelRolloutStatus {
  const { intent: _dropped, ...rest } = status;
  return rest;
}
