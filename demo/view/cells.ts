import { stripVTControlCharacters } from "node:util";
import { type Line, type Span, width } from "../../src/cli/text/line.ts";

export { type Line, paint, printable, type Span, type Style, width } from "../../src/cli/text/line.ts";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** At most so many cells; what is too long ends in an ellipsis. */
export function cut(text: string, cells: number): string {
  if (width(text) <= cells) return text;
  if (cells < 1) return "";
  let kept = "";
  let used = 1;
  for (const { segment } of graphemes.segment(text)) {
    used += width(segment);
    if (used > cells) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** Exactly so many cells, filled with blanks on the right, or on the left. */
export function column(text: string, cells: number, align: "left" | "right" = "left"): string {
  const short = cut(text, cells);
  const blanks = " ".repeat(Math.max(0, cells - width(short)));
  return align === "left" ? short + blanks : blanks + short;
}

/** At most so many cells of a line; what is too long ends in an ellipsis. */
export function fit(line: Line, cells: number): Line {
  const spans = line.map((span) => ({ ...span, text: printableBlanks(span.text) }));
  if (width(plain(spans)) <= cells) return spans;
  const fitted: Span[] = [];
  let left = cells;
  for (const span of spans) {
    const needed = width(span.text);
    if (needed >= left) return [...fitted, { ...span, text: cut(`${span.text} `, left) }];
    fitted.push(span);
    left -= needed;
  }
  return fitted;
}

/** As {@link printable}, but runs of blanks are layout and stay. */
function printableBlanks(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\t\n\r]/gu, " ")
    .replaceAll(/\p{Cc}/gu, "");
}

/** The text of a line, without its looks. */
export function plain(line: Line): string {
  return line.map(({ text }) => text).join("");
}
