import { stripVTControlCharacters, styleText } from "node:util";

/** How a piece of text looks, in the words of `util.styleText`. */
export type Style = "bold" | "dim" | "inverse" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan";

/** A piece of a line. */
export interface Span {
  readonly text: string;
  readonly style?: readonly Style[];
}

/** A line of the terminal. */
export type Line = readonly Span[];

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** East Asian Wide and Fullwidth blocks, and emoji: two cells in every terminal of today. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const EMOJI = /\p{Emoji_Presentation}/u;

const cellsOf = (grapheme: string): number => (WIDE.test(grapheme) || EMOJI.test(grapheme) ? 2 : 1);

/** Nothing in it moves the cursor or colours anything; line breaks and tabs are blanks. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\s+/gu, " ")
    .replaceAll(/\p{Cc}/gu, "");
}

/** Terminal cells of a printable text. */
export function width(text: string): number {
  let cells = 0;
  for (const { segment } of graphemes.segment(text)) cells += cellsOf(segment);
  return cells;
}

/** At most so many cells; what is too long ends in an ellipsis. */
export function cut(text: string, cells: number): string {
  if (width(text) <= cells) return text;
  if (cells < 1) return "";
  let kept = "";
  let used = 1;
  for (const { segment } of graphemes.segment(text)) {
    used += cellsOf(segment);
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

/** Text for the terminal. Without colour there is no escape code in it. */
export function paint(line: Line, colour: boolean): string {
  return line
    .map(({ text, style }) =>
      colour && style !== undefined && style.length > 0
        ? styleText([...style], text, { validateStream: false })
        : text,
    )
    .join("");
}

/** The text of a line, without its looks. */
export function plain(line: Line): string {
  return paint(line, false);
}
