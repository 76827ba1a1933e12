import { parentPort as port, workerData } from "node:worker_threads";
import { add, emptyReport, reportOf } from "./report.ts";
import { run } from "./run.ts";

/** Seeds that one message sums up. */
const BATCH = 20;

const { first, step, end } = workerData as { first: number; step: number; end: number };

let part = emptyReport();
for (let seed = first; seed < end; seed += step) {
  add(part, reportOf(await run(seed, { keep: 200 })));
  if (part.seeds < BATCH) continue;
  port?.postMessage(part);
  part = emptyReport();
}
if (part.seeds > 0) port?.postMessage(part);
