import { column, type Line } from "./cells.ts";
import type { EventView } from "./snapshot.ts";
import { wrapped } from "./wrapped.ts";

/** Seconds since the show began, as `0:42`. */
export function clock(at: number, startedAt: number): string {
  const seconds = Math.max(0, Math.floor((at - startedAt) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const LEAD = 6;

/**
 * The newest events in at most `rows` lines of `cells` cells, the oldest first. The newest may take two lines, the
 * others one each.
 */
export function eventLines(
  events: readonly EventView[],
  startedAt: number,
  cells: number,
  rows: number,
): readonly Line[] {
  const reasonCells = Math.min(16, Math.max(8, Math.floor(cells / 5)));
  const noteCells = Math.max(8, cells - LEAD - reasonCells);
  const newest = events.at(-1);
  const lines: Line[] = [];
  for (const event of events.toReversed()) {
    const notes = wrapped(event.note, noteCells, event === newest && rows > 2 ? 2 : 1);
    const block = notes.map((note, index): Line => {
      if (index > 0) return [{ text: " ".repeat(LEAD + reasonCells) }, { text: note }];
      return [
        { text: column(clock(event.at, startedAt), LEAD), style: ["dim"] },
        {
          text: column(event.reason, reasonCells - 1),
          style: event.warning ? ["yellow", "bold"] : ["bold"],
        },
        { text: ` ${note}` },
      ];
    });
    if (lines.length + block.length > rows) break;
    lines.unshift(...block);
  }
  return lines;
}
