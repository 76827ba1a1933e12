import type { Call } from "../test/aws-simulator/calls.ts";
import type { Simulator } from "../test/aws-simulator/simulator.ts";

/** How the operator's calls are told from those of what binds targets. */
const operator = /\bmodelrollout\//;

/** An answered call of the operator. `answeredAt` in milliseconds of this process's monotonic clock. */
export type AnsweredCall = { readonly call: Call; readonly answeredAt: number };

/** Counts the operator's calls by operation, from now on. */
export type CallCounter = {
  /** By operation. */
  counts(): Readonly<Record<string, number>>;
  /** Those that were refused or not answered. */
  readonly failed: number;
  /** Starts again at nothing. */
  reset(): void;
  stop(): void;
};

/** Counts calls as they are answered; remembers none. */
export function countCalls(simulator: Simulator): CallCounter {
  let counts: Record<string, number> = {};
  let failed = 0;
  const stop = simulator.onCall(({ operation, userAgent, outcome }) => {
    if (!operator.test(userAgent)) return;
    counts[operation] = (counts[operation] ?? 0) + 1;
    if (outcome.kind !== "ok") failed += 1;
  });
  return {
    counts: () => ({ ...counts }),
    get failed() {
      return failed;
    },
    reset: () => {
      counts = {};
      failed = 0;
    },
    stop,
  };
}

/** Tells each call of the operator at the moment at which its answer leaves. Returns the way out. */
export function onAnswer(simulator: Simulator, listener: (answered: AnsweredCall) => void): () => void {
  return simulator.onCall((call) => {
    if (operator.test(call.userAgent)) listener({ call, answeredAt: performance.now() });
  });
}

/** Calls per minute, by operation. */
export function perMinute(
  counts: Readonly<Record<string, number>>,
  seconds: number,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(counts)
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([operation, count]) => [operation, Math.round((count / seconds) * 600) / 10]),
  );
}

/** `DescribeAlarms 6, DescribeRules 6.1`. */
export function inWords(counts: Readonly<Record<string, number>>): string {
  const words = Object.entries(counts).map(([operation, count]) => `${operation} ${count}`);
  return words.length === 0 ? "none" : words.join(", ");
}
