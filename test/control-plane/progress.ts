import { styleText } from "node:util";

/** Where a person reads how far a long piece of work has come. */
export type Progress = {
  /** One line for good. */
  line(text: string): void;
  /** A line that the next one replaces; nothing where the output is not a terminal. */
  status(text: string): void;
};

/** Writes to `stream` (by default standard error, so that standard output stays clean for scripts). */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const live = stream.isTTY && process.env["CI"] === undefined;
  return {
    line: (text) => void stream.write(live ? `\r\u001b[2K${text}\n` : `${text}\n`),
    status: (text) => {
      if (live) stream.write(`\r\u001b[2K${styleText("dim", text.slice(0, (stream.columns || 80) - 1))}`);
    },
  };
}

/** Keeps everything to itself. */
export const silentProgress: Progress = { line: () => undefined, status: () => undefined };
