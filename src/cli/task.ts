import type { GivenFlags } from "./arguments/flags.ts";
import type { Surroundings } from "./surroundings.ts";

/** One run of a command: its argument, its flags, and what it may use. */
export interface Task {
  readonly argument: string;
  readonly flags: GivenFlags;
  readonly surroundings: Surroundings;
}
