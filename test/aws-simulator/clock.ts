/** Cancels a timer; calling it twice is harmless. */
export type CancelTimer = () => void;

/** The only source of time in the simulator. Milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Runs `callback` once, `delayMs` from now. */
  setTimer(callback: () => void, delayMs: number): CancelTimer;
}

/** A clock that stands still until a test moves it. */
export interface VirtualClock extends Clock {
  /** Moves time forward by `ms`, firing every timer that falls due, in order, each at its own instant. */
  advance(ms: number): void;
}

/** Wall time. Its timers never keep the process alive. */
export const realClock: Clock = {
  now: () => Date.now(),
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Wall time that can be set forward; timers keep to the real one. */
export interface LeapingClock extends Clock {
  readonly leap: (ms: number) => void;
}

/** For tests over real HTTP in which something has to have happened a while ago. */
export const createLeapingClock = (): LeapingClock => {
  let ahead = 0;
  return {
    now: () => realClock.now() + ahead,
    setTimer: (callback, delayMs) => realClock.setTimer(callback, delayMs),
    leap: (ms) => {
      ahead += ms;
    },
  };
};

interface Due {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

const earliest = (timers: ReadonlySet<Due>, until: number): Due | undefined => {
  let found: Due | undefined;
  for (const timer of timers) {
    if (timer.at > until) continue;
    if (!found || timer.at < found.at || (timer.at === found.at && timer.order < found.order)) found = timer;
  }
  return found;
};

/** Virtual time, starting at `start` (default 2026-01-01T00:00:00Z). */
export const createVirtualClock = (start = Date.UTC(2026, 0, 1)): VirtualClock => {
  const timers = new Set<Due>();
  let now = start;
  let order = 0;
  return {
    now: () => now,
    setTimer(callback, delayMs) {
      const timer: Due = { at: now + Math.max(0, delayMs), order: order++, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const until = now + ms;
      for (let due = earliest(timers, until); due; due = earliest(timers, until)) {
        timers.delete(due);
        now = due.at;
        due.callback();
      }
      now = until;
    },
  };
};
