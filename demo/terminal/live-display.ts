import { paint } from "../view/cells.ts";
import { frame } from "../view/frame.ts";
import type { Snapshot } from "../view/snapshot.ts";
import type { Display } from "./display.ts";

const ENTER = "\u001b[?1049h\u001b[?25l\u001b[2J";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const END_OF_LINE = "\u001b[K";
const END_OF_SCREEN = "\u001b[J";
/** Terminals that know it show the frame at once, others ignore it. */
const BEGIN_FRAME = "\u001b[?2026h";
const END_FRAME = "\u001b[?2026l";

/** Draws over itself on the terminal's other screen, in whatever size the terminal has at the moment. */
export function liveDisplay(stream: NodeJS.WriteStream, hint: string): Display {
  const colour = stream.hasColors();
  let last = "";
  let latest: Snapshot | undefined;
  let open = false;

  const draw = (): void => {
    if (latest === undefined || !open) return;
    const lines = frame(latest, { columns: stream.columns || 80, rows: stream.rows || 24, hint });
    const text = lines.map((line) => paint(line, colour) + END_OF_LINE).join("\r\n");
    if (text === last) return;
    last = text;
    stream.write(BEGIN_FRAME + HOME + text + END_OF_SCREEN + END_FRAME);
  };
  const resized = (): void => {
    last = "";
    draw();
  };
  /** Also when the process ends in some other way: nobody should have to type `reset`. */
  const leave = (): void => {
    if (open) stream.write(LEAVE);
    open = false;
  };
  return {
    show: (snapshot) => {
      if (!open) {
        stream.write(ENTER);
        open = true;
        stream.on("resize", resized);
        process.once("exit", leave);
      }
      latest = snapshot;
      draw();
    },
    close: () => {
      stream.off("resize", resized);
      process.off("exit", leave);
      leave();
    },
  };
}
