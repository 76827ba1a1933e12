import type { Screen } from "../../src/cli/surroundings.ts";

/** A terminal in memory that knows what the plugin writes, and refuses what it does not know. */
export class Terminal implements Screen {
  #columns: number;
  #rows: number;
  readonly #listeners = new Set<() => void>();
  readonly #screens: { main: Page; other: Page };
  #on: "main" | "other" = "main";
  cursorShown = true;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
    this.#screens = { main: new Page(), other: new Page() };
  }

  columns(): number {
    return this.#columns;
  }

  rows(): number {
    return this.#rows;
  }

  onResize(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  resize(columns: number, rows: number): void {
    this.#columns = columns;
    this.#rows = rows;
    for (const listener of this.#listeners) listener();
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  get onOtherScreen(): boolean {
    return this.#on === "other";
  }

  /** What stands there now, without blanks at the ends of lines. */
  get lines(): readonly string[] {
    return this.#screens[this.#on].text;
  }

  write(text: string): void {
    // eslint-disable-next-line no-control-regex
    const parts = /\u001b\[([?\d;]*)([A-Za-z])|\r|\n|[^\u001b\r\n]+/gy;
    let read = 0;
    for (const match of text.matchAll(parts)) {
      read = match.index + match[0].length;
      const page = this.#screens[this.#on];
      if (match[2] !== undefined) this.#command(match[1] ?? "", match[2]);
      else if (match[0] === "\r") page.column = 0;
      else if (match[0] === "\n") page.newLine();
      else page.put(match[0]);
    }
    if (read < text.length) throw new Error(`not understood: ${JSON.stringify(text.slice(read, read + 20))}`);
    const page = this.#screens[this.#on];
    const wide = page.text.find((line) => Array.from(line).length > this.#columns);
    if (this.#on === "other" && (wide !== undefined || page.text.length > this.#rows)) {
      throw new Error(`drawn beyond ${this.#columns} x ${this.#rows}: ${wide ?? page.text.length}`);
    }
  }

  #command(parameters: string, letter: string): void {
    const page = this.#screens[this.#on];
    switch (`${parameters}${letter}`) {
      case "?1049h":
        this.#on = "other";
        return;
      case "?1049l":
        this.#on = "main";
        return;
      case "?25l":
      case "?25h":
        this.cursorShown = letter === "h";
        return;
      case "?2026h":
      case "?2026l":
        return;
      case "2J":
        page.clear();
        return;
      case "H":
        page.row = 0;
        page.column = 0;
        return;
      case "K":
        page.eraseLine();
        return;
      case "J":
        page.eraseBelow();
        return;
      default:
        if (letter !== "m") throw new Error(`unknown sequence ESC[${parameters}${letter}`);
    }
  }
}

class Page {
  row = 0;
  column = 0;
  #lines: string[] = [];

  get text(): readonly string[] {
    return this.#lines.map((line) => line.trimEnd());
  }

  put(text: string): void {
    const line = (this.#lines[this.row] ?? "").padEnd(this.column);
    this.#set(line.slice(0, this.column) + text + line.slice(this.column + text.length));
    this.column += text.length;
  }

  newLine(): void {
    this.row += 1;
    this.column = 0;
    if (this.#lines[this.row] === undefined) this.#set("");
  }

  eraseLine(): void {
    this.#set((this.#lines[this.row] ?? "").slice(0, this.column));
  }

  eraseBelow(): void {
    this.eraseLine();
    this.#lines = this.#lines.slice(0, this.row + 1);
  }

  clear(): void {
    this.#lines = [];
    this.row = 0;
    this.column = 0;
  }

  #set(line: string): void {
    while (this.#lines.length < this.row) this.#lines.push("");
    this.#lines[this.row] = line;
  }
}
