import type { Clock } from "./clock.ts";

/** A signal that aborts after a time or with the caller's own, and tells which it was. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** True when the time ran out before the caller's signal aborted. */
  readonly timedOut: () => boolean;
  /** Ends the timer; the caller's signal goes on to abort ours. */
  readonly disarm: () => void;
  /** Ends both: nothing is left behind on the caller's signal. */
  readonly release: () => void;
}

export function startDeadline(clock: Clock, timeoutMs: number, parent: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let timedOut = false;
  const abort = (): void => controller.abort();
  const cancel = clock.setTimer(() => {
    timedOut = !controller.signal.aborted;
    abort();
  }, timeoutMs);
  if (parent?.aborted === true) abort();
  else parent?.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    timedOut: () => timedOut,
    disarm: cancel,
    release: () => {
      cancel();
      parent?.removeEventListener("abort", abort);
    },
  };
}
