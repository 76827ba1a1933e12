import type { Priority, RequestBudget } from "../aws/budget.ts";
import type { AwsCall } from "../aws/errors.ts";
import type { AccessProblem, TargetRead } from "../core/observed.ts";
import type { WeightsWrite } from "./router.ts";

/** What shall stand in a target. */
export type TargetWish = Pick<WeightsWrite, "weights" | "stickiness">;

/** A read of one target together with the state it was made from. */
export interface TargetLook<S> {
  /** When the read began, by the wall clock. */
  readonly at: number;
  readonly read: TargetRead;
  readonly state?: S;
}

/**
 * One rule, listener or route of a rollout, as its service reads and writes it. How a weight is raised and taken back
 * (src/routers/shift.ts, rollback.ts) is the same for all of them. `S` is what a write is made from: all that the
 * service replaces as a whole.
 */
export interface TargetDriver<S> {
  /** As in the spec; unique within a rollout. */
  readonly id: string;
  readonly readCall: AwsCall;
  readonly writeCall: AwsCall;
  readonly budget: RequestBudget;
  /**
   * The read that the whole fleet shares, with all that tells whether the target may be driven; `weightsOnly`: with it
   * if it is known already; with priority drift only if `owners` are asked for. Never rejects.
   */
  look(wish: {
    readonly maxAgeMs: number;
    readonly priority: Priority;
    readonly weightsOnly?: boolean;
    readonly owners?: boolean;
  }): Promise<TargetLook<S>>;
  /** One request on the rollback's own client, past all that is shared. Undefined: not in the answer. Throws what the SDK throws. */
  describe(signal: AbortSignal): Promise<S | undefined>;
  /** The state with the weights wished for and nothing else changed; undefined when it cannot be written. */
  rewrite(state: S, wish: TargetWish): S | undefined;
  /**
   * One write, which may be sent several times. Sending resolves with what stands then and throws what the SDK throws.
   */
  prepare(state: S, use: "write" | "rollback"): (signal: AbortSignal) => Promise<S>;
  readingOf(state: S): TargetRead;
  unread(problem: AccessProblem): TargetRead;
  /** From now on only reads that begin later are given. */
  forget(): void;
}

/** True when a reading carries what is wished for, shares compared as shares (1 to 9 is 10 to 90). */
export function fulfils(reading: Pick<TargetRead, "shares" | "stickySeconds">, wish: TargetWish): boolean {
  const sum = wish.weights.a + wish.weights.b;
  if (reading.shares === undefined || sum <= 0) return false;
  if (Math.abs(reading.shares.a - (wish.weights.a * 100) / sum) > 1e-6) return false;
  if (wish.stickiness === "keep") return true;
  return wish.stickiness === "off"
    ? reading.stickySeconds === undefined
    : reading.stickySeconds === wish.stickiness;
}
