import { cut, printable, width } from "./cells.ts";

/** Breaks a text at blanks into at most `lines` lines of at most `cells` cells; an ellipsis says that there was more. */
export function wrapped(text: string, cells: number, lines: number): readonly string[] {
  const words = printable(text).trim().split(" ");
  const done: string[] = [];
  let current = "";
  for (const [index, word] of words.entries()) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (width(longer) <= cells) {
      current = longer;
      continue;
    }
    if (done.length === lines - 1)
      return [...done, cut([current, ...words.slice(index)].join(" ").trim(), cells)];
    if (current !== "") done.push(current);
    current = width(word) > cells ? cut(word, cells) : word;
  }
  return current === "" ? done : [...done, current];
}
