import { changes } from "../view/changes.ts";
import type { Snapshot } from "../view/snapshot.ts";
import type { Display } from "./display.ts";

/** One line for each change, for pipes and logs. `known` was told before. */
export function plainDisplay(write: (line: string) => void, known?: Snapshot): Display {
  let before = known;
  return {
    show: (snapshot) => {
      for (const line of changes(before, snapshot)) write(line);
      before = snapshot;
    },
    close: () => undefined,
  };
}
