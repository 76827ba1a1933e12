import { createHash } from "node:crypto";
import type { Timeline } from "./timeline.ts";

/** What happened, line by line. All lines make the digest; the last ones are kept to be read by people. */
export class Story {
  readonly #timeline: Timeline;
  readonly #hash = createHash("sha256");
  readonly #lines: string[] = [];
  readonly #keep: number;
  #count = 0;

  /** `keep`: how many of the last lines are remembered. */
  constructor(timeline: Timeline, keep: number) {
    this.#timeline = timeline;
    this.#keep = keep;
  }

  tell(who: string, what: string): void {
    this.#count += 1;
    const line = `${clockOf(this.#timeline.now)} ${who.padEnd(10)} ${what}`;
    this.#hash.update(line).update("\n");
    this.#remember(line);
  }

  /** For people alone: no part of the digest. */
  note(who: string, what: string): void {
    this.#remember(`${clockOf(this.#timeline.now)} ${who.padEnd(10)} ${what}`);
  }

  #remember(line: string): void {
    if (this.#keep === 0) return;
    this.#lines.push(line);
    if (this.#lines.length > 2 * this.#keep) this.#lines.splice(0, this.#lines.length - this.#keep);
  }

  get count(): number {
    return this.#count;
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-this.#keep);
  }

  /** Of all lines so far: two runs with the same one did the same. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }
}

/** `12:07.350`, minutes and seconds since the beginning. */
export function clockOf(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const seconds = (ms - minutes * 60_000) / 1_000;
  return `${String(minutes).padStart(2, "0")}:${seconds.toFixed(3).padStart(6, "0")}`;
}
