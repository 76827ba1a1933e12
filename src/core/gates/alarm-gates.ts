import type { Reason } from "../../api/types.ts";
import type { Context } from "../context.ts";
import type { Verdict } from "../verdict.ts";

/** A gate that is shut: wait (look again), or block (nothing goes on before something changes). */
export interface ClosedGate {
  readonly kind: "wait" | "block";
  readonly reason: Reason;
  readonly message: string;
}

export type GateAnswer = { readonly kind: "pass"; readonly message: string } | ClosedGate;

export const pass = (message: string): GateAnswer => ({ kind: "pass", message });
export const wait = (reason: Reason, message: string): ClosedGate => ({ kind: "wait", reason, message });
export const block = (reason: Reason, message: string): ClosedGate => ({ kind: "block", reason, message });

const worst = (verdicts: readonly Verdict[], test: (verdict: Verdict) => boolean) => verdicts.find(test);

/** A start needs every alarm readable and none of them firing (design, "How a release runs", 1). */
export function alarmsAllowStart({ verdicts }: Context): GateAnswer {
  if (verdicts.length === 0) return pass("no alarms to ask");
  const failing = worst(verdicts, ({ verdict, pauses }) => verdict === "Fail" || pauses);
  if (failing) {
    return block(
      "AlarmFiring",
      `${failing.message}; a release starts when it is quiet, or with override-alarms`,
    );
  }
  const blind = worst(verdicts, (verdict) => verdict.blind);
  if (blind) return block("AlarmUnreadable", blind.message);
  const unread = worst(verdicts, ({ reason }) => reason === "AlarmUnread");
  if (unread) return wait("AlarmUnread", unread.message);
  return pass("every alarm is readable and quiet");
}

/** A raise, and the end of a hold, need every alarm's verdict to be Pass (I2). */
export function alarmsPass({ verdicts }: Context): GateAnswer {
  if (verdicts.length === 0) return pass("no alarms to ask");
  const not = worst(verdicts, ({ verdict }) => verdict !== "Pass");
  if (!not) return pass(`${verdicts.length} of ${verdicts.length} alarms pass`);
  if (not.blind) return wait("AlarmUnreadable", not.message);
  return not.reason === "AlarmInsufficientData"
    ? wait("AlarmInsufficientData", not.message)
    : wait("AlarmUnread", not.message);
}

/** The first alarm whose verdict takes the traffic back. */
export function failingAlarm({ verdicts }: Context): Verdict | undefined {
  return worst(verdicts, ({ verdict }) => verdict === "Fail");
}
