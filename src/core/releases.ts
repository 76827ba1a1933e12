import type { HistoryEntry, ModelRolloutStatus, Outcome, Reason } from "../api/types.ts";
import { instant } from "./time.ts";

/** The last entries of history that are kept, and the revisions whose attempts are counted. */
const HISTORY = 10;
const ATTEMPTS = 50;

/** Revision part of a release name (`9c02ab34ef-1` -> `9c02ab34ef`). */
export function revisionOf(release: string | undefined): string | undefined {
  return release?.slice(0, Math.max(0, release.lastIndexOf("-")));
}

/** True when `status.release` names a release of this revision that has not ended yet. */
export function isOpen(status: ModelRolloutStatus, revision: string): boolean {
  if (revisionOf(status.release) !== revision) return false;
  return !(status.history ?? []).some(({ release }) => release === status.release);
}

/**
 * Status with a name for a new release of `revision`. No name is ever given twice (an annotation must never act on a
 * later release): attempts are counted per revision, and once a revision drops off the list all later ones start
 * above what it had.
 */
export function openRelease(status: ModelRolloutStatus, revision: string, now: number): ModelRolloutStatus {
  const known = status.attempts ?? [];
  const floor = status.attemptFloor ?? 0;
  const attempt = 1 + (known.find((entry) => entry.revision === revision)?.attempt ?? floor);
  const kept = [...known.filter((entry) => entry.revision !== revision), { revision, attempt }];
  const dropped = kept.slice(0, Math.max(0, kept.length - ATTEMPTS));
  const newFloor = Math.max(floor, ...dropped.map((entry) => entry.attempt));
  return {
    ...status,
    release: `${revision}-${attempt}`,
    releaseStartedAt: instant(now),
    attempts: kept.slice(-ATTEMPTS),
    ...(newFloor > 0 ? { attemptFloor: newFloor } : {}),
  };
}

export interface Ending {
  readonly revision: string;
  readonly modelVersion?: string;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly message: string;
}

/** Status with the present release written into its history, the newest first. */
export function closeRelease(status: ModelRolloutStatus, ending: Ending, now: number): ModelRolloutStatus {
  const entry: HistoryEntry = {
    ...(status.release === undefined ? {} : { release: status.release }),
    ...ending,
    startedAt: status.releaseStartedAt ?? instant(now),
    finishedAt: instant(now),
  };
  return { ...status, history: [entry, ...(status.history ?? [])].slice(0, HISTORY) };
}
