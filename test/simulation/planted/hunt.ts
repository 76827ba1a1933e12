import { Worker } from "node:worker_threads";
import type { PlantedFault } from "./fault.ts";

export interface Caught {
  readonly seed: number;
  readonly violation: string;
}

/** Plants the fault in a process's thread of its own, and tells which seed shows it; undefined: none that it should. */
export function hunt(fault: PlantedFault): Promise<Caught | undefined> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: fault });
    let caught: Caught | undefined;
    worker.on("message", (found: Caught | undefined) => {
      caught = found;
    });
    worker.on("error", reject);
    worker.on("exit", () => resolve(caught));
  });
}
