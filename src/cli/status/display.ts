import type { Screen } from "../surroundings.ts";
import { fit, type Line, paint, styled } from "../text/line.ts";

const ENTER = "\u001b[?1049h\u001b[?25l\u001b[2J";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const END_OF_LINE = "\u001b[K";
const END_OF_SCREEN = "\u001b[J";
/** Terminals that know it show the frame at once, others ignore it. */
const BEGIN_FRAME = "\u001b[?2026h";
const END_FRAME = "\u001b[?2026l";

export interface LiveDisplay {
  show(lines: readonly Line[]): void;
  /** Back to the terminal as it was. Safe to call twice. */
  leave(): void;
}

/** Draws over itself on the terminal's other screen, in whatever size the terminal has at the moment. */
export function liveDisplay(write: (text: string) => void, colour: boolean, screen: Screen): LiveDisplay {
  let latest: readonly Line[] = [];
  let last = "";
  let open = false;
  let forget = (): void => {};

  const draw = (): void => {
    const text = visible(latest, screen.columns(), screen.rows())
      .map((line) => paint(line, colour) + END_OF_LINE)
      .join("\r\n");
    if (text === last) return;
    last = text;
    write(BEGIN_FRAME + HOME + text + END_OF_SCREEN + END_FRAME);
  };
  return {
    show: (lines) => {
      latest = lines;
      if (!open) {
        open = true;
        write(ENTER);
        forget = screen.onResize(() => {
          last = "";
          draw();
        });
      }
      draw();
    },
    leave: () => {
      if (!open) return;
      open = false;
      forget();
      write(LEAVE);
    },
  };
}

/** What fits: the end is left out, with a line that says so. */
export function visible(lines: readonly Line[], columns: number, rows: number): readonly Line[] {
  const shown =
    lines.length <= rows
      ? lines
      : [
          ...lines.slice(0, Math.max(0, rows - 1)),
          [styled(`… ${lines.length - rows + 1} more lines: the terminal is too low`, "dim")],
        ];
  return shown.map((line) => fit(line, Math.max(1, columns)));
}
