import type { ModelRollout } from "../api/types.ts";
import type { Destination, Observed } from "../core/observed.ts";
import { millis } from "../core/time.ts";

/** How old an answer about each destination's targets may be, in milliseconds. */
export type HealthAges = Readonly<Record<Destination, number>>;

export interface HealthWish {
  readonly rollout: Pick<ModelRollout, "status">;
  /** As the caches have them; absent: the pods are outside. */
  readonly slots: Observed["slots"];
  /** What may be old at most where a decision turns on it. */
  readonly freshMs: number;
  /** What may be old at most where it only must be known. */
  readonly seldomMs: number;
  readonly now: number;
}

/**
 * Which groups the next decision can turn on: AWS tells of one group per request, and a hundred releases that wait for
 * capacity share a few requests a second. So the other group of a start or of a canary without weight is read seldom,
 * and a group whose slot has no Ready pod, where nothing can be healthy that counts, as well; that of the slot that the
 * first revision does not use not at all. Once the canary has weight both are read at every poll.
 */
export function healthAges(wish: HealthWish): HealthAges {
  const { stable, beginning } = wish.rollout.status ?? {};
  if (beginning !== undefined) return agesOfFirst(wish, stable?.slot ?? "a");
  if (!stable || mayCarry(wish.rollout)) return { a: wish.freshMs, b: wish.freshMs };
  return agesOfStart(wish, stable.slot === "a" ? "b" : "a");
}

function agesOfFirst({ slots, freshMs }: HealthWish, slot: Destination): HealthAges {
  const at = slots?.[slot];
  const loading = at?.deployment !== undefined && at.ready < at.deployment.replicas;
  return only(slot, loading ? Infinity : freshMs, Infinity);
}

function agesOfStart(wish: HealthWish, candidate: Destination): HealthAges {
  const { rollout, slots, freshMs, seldomMs, now } = wish;
  const at = slots?.[candidate];
  const loading = rollout.status?.canary !== undefined && at?.deployment !== undefined && at.ready === 0;
  return only(candidate, Math.min(loading ? seldomMs : freshMs, sinceStart(rollout, now)), seldomMs);
}

/** A start is decided on a target group read after it was seen. */
function sinceStart({ status }: HealthWish["rollout"], now: number): number {
  const seen = status?.state === "Starting" && !status.canary ? millis(status.releaseStartedAt) : undefined;
  return seen === undefined ? Infinity : Math.max(0, now - seen);
}

/** Both versions have traffic, or had it a moment ago. */
function mayCarry({ status }: HealthWish["rollout"]): boolean {
  const { weight, rollback, retained } = status ?? {};
  return rollback !== undefined || retained !== undefined || !!weight?.acknowledged || !!weight?.observed;
}

const only = (slot: Destination, ms: number, otherMs: number): HealthAges =>
  slot === "a" ? { a: ms, b: otherMs } : { a: otherMs, b: ms };
