import { formatDuration } from "../api/duration.ts";
import type { Clock } from "../runtime/clock.ts";
import type { QueueListener } from "../runtime/runner.ts";
import type { QueueSample } from "./metrics.ts";

/** The answer of a check: undefined when all is well, else what is wrong, in a few words. */
export type Complaint = string | undefined;

export interface LoopHealthOptions {
  readonly clock: Clock;
  readonly queue: QueueSample;
  /** Whether the queue should be moving: false while this replica waits for the lease, or is being stopped. */
  readonly expected: () => boolean;
  /** Ready keys and none started for so long: stuck. Default 60 s. */
  readonly stuckAfterMs?: number;
  /** A reconciliation that takes longer hangs: each of its calls has a deadline of a few seconds. Default 5 min. */
  readonly runDeadlineMs?: number;
}

/** Tells whether the reconcile loop moves. */
export interface LoopHealth {
  /** For the runner, beside other listeners. */
  readonly listener: Pick<QueueListener, "started" | "finished">;
  check(): Complaint;
}

/**
 * Watches a work queue from outside. A queue in which keys are ready, and no worker has taken or finished one since,
 * is stuck; a process in which that happens is best replaced. It needs no timer: whoever asks (the kubelet, every
 * few seconds) makes it look, and time that nobody has looked at counts from the next look on.
 */
export function createLoopHealth(options: LoopHealthOptions): LoopHealth {
  const { clock, queue, expected, stuckAfterMs = 60_000, runDeadlineMs = 300_000 } = options;
  /** Since when keys have been ready without any progress, as far as was seen. */
  let waitingSince: number | undefined;
  const progress = (): void => {
    waitingSince = undefined;
  };
  return {
    listener: { started: progress, finished: progress },
    check: () => {
      if (!expected()) {
        progress();
        return undefined;
      }
      const longest = Math.max(0, ...queue.runningForMs());
      if (longest > runDeadlineMs) return `a reconciliation has been running for ${seconds(longest)}`;
      const { depth } = queue;
      if (depth === 0) {
        progress();
        return undefined;
      }
      waitingSince ??= clock.monotonic();
      const waited = clock.monotonic() - waitingSince;
      return waited > stuckAfterMs ? `${depth} ready and none started for ${seconds(waited)}` : undefined;
    },
  };
}

function seconds(ms: number): string {
  return formatDuration(Math.floor(ms / 1_000) * 1_000);
}
