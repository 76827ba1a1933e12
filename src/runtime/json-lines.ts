/**
 * Puts a stream of bytes back into lines, as a watch sends them: one JSON document per line. Chunks end anywhere,
 * also within a character. Parts of a long line are collected and joined once, so a large object that arrives
 * in many chunks costs its length, not its square.
 */
export class LineDecoder {
  readonly #decoder = new TextDecoder();
  #parts: string[] = [];

  /** The lines that this chunk completes, without their line ends, empty ones left out. */
  push(chunk: Uint8Array): string[] {
    const pieces = this.#decoder.decode(chunk, { stream: true }).split("\n");
    const tail = pieces.pop() ?? "";
    const lines: string[] = [];
    for (const piece of pieces) {
      const line = this.#parts.length === 0 ? piece : this.#parts.join("") + piece;
      this.#parts = [];
      if (line.trim() !== "") lines.push(line);
    }
    if (tail !== "") this.#parts.push(tail);
    return lines;
  }
}
