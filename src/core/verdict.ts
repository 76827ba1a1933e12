import type { Reason } from "../api/types.ts";
import { isFresh } from "./freshness.ts";
import type { AlarmRead } from "./observed.ts";

/** One alarm of the spec with every default filled in. */
export interface JudgedAlarm {
  readonly name: string;
  readonly region: string;
  readonly onAlarm: "Rollback" | "Pause" | "Record";
  readonly onInsufficientData: "Hold" | "Pass" | "Rollback";
  readonly destination?: string;
}

export interface Verdict {
  readonly alarm: JudgedAlarm;
  readonly read?: AlarmRead;
  readonly verdict: "Pass" | "Fail" | "Wait";
  readonly reason: Reason;
  /** One line that names the alarm. */
  readonly message: string;
  /** Missing, denied, failing to evaluate: the blind clock runs (`analysis.unreadable.rollbackAfter`). */
  readonly blind: boolean;
  /** An alarm with `onAlarm: Pause` is, or was between two polls, in ALARM. */
  readonly pauses: boolean;
  /** It moved between two polls and nobody can say where to: the hold starts afresh. */
  readonly rehold: boolean;
}

export interface JudgeInput {
  readonly now: number;
  /** A read that began before this proves nothing: the release's start, or the present weight's acknowledgement. */
  readonly evidenceSince: number;
  readonly alarmPollMs: number;
  /** `override-alarms` names this release: recorded, not obeyed. */
  readonly overridden: boolean;
  /** The destination that is judged now: the canary's, or in retain the promoted version's. */
  readonly judged?: "a" | "b";
  /** StateTransitionedTimestamp in the read on which the weight was raised. */
  readonly baseline?: string;
}

/**
 * Judges one alarm. Only evidence passes: a read that began later than `evidenceSince` and is at most two polls old,
 * of an alarm that is evaluated, not in ALARM, and was not in ALARM since the weight was acknowledged.
 */
export function judge(alarm: JudgedAlarm, read: AlarmRead | undefined, input: JudgeInput): Verdict {
  const say = (verdict: Verdict["verdict"], reason: Reason, text: string, more?: Partial<Verdict>) => ({
    alarm,
    ...(read ? { read } : {}),
    verdict,
    reason,
    message: `${alarm.name}: ${text}`,
    blind: false,
    pauses: false,
    rehold: false,
    ...more,
  });
  if (alarm.destination !== undefined && alarm.destination !== input.judged) {
    return say("Pass", "AlarmNotJudging", `judges only while ${alarm.destination} is the canary`);
  }
  if (alarm.onAlarm === "Record") {
    return say(
      "Pass",
      "AlarmRecorded",
      `${read?.state ?? "not read"} (onAlarm: Record, recorded and not obeyed)`,
    );
  }
  if (input.overridden) {
    return say(
      "Pass",
      "AlarmOverridden",
      `${read?.state ?? "not read"} (override-alarms names this release)`,
    );
  }
  return judgeEvidence(alarm, read, input, say);
}

type Say = (verdict: Verdict["verdict"], reason: Reason, text: string, more?: Partial<Verdict>) => Verdict;

function judgeEvidence(
  alarm: JudgedAlarm,
  read: AlarmRead | undefined,
  input: JudgeInput,
  say: Say,
): Verdict {
  const blind = judgeSight(alarm, read, say);
  if (blind || !read) return blind ?? say("Wait", "AlarmUnread", "not read yet");
  return judgeTransition(alarm, read, input, say) ?? judgeState(alarm, read, input, say);
}

/** Can the alarm be seen at all? ALARM counts even when it is not evaluated any more. */
function judgeSight(alarm: JudgedAlarm, read: AlarmRead | undefined, say: Say): Verdict | undefined {
  if (!read) return undefined;
  if (read.outcome === "missing") {
    return say("Wait", "AlarmMissing", `does not exist in ${alarm.region}; create it or correct its name`, {
      blind: true,
    });
  }
  if (read.outcome === "problem") {
    return say("Wait", "AlarmUnreadable", read.problem?.message ?? "could not be read", { blind: true });
  }
  if (read.state === "ALARM") return firing(alarm, "AlarmFiring", "in ALARM", say);
  if (read.evaluationBroken !== undefined) {
    return say("Wait", "AlarmUnreadable", `${read.evaluationBroken}: CloudWatch does not evaluate it`, {
      blind: true,
    });
  }
  return undefined;
}

/** A state that was read and is evaluated; it passes only as fresh evidence. */
function judgeState(alarm: JudgedAlarm, read: AlarmRead, input: JudgeInput, say: Say): Verdict {
  if (read.state === "INSUFFICIENT_DATA" && alarm.onInsufficientData !== "Pass") {
    const verdict = alarm.onInsufficientData === "Rollback" ? "Fail" : "Wait";
    return say(
      verdict,
      "AlarmInsufficientData",
      `INSUFFICIENT_DATA (onInsufficientData: ${alarm.onInsufficientData})`,
    );
  }
  if (read.at <= input.evidenceSince) {
    return say(
      "Wait",
      "AlarmUnread",
      `${read.state}, but not read since the release began or its weight was read back`,
    );
  }
  if (!isFresh(read.at, input)) {
    return say("Wait", "AlarmUnread", `${read.state}, but not read again for more than two polls`);
  }
  return say("Pass", "AlarmOk", read.state ?? "OK");
}

function firing(alarm: JudgedAlarm, reason: Reason, text: string, say: Say): Verdict {
  return alarm.onAlarm === "Pause"
    ? say("Wait", reason, `${text} (onAlarm: Pause)`, { pauses: true })
    : say("Fail", reason, text);
}

/** An alarm that moved since the weight was raised and is quiet now: its history tells whether it was in ALARM. */
function judgeTransition(
  alarm: JudgedAlarm,
  read: AlarmRead,
  input: JudgeInput,
  say: Say,
): Verdict | undefined {
  if (input.baseline === undefined || read.transitionedAt === input.baseline) return undefined;
  if (read.history?.since !== input.baseline) {
    return say("Wait", "AlarmUnread", "changed its state since the weight was raised; asking its history");
  }
  if (read.history.answer === "quiet") return undefined;
  if (read.history.answer === "fired") {
    return firing(alarm, "AlarmFired", "was in ALARM since the weight was raised", say);
  }
  return say(
    "Wait",
    "AlarmUnread",
    "changed its state since the weight was raised and its history cannot be read: the hold starts afresh",
    { rehold: true },
  );
}
