import { stripVTControlCharacters, styleText } from "node:util";

/** How a piece of text looks, in the words of `util.styleText`. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "magenta" | "cyan";

export interface Span {
  readonly text: string;
  readonly style?: readonly Style[];
}

/** A line of the terminal. */
export type Line = readonly Span[];

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** East Asian wide and fullwidth blocks, and emoji: two cells in every terminal of today. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/**
 * Names and messages come from outside: nothing in them moves the cursor, colours anything, breaks a line or turns the
 * direction of what follows.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\s\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, "");
}

/** Cells of a printable text. */
export function width(text: string): number {
  let cells = 0;
  for (const { segment } of graphemes.segment(text)) cells += wide.test(segment) ? 2 : 1;
  return cells;
}

/** At most `cells` cells, with an ellipsis where something is missing. */
export function cut(text: string, cells: number): string {
  if (width(text) <= cells) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = used + width(segment);
    if (next > cells - 1) break;
    kept += segment;
    used = next;
  }
  return cells > 0 ? `${kept}…` : "";
}

export function plain(...texts: readonly string[]): Line {
  return texts.map((text) => ({ text }));
}

export function styled(text: string, ...style: readonly Style[]): Span {
  return { text, style };
}

/** The line as it goes to a terminal; without colour, as it goes to a file. No line break, no blanks at its end. */
export function paint(line: Line, colour: boolean): string {
  const end = line.findLastIndex(({ text }) => text.trim() !== "");
  return line
    .slice(0, end + 1)
    .map(({ text, style }, index) => {
      const shown = index === end ? text.trimEnd() : text;
      if (!colour || style === undefined || style.length === 0 || shown === "") return shown;
      return styleText([...style], shown, { validateStream: false });
    })
    .join("");
}

/** Cut to `cells` cells, whatever its spans are. */
export function fit(line: Line, cells: number): Line {
  const fitted: Span[] = [];
  let left = cells;
  for (const span of line) {
    if (left <= 0) break;
    const text = cut(span.text, left);
    fitted.push({ ...span, text });
    left -= width(text);
    if (text !== span.text) break;
  }
  return fitted;
}
