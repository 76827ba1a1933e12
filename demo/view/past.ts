import type { Line } from "./cells.ts";
import type { Moment, PastSecond } from "./snapshot.ts";

/** Levels of a cell, from nothing to full. */
const LEVELS = " ▁▂▃▄▅▆▇█";
/** Share of failed requests that fills a cell. */
const FULL_ERROR_RATE = 0.1;
const LABEL = 8;

/** This moment as one second of the past. */
export function pastSecond({ slots }: Moment): PastSecond {
  const requests = slots.reduce((sum, slot) => sum + slot.requestsPerSecond, 0);
  const errors = slots.reduce((sum, slot) => sum + slot.requestsPerSecond * (slot.errorRate ?? 0), 0);
  const canary = slots.find(({ role }) => role === "canary");
  return { canaryShare: canary?.share ?? 0, errorRate: requests === 0 ? 0 : errors / requests };
}

/** The newest seconds as two rows of little bars, one cell a second, the newest on the right. */
export function pastLines(past: readonly PastSecond[], cells: number): readonly Line[] {
  const shown = past.slice(-Math.max(1, Math.min(60, cells - LABEL)));
  const row = (value: (second: PastSecond) => number): string =>
    shown.map((second) => level(value(second))).join("");
  return [
    [
      { text: "canary".padEnd(LABEL), style: ["dim"] },
      { text: row((each) => each.canaryShare / 100), style: ["yellow"] },
    ],
    [
      { text: "errors".padEnd(LABEL), style: ["dim"] },
      { text: row((each) => each.errorRate / FULL_ERROR_RATE), style: ["red"] },
    ],
  ];
}

/** Anything above 0 shows. */
function level(value: number): string {
  const top = LEVELS.length - 1;
  if (!(value > 0)) return LEVELS.charAt(0);
  return LEVELS.charAt(Math.min(top, Math.max(1, Math.round(value * top))));
}
