import { annotations } from "../api/group.ts";
import type { ModelRollout, ModelRolloutStatus } from "../api/types.ts";
import { deploymentAsRouter, inPlaceSettings, withoutMetNext, withReleaseSize } from "./in-place/view.ts";
import type { Destination, Observed } from "./observed.ts";
import { saneStatus } from "./sane-status.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { millis } from "./time.ts";
import { type JudgeInput, judge, type Verdict } from "./verdict.ts";
import { other } from "./weights.ts";

/** What people said by annotation; each value names the release it acts on. */
export interface Requests {
  readonly approve?: string;
  readonly promote?: string;
  readonly abort?: string;
  readonly retry?: string;
  readonly overrideAlarms?: string;
  readonly keep: boolean;
}

/** The snapshot with what follows from it directly; every stage reads from here and nothing else. */
export interface Context {
  readonly rollout: ModelRollout;
  readonly status: ModelRolloutStatus;
  readonly observed: Observed;
  readonly settings: Settings;
  readonly requests: Requests;
  readonly now: number;
  /** Which share is watched: of the canary, of the promoted version in retain, or of what is not stable. */
  readonly watched: Destination;
  readonly verdicts: readonly Verdict[];
}

function requestsOf(rollout: ModelRollout): Requests {
  const given = rollout.metadata.annotations ?? {};
  const value = (key: string) => given[key]?.trim() || undefined;
  const pick = (name: Exclude<keyof Requests, "keep">, key: string): Partial<Requests> => {
    const text = value(key);
    return text === undefined ? {} : { [name]: text };
  };
  return {
    ...pick("approve", annotations.approve),
    ...pick("promote", annotations.promote),
    ...pick("abort", annotations.abort),
    ...pick("retry", annotations.retry),
    ...pick("overrideAlarms", annotations.overrideAlarms),
    keep: value(annotations.keep) === "true",
  };
}

/** The destination whose share is watched (design, "Drift": in retain the promoted version counts as the canary). */
export function watchedDestination(status: ModelRolloutStatus): Destination {
  if (status.canary) return status.canary.slot ?? "b";
  const stable = status.stable?.slot ?? "a";
  return status.retained ? stable : other(stable);
}

/** The share in percent that the watched destination shall carry now. */
export function acknowledgedShare(status: ModelRolloutStatus): number {
  if (!status.canary) return status.retained ? 100 : 0;
  return status.weight?.acknowledged ?? 0;
}

/** The share in percent that was last asked for: of the write under way, else what was acknowledged. */
export function askedShare(status: ModelRolloutStatus): number {
  const { intent } = status;
  const ours = intent?.action === "SetWeights" && intent.slot === watchedDestination(status);
  if (ours && intent.weight !== undefined) return intent.weight;
  return status.rollback ? 0 : acknowledgedShare(status);
}

function judged(status: ModelRolloutStatus): Destination | undefined {
  if (status.canary) return status.canary.slot;
  if (status.retained) return status.stable?.slot;
  return status.stable?.slot === undefined ? undefined : other(status.stable.slot);
}

/** Judges every alarm of the spec against the evidence that the present release needs. */
export function judgeAll(context: Omit<Context, "verdicts">, evidenceSince: number): readonly Verdict[] {
  const { settings, observed, status, requests } = context;
  const destination = judged(status);
  return settings.alarms.map((alarm) => {
    const read = observed.alarms.find(({ name, region }) => name === alarm.name && region === alarm.region);
    const before = status.alarms?.find(({ name, region }) => name === alarm.name && region === alarm.region);
    const baseline = status.canary || status.retained ? before?.baseline : undefined;
    const input: JudgeInput = {
      now: context.now,
      evidenceSince,
      alarmPollMs: observed.alarmPollMs,
      overridden: requests.overrideAlarms !== undefined && requests.overrideAlarms === status.release,
      ...(destination ? { judged: destination } : {}),
      ...(baseline === undefined ? {} : { baseline }),
    };
    return judge(alarm, read, input);
  });
}

/** The instant before which a read proves nothing for the next raise. */
function evidenceSince(status: ModelRolloutStatus): number {
  return Math.max(millis(status.releaseStartedAt) ?? 0, millis(status.weight?.acknowledgedAt) ?? 0);
}

/** The same snapshot with another status, judged by the evidence that this status asks for. */
export function rejudged(context: Context, status: ModelRolloutStatus): Context {
  const bare = { ...context, status };
  return { ...bare, verdicts: judgeAll(bare, evidenceSince(status)) };
}

export function contextOf(rollout: ModelRollout, given: Observed): Context {
  const written = settingsOf(rollout.spec, given.defaultRegion);
  const known = withoutMetNext(saneStatus(rollout.status, given), given.inPlace);
  const status = withReleaseSize(known, given.inPlace, written.replicas);
  const settings = inPlaceSettings(written, status, given.inPlace);
  const observed = given.inPlace ? { ...given, router: deploymentAsRouter(status, given) } : given;
  const bare = {
    rollout,
    status,
    observed,
    settings,
    requests: requestsOf(rollout),
    now: observed.now,
    watched: watchedDestination(status),
  };
  return { ...bare, verdicts: judgeAll(bare, evidenceSince(status)) };
}
