/**
 * What can be seen of a rollback: `alarm`, the operator was told of ALARM while the canary had traffic; `written`, the
 * way back was asked for; `shown`, nothing is on the canary any more.
 */
export type Sign = "alarm" | "written" | "shown";

/** A sign and when it was seen, in ms of one monotonic clock. */
export interface SeenSign {
  readonly at: number;
  readonly sign: Sign;
}

/** How fast a rollback was; milliseconds, both from the answer that said ALARM. */
export interface Reaction {
  readonly writtenMs: number;
  readonly acknowledgedMs: number;
}

/** An AWS call of the operator that was answered, and how things stood then. */
export interface AnsweredCall {
  readonly operation: string;
  /** An alarm was in ALARM. */
  readonly alarm: boolean;
  /** Share of whatever is not stable, in percent. */
  readonly canaryShare: number;
}

/** What the answer of a call shows; `write` and `read` are the operations that do so to the weights. */
export function signOf(
  { operation, alarm, canaryShare }: AnsweredCall,
  { write, read }: { readonly write: readonly string[]; readonly read: readonly string[] },
): Sign | undefined {
  if (operation === "DescribeAlarms") return alarm && canaryShare > 0 ? "alarm" : undefined;
  if (canaryShare > 0) return undefined;
  if (write.includes(operation)) return "written";
  return read.includes(operation) ? "shown" : undefined;
}

/** Looks for the first alarm, what was written next, and what showed it after that. */
export function reactionOf(signs: readonly SeenSign[]): Reaction | undefined {
  const start = signs.findIndex(({ sign }) => sign === "alarm");
  if (start < 0) return undefined;
  const after = signs.slice(start);
  const written = after.findIndex(({ sign }) => sign === "written");
  if (written < 0) return undefined;
  const shown = after.slice(written).find(({ sign }) => sign === "shown");
  const [alarm, write] = [after[0], after[written]];
  if (alarm === undefined || write === undefined || shown === undefined) return undefined;
  return { writtenMs: write.at - alarm.at, acknowledgedMs: shown.at - alarm.at };
}
