/** A piece of a captured line with its looks. */
export interface Cell {
  readonly text: string;
  readonly colour?: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

/** A screen as it stood: lines of pieces. */
export type Screen = readonly (readonly Cell[])[];

// oxlint-disable no-control-regex -- this is about nothing else
const FRAME = /\u001b\[\?2026h\u001b\[H([\s\S]*?)\u001b\[\?2026l/g;
const SGR = /\u001b\[([\d;]*)m/;
const COLOURS: Readonly<Record<number, string>> = {
  31: "red",
  32: "green",
  33: "yellow",
  34: "blue",
  35: "magenta",
  36: "cyan",
};

/** Every screen that the demo drew, in order, from what it wrote to the terminal. */
export function screensOf(output: string): readonly Screen[] {
  return [...output.matchAll(FRAME)].map(([, drawn = ""]) =>
    drawn
      .replaceAll(/\u001b\[[KJ]/g, "")
      .split(/\r*\n/)
      .map(cellsOf),
  );
}

/** The text of a screen, for looking for something. */
export function textOf(screen: Screen): string {
  return screen.map((line) => line.map(({ text }) => text).join("")).join("\n");
}

function cellsOf(line: string): readonly Cell[] {
  const cells: Cell[] = [];
  let looks: Omit<Cell, "text"> = { bold: false, dim: false };
  for (const [index, part] of line.split(SGR).entries()) {
    if (index % 2 === 0) {
      if (part !== "") cells.push({ text: part, ...looks });
    } else for (const code of part.split(";")) looks = changed(looks, Number(code));
  }
  return cells;
}

function changed(looks: Omit<Cell, "text">, code: number): Omit<Cell, "text"> {
  const { colour: _colour, ...rest } = looks;
  if (code === 0) return { bold: false, dim: false };
  if (code === 1) return { ...looks, bold: true };
  if (code === 2) return { ...looks, dim: true };
  if (code === 22) return { ...looks, bold: false, dim: false };
  if (code === 39) return rest;
  const colour = COLOURS[code];
  return colour === undefined ? looks : { ...rest, colour };
}
