import type { Destination, RouterRead, TargetRead } from "./observed.ts";

/** The other of the two destinations. */
export function other(destination: Destination): Destination {
  return destination === "a" ? "b" : "a";
}

/** Absolute weights for a canary share of `percent` (whole, 0-100) on `canary`; they sum to 100, so never both 0 (I5). */
export function weightsFor(canary: Destination, percent: number): Readonly<Record<Destination, number>> {
  return canary === "a" ? { a: percent, b: 100 - percent } : { a: 100 - percent, b: percent };
}

/**
 * Pods of the canary that a weight needs: all of them with `Full`, else the same share of `replicas` rounded up,
 * and at least one (a step of weight 0 is a canary without traffic, not no canary).
 */
export function podsFor(weight: number, replicas: number, mode: "Proportional" | "Full"): number {
  if (replicas <= 0) return 0;
  return mode === "Full" ? replicas : Math.max(1, Math.ceil((weight * replicas) / 100));
}

/** Shares are compared as numbers: 1 to 9 is the same as 10 to 90. */
export function same(share: number, percent: number): boolean {
  return Math.abs(share - percent) < 1e-6;
}

/** How one target stands to what was last acknowledged. */
export type TargetStanding = "settled" | "stale" | "above" | "below" | "unread";

/** What is known about the weights when they are judged. */
export interface WeightMemory {
  /** Percent of the canary that every target shall carry. */
  readonly acknowledged: number;
  /** Percent that an outstanding write asks for. */
  readonly intended?: number;
  /** Share before our last write, and when that write was acknowledged. */
  readonly previous?: number;
  readonly changedAt?: number;
}

/** A read that shows what stood before our last write is not drift for this long (design, "Around"). */
const STALE_READ_MS = 30_000;

/** Classifies one target; `canary` names the destination whose share counts. */
export function standing(
  target: TargetRead,
  canary: Destination,
  memory: WeightMemory,
  now: number,
): TargetStanding {
  if (target.problem || !target.shares) return "unread";
  const share = target.shares[canary];
  if (same(share, memory.acknowledged)) return "settled";
  if (memory.intended !== undefined && same(share, memory.intended)) return "stale";
  const recent = memory.changedAt !== undefined && now - memory.changedAt < STALE_READ_MS;
  if (recent && memory.previous !== undefined && same(share, memory.previous)) return "stale";
  return share > memory.acknowledged ? "above" : "below";
}

/** True when every target was read and carries exactly `percent` on `canary`. */
export function carries(read: RouterRead | undefined, canary: Destination, percent: number): boolean {
  if (!read || read.targets.length === 0) return false;
  return read.targets.every(
    (target) => !target.problem && target.shares !== undefined && same(target.shares[canary], percent),
  );
}

/** True when no target that could be read has group stickiness on. */
export function stickinessOff(read: RouterRead | undefined): boolean {
  return (read?.targets ?? []).every((target) => target.stickySeconds === undefined);
}

/** True when every target was read and has group stickiness on. */
export function stickinessOn(read: RouterRead | undefined): boolean {
  if (!read || read.targets.length === 0) return false;
  return read.targets.every((target) => !target.problem && target.stickySeconds !== undefined);
}

/** The largest group stickiness of the targets, in seconds; absent where there is none. */
export function stickySeconds(read: RouterRead | undefined): number | undefined {
  const seconds = (read?.targets ?? []).flatMap((target) => target.stickySeconds ?? []);
  return seconds.length > 0 ? Math.max(...seconds) : undefined;
}

/** The canary's largest share over all targets that could be read; absent when none could. */
export function observedShare(read: RouterRead | undefined, canary: Destination): number | undefined {
  const shares = (read?.targets ?? []).flatMap((target) => target.shares?.[canary] ?? []);
  return shares.length > 0 ? Math.max(...shares) : undefined;
}
