import { formatDuration } from "../../api/duration.ts";
import type { ModelRolloutStatus, RoleStatus } from "../../api/types.ts";
import type { Action } from "../../core/action.ts";
import type { Destination } from "../../core/observed.ts";
import { millis } from "../../core/time.ts";
import type { SlotCount, Turn } from "./simulate.ts";

/** One thing that happens. */
export interface TimelineEntry {
  /** Since the beginning, in milliseconds. */
  readonly atMs: number;
  readonly what: string;
  /** Percent of the traffic at each destination; absent where there are no weights yet. */
  readonly shares?: Readonly<Record<Destination, number>>;
  /** Pods at each destination, afterwards. */
  readonly pods: Readonly<Record<Destination, SlotCount>>;
}

/** Stands for a revision that is in a Deployment the file only names. */
export const revisionElsewhere = "next";

/** What people call a revision. */
export type NameOf = (role: Pick<RoleStatus, "revision" | "modelVersion">) => string;

/** What happens, turn by turn; turns in which a person would notice nothing are left out. */
export function timelineOf(turns: readonly Turn[], nameOf: NameOf): readonly TimelineEntry[] {
  const begin = turns[0]?.at ?? 0;
  return turns.flatMap((turn) => {
    const { at, shareOfB, slots } = turn;
    const shares = shareOfB === undefined ? {} : { shares: { a: 100 - shareOfB, b: shareOfB } };
    return noticed(turn, nameOf).map((what) => ({ atMs: at - begin, what, ...shares, pods: slots }));
  });
}

function noticed(turn: Turn, nameOf: NameOf): readonly string[] {
  const { before, after, actions, approved } = turn;
  return [
    ...beginnings(before, after, nameOf),
    ...actions.flatMap((action) => podsText(action, after, nameOf)),
    ...steps(before, after),
    ...(approved === undefined ? [] : [`waits for an approval (${approved})`]),
    ...endings(turn, nameOf),
    ...standing(before, after),
  ];
}

function beginnings(
  before: ModelRolloutStatus,
  after: ModelRolloutStatus,
  nameOf: NameOf,
): readonly string[] {
  const begun = after.canary !== undefined && before.canary === undefined && after.rollback === undefined;
  const first = after.beginning !== undefined && before.beginning === undefined && after.stable !== undefined;
  return [
    ...(begun ? [releaseText(after.release, after.canary, nameOf)] : []),
    ...(first
      ? [`${nameOf(after.stable)} is the first revision: nothing runs yet, so there are no steps`]
      : []),
    ...(after.rollback !== undefined && before.rollback === undefined
      ? [`taken back: ${after.rollback.message}`]
      : []),
  ];
}

function releaseText(release: string | undefined, canary: RoleStatus, nameOf: NameOf): string {
  const known = canary.revision !== revisionElsewhere;
  return known ? `release ${release} of ${nameOf(canary)} begins` : `the release of ${nameOf(canary)} begins`;
}

function podsText(action: Action, after: ModelRolloutStatus, nameOf: NameOf): readonly string[] {
  if (action.kind !== "RenderSlot" && action.kind !== "ScaleSlot") return [];
  const { destination, replicas } = action;
  const role = [after.canary, after.stable, after.retained].find((each) => each?.slot === destination);
  const whose = role === undefined ? `slot ${destination}` : `${nameOf(role)} (slot ${destination})`;
  if (replicas === 0) return [`${whose}: no pods any more`];
  return [`${whose}: ${replicas} pod${replicas === 1 ? "" : "s"}`];
}

function steps(before: ModelRolloutStatus, after: ModelRolloutStatus): readonly string[] {
  const { step } = after;
  const arrived = step?.acknowledgedAt !== undefined && step.acknowledgedAt !== before.step?.acknowledgedAt;
  if (step === undefined || !arrived) return [];
  const hold =
    step.holdMs === undefined || step.holdMs === 0 ? "" : `, held for ${formatDuration(step.holdMs)}`;
  return [`step ${step.index + 1}/${step.count}: ${step.weight} %${hold}`];
}

function endings({ before, after, at }: Turn, nameOf: NameOf): readonly string[] {
  const [ended] = after.history ?? [];
  const isNew = ended !== undefined && ended.finishedAt !== before.history?.[0]?.finishedAt;
  const texts: string[] = [];
  if (isNew && ended.outcome === "Promoted")
    texts.push(`${nameOf(ended)} is stable now${keptText(after, at, nameOf)}`);
  if (isNew && ended.outcome !== "Promoted")
    texts.push(`${nameOf(ended)} is out: ${ended.outcome}, ${ended.reason}`);
  if (before.retained !== undefined && after.retained === undefined && after.rollback === undefined) {
    texts.push(`${nameOf(before.retained)} is kept no longer`);
  }
  return texts;
}

function keptText({ retained }: ModelRolloutStatus, at: number, nameOf: NameOf): string {
  if (retained === undefined) return "";
  const kept = formatDuration((millis(retained.until) ?? at) - at);
  return `; ${nameOf(retained)} is kept for ${kept}, a way back without steps`;
}

/** States that somebody must do something about. */
const notable: ReadonlySet<string> = new Set(["Blocked", "Paused"]);

function standing(before: ModelRolloutStatus, after: ModelRolloutStatus): readonly string[] {
  const ready = after.conditions?.find(({ type }) => type === "Ready");
  const said = before.conditions?.find(({ type }) => type === "Ready")?.message;
  if (after.state === undefined || !notable.has(after.state) || ready === undefined) return [];
  return before.state === after.state && said === ready.message ? [] : [`${after.state}: ${ready.message}`];
}
