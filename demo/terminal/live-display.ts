import { liveDisplay as drawnOver } from "../../src/cli/status/display.ts";
import { frame } from "../view/frame.ts";
import type { Display } from "./display.ts";

/** Draws over itself on the terminal's other screen, in whatever size the terminal has at the moment. */
export function liveDisplay(stream: NodeJS.WriteStream, hint: string): Display {
  const columns = (): number => stream.columns || 80;
  const rows = (): number => stream.rows || 24;
  const live = drawnOver((text) => void stream.write(text), stream.hasColors(), {
    columns,
    rows,
    onResize: (listener) => {
      stream.on("resize", listener);
      return () => void stream.off("resize", listener);
    },
  });
  /** Also when the process ends in some other way: nobody should have to type `reset`. */
  const leave = (): void => live.leave();
  process.once("exit", leave);
  return {
    show: (snapshot) => live.show(frame(snapshot, { columns: columns(), rows: rows(), hint })),
    close: () => {
      process.off("exit", leave);
      leave();
    },
  };
}
