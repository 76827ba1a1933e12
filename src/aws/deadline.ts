import { type Clock, systemClock } from "../runtime/clock.ts";
import { startDeadline } from "../runtime/deadline.ts";

/**
 * Runs `work` with a signal that aborts after `timeoutMs` or with `parent`, and cleans up after it. Rejects with
 * GaveUp then, even when the work does not heed its signal (the SDK does not while it looks for credentials).
 */
export async function within<T>(
  timeoutMs: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  const deadline = startDeadline(clock, timeoutMs, parent);
  try {
    return await unlessAborted(work(deadline.signal), deadline.signal);
  } finally {
    deadline.release();
  }
}

/** Why a caller stopped waiting. */
export class GaveUp extends Error {
  constructor() {
    super("given up");
    this.name = "AbortError";
  }
}

/** Waits for `promise`, but no longer than `signal` allows; the work behind it goes on. Rejects with GaveUp. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new GaveUp());
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
