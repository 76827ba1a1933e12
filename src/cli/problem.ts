import type { ExitName } from "./exit-codes.ts";

/** Something a person must hear: one sentence, and below it what to do instead, a line each. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly exit: ExitName;
  readonly hints: readonly string[];

  constructor(exit: ExitName, message: string, hints: readonly string[] = []) {
    super(message);
    this.exit = exit;
    this.hints = hints;
  }
}
