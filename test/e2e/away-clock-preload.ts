import { readFileSync } from "node:fs";

/**
 * Loaded into the operator's process (`NODE_OPTIONS=--import`) by away-clock.test.ts: its wall clock is as many
 * milliseconds away from the machine's as a file says, read anew at each SIGUSR2. The monotonic clock goes on as it was,
 * as when somebody sets a machine's clock.
 */
const file = process.env["TEST_CLOCK_SHIFT"] ?? "";
const Machine = Date;
let shift = 0;
const now = (): number => Machine.now() + shift;

class Shifted extends Machine {
  constructor(...given: [] | [number | string | Date]) {
    super(given.length === 0 ? now() : given[0]);
  }

  static override now(): number {
    return now();
  }
}

globalThis.Date = Shifted as unknown as DateConstructor;
process.on("SIGUSR2", () => {
  shift = Number(readFileSync(file, "utf8"));
});
