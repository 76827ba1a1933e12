import type { Snapshot } from "../view/snapshot.ts";

/** Where a show is seen. */
export interface Display {
  /** Called a few times a second. */
  show(snapshot: Snapshot): void;
  /** Gives the terminal back as it was; what is printed afterwards stands below what was there before. */
  close(): void;
}
