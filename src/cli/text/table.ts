import { type Line, type Span, styled, width } from "./line.ts";

export interface Column {
  readonly title: string;
  readonly align?: "right";
}

/** Columns as wide as their widest cell, two blanks apart. A column whose cells are all empty is left out. */
export function table(columns: readonly Column[], rows: readonly (readonly Span[])[]): readonly Line[] {
  const used = columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ index }) => rows.some((row) => (row[index]?.text ?? "") !== ""));
  const widths = used.map(({ title, index }) =>
    Math.max(width(title), ...rows.map((row) => width(row[index]?.text ?? ""))),
  );
  const line = (cells: readonly Span[]): Line =>
    cells.flatMap((cell, at) => {
      const blank = " ".repeat(Math.max(0, (widths[at] ?? 0) - width(cell.text)));
      const padded = used[at]?.align === "right" ? blank + cell.text : cell.text + blank;
      return at === 0 ? [{ ...cell, text: padded }] : [{ text: "  " }, { ...cell, text: padded }];
    });
  const head = line(used.map(({ title }) => styled(title, "dim")));
  return [head, ...rows.map((row) => line(used.map(({ index }) => row[index] ?? { text: "" })))];
}
