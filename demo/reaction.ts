/** A call of the operator that AWS has answered, with what the answer could show. `at` in ms of one monotonic clock. */
export interface AnsweredCall {
  readonly at: number;
  readonly operation: string;
  /** The alarm was in ALARM when the call was answered. */
  readonly alarm: boolean;
  /** Share of the canary in the rule at that moment, in percent. */
  readonly canaryShare: number;
}

/** How fast a rollback was, as AWS saw it; milliseconds. */
export interface Reaction {
  /** From the answer that said ALARM to the write of the stable weights. */
  readonly writtenMs: number;
  /** From the answer that said ALARM to the answer that showed the stable weights. */
  readonly acknowledgedMs: number;
}

const isRead = (operation: string): boolean =>
  operation === "DescribeRules" || operation === "DescribeListeners";
const isWrite = (operation: string): boolean => operation === "ModifyRule" || operation === "ModifyListener";

/** Looks for the first read of ALARM while the canary has traffic, the write that took it and the read that showed it. */
export function reactionOf(calls: readonly AnsweredCall[]): Reaction | undefined {
  const alarmed = calls.findIndex(
    ({ operation, alarm, canaryShare }) => operation === "DescribeAlarms" && alarm && canaryShare > 0,
  );
  if (alarmed < 0) return undefined;
  const after = calls.slice(alarmed);
  const written = after.findIndex(({ operation, canaryShare }) => isWrite(operation) && canaryShare === 0);
  if (written < 0) return undefined;
  const shown = after
    .slice(written)
    .find(({ operation, canaryShare }) => isRead(operation) && canaryShare === 0);
  const [start, write] = [after[0], after[written]];
  if (start === undefined || write === undefined || shown === undefined) return undefined;
  return { writtenMs: write.at - start.at, acknowledgedMs: shown.at - start.at };
}
