import type { AlarmStatus, ModelRolloutStatus } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { instant } from "../time.ts";
import type { Verdict } from "../verdict.ts";

/** What of the baselines this plan changes: a raise sets them, otherwise they are kept. */
export type Baselines = "set" | "keep" | "drop";

/** Entries of `status.alarms`: verdicts for people, baselines and blind clocks for the next plans. */
export function alarmStatuses(context: Context, baselines: Baselines): readonly AlarmStatus[] {
  return context.verdicts.map((verdict) => {
    const { name, region } = verdict.alarm;
    const before = context.status.alarms?.find((known) => known.name === name && known.region === region);
    return {
      ...shown(verdict, before),
      ...baseline(context, verdict, before, baselines),
      ...blindClock(context, verdict, before),
    };
  });
}

/** A read that is merely waited for again keeps the words of the last one: status is written when something changes. */
function shown(verdict: Verdict, before: AlarmStatus | undefined): AlarmStatus {
  const { alarm, read } = verdict;
  const state = read?.state;
  const quiet =
    verdict.reason === "AlarmUnread" && !verdict.rehold && before !== undefined && before.state === state;
  const words = quiet ? before : verdict;
  return {
    name: alarm.name,
    region: alarm.region,
    ...(state === undefined ? {} : { state }),
    ...(read?.transitionedAt === undefined ? {} : { since: read.transitionedAt }),
    verdict: words.verdict,
    reason: words.reason,
    ...(words.message === undefined ? {} : { message: words.message }),
  };
}

/**
 * The transition that later reads are compared with: of the read on which the weight was raised. It moves on once
 * what happened since is dealt with: it was quiet, nobody can say (then the hold starts afresh), or the pause that it
 * asks for stands. An alarm that came into the spec later begins with its first good read.
 */
function baseline(
  { status }: Context,
  verdict: Verdict,
  before: AlarmStatus | undefined,
  baselines: Baselines,
): Pick<AlarmStatus, "baseline"> {
  if (baselines === "drop") return {};
  const known = before?.baseline;
  const seen = verdict.read?.transitionedAt ?? known;
  const moves =
    baselines === "set" ||
    verdict.rehold ||
    isExplained(verdict, known) ||
    isPausedFor(verdict, status) ||
    isNew(verdict, known, status);
  const value = moves ? seen : known;
  return value === undefined ? {} : { baseline: value };
}

/** Its history tells of the time since the baseline, and it was not in ALARM then. */
function isExplained({ read, pauses }: Verdict, known: string | undefined): boolean {
  const history = read?.history;
  return known !== undefined && history?.since === known && history.answer !== "fired" && !pauses;
}

const isPausedFor = ({ reason, pauses }: Verdict, { pause }: ModelRolloutStatus) =>
  reason === "AlarmFired" && pauses && pause !== undefined;

function isNew(
  { reason }: Verdict,
  known: string | undefined,
  { weight, retained }: ModelRolloutStatus,
): boolean {
  const exposed = (weight?.acknowledged ?? 0) > 0 || retained !== undefined;
  return known === undefined && reason === "AlarmOk" && exposed;
}

function blindClock(
  { now }: Context,
  verdict: Verdict,
  before: AlarmStatus | undefined,
): Pick<AlarmStatus, "unreadableSince"> {
  return verdict.blind ? { unreadableSince: before?.unreadableSince ?? instant(now) } : {};
}

/** The column Alarms: `2/3 pass`, and the worst in words. */
export function alarmSummary(alarms: readonly AlarmStatus[], watched: boolean): string {
  if (!watched) return "not watched";
  if (alarms.length === 0) return "none";
  const passing = alarms.filter(({ verdict }) => verdict === "Pass").length;
  const failing =
    alarms.find(({ verdict }) => verdict === "Fail") ?? alarms.find(({ verdict }) => verdict === "Wait");
  const text = `${passing}/${alarms.length} pass`;
  return failing ? `${text}, ${failing.name} ${failing.state ?? failing.reason}`.slice(0, 200) : text;
}
