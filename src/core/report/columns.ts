import { labels } from "../../api/group.ts";
import type { ModelRolloutStatus, RoleStatus, TargetStatus } from "../../api/types.ts";
import { askedShare, type Context, watchedDestination } from "../context.ts";
import { rawWeights } from "../gates/router-gates.ts";
import { podsBeside } from "../in-place/view.ts";
import type { TargetRead } from "../observed.ts";
import { counted, slotOf } from "../roles.ts";
import { observedShare, same } from "../weights.ts";

const rounded = (share: number) => Math.round(share * 10) / 10;

/** The version that serves: the canary once it has all the traffic, else stable. */
function serving(status: ModelRolloutStatus): RoleStatus | undefined {
  return status.canary && status.weight?.acknowledged === 100 ? status.canary : status.stable;
}

/** What the columns and the scale subresource show; everything here follows from the rest of status and the snapshot. */
export function withColumns(context: Context, status: ModelRolloutStatus): ModelRolloutStatus {
  const { observed, rollout } = context;
  const serves = serving(status);
  const { step } = status;
  const model = status.canary ?? status.stable;
  const version = observed.wanted.modelVersion ?? model?.modelVersion;
  const { stepText: _step, modelVersion: _model, selector: _selector, ...rest } = status;
  return {
    ...rest,
    ...(status.stable ? { stable: counted(context, status.stable) } : {}),
    ...(status.canary ? { canary: counted(context, status.canary) } : {}),
    ...(status.weight ? { weight: observedWeight(context, status) } : {}),
    targets: targetsOf(context, status),
    ...(step ? { stepText: `${step.index + 1}/${step.count}` } : {}),
    ...(version === undefined ? {} : { modelVersion: version }),
    ...selection(context, serves),
    router: observed.routerDescription,
    observedGeneration: rollout.metadata.generation,
  };
}

function selection(
  context: Context,
  serves: RoleStatus | undefined,
): Pick<ModelRolloutStatus, "replicas" | "selector"> {
  const { settings } = context;
  if (!settings.hasWorkload || context.rollout.spec.workloadRef) return {};
  const slot = serves?.slot;
  const pairs = { ...settings.matchLabels, ...(slot === undefined ? {} : { [labels.slot]: slot }) };
  const selector = Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const { inPlace } = context.observed;
  const inSlot = slot === undefined ? 0 : (slotOf(context, slot)?.pods ?? 0);
  return { replicas: inPlace ? podsBeside(inPlace, undefined) : inSlot, selector };
}

function observedWeight(
  context: Context,
  status: ModelRolloutStatus,
): NonNullable<ModelRolloutStatus["weight"]> {
  const { observed: _old, ...weight } = status.weight ?? { desired: 0, acknowledged: 0 };
  const destination = watchedDestination(status);
  const truth = context.observed.router?.targets[0]?.trueShares?.[destination];
  const share = truth ?? observedShare(context.observed.router, destination);
  if (share === undefined) return weight;
  return { ...weight, observed: rounded(status.canary || !status.retained ? share : 100 - share) };
}

function messageOf(target: TargetRead, share: number | undefined): string | undefined {
  const said = target.problem?.message ?? target.refusal?.message ?? target.note;
  return said ?? (share === undefined ? rawWeights(target) : undefined);
}

function targetsOf(context: Context, status: ModelRolloutStatus): readonly TargetStatus[] {
  const destination = watchedDestination(status);
  const asked = askedShare(status);
  const at = status.weight?.acknowledgedAt;
  const flip = !status.canary && status.retained !== undefined;
  const view = (share: number) => rounded(flip ? 100 - share : share);
  return (context.observed.router?.targets ?? []).map((target) => {
    const reached = target.shares?.[destination];
    const share = (target.trueShares ?? target.shares)?.[destination];
    const message = messageOf(target, share);
    return {
      kind: target.kind,
      id: target.id,
      desired: view(asked),
      ...(share === undefined ? {} : { observed: view(share) }),
      ...(reached !== undefined && same(reached, asked) && at !== undefined ? { acknowledgedAt: at } : {}),
      ...(message === undefined ? {} : { message }),
    };
  });
}
