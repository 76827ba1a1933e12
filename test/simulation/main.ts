import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { add, emptyReport, type Report, reportText } from "./report.ts";
import { run } from "./run.ts";

/** How much of a story is printed. */
const LINES = 400;

const usage = `npm run simulate -- --seed N [--logs]              one seed, its story told, what the replicas log with it
npm run simulate -- --first-seed N --seeds M [--workers W]   a range, summed up`;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    "first-seed": { type: "string", default: "1" },
    seeds: { type: "string", default: "200" },
    workers: { type: "string", default: String(availableParallelism()) },
    logs: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(`${usage}\n`);
else if (values.seed === undefined) await range(Number(values["first-seed"]), Number(values.seeds));
else await one(Number(values.seed));

async function one(seed: number): Promise<void> {
  const { story, violations, digest } = await run(seed, { keep: LINES, logs: values.logs });
  process.stdout.write(`${story.join("\n")}\n\nseed ${seed}: trace ${digest}\n`);
  for (const violation of violations) process.stdout.write(`violation of ${violation}\n`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}

/** Workers take seeds in turns; every failure is told with its story when it is found. */
async function range(first: number, count: number): Promise<void> {
  if (!(count > 0) || !Number.isInteger(first)) throw new Error(usage);
  const workers = Math.min(Number(values.workers), count);
  const since = performance.now();
  const total = emptyReport();
  await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      await work({ first: first + index, step: workers, end: first + count }, total);
    }),
  );
  process.stdout.write(`${reportText(total, (performance.now() - since) / 1_000)}\n`);
  process.exitCode = total.failures.length > 0 ? 1 : 0;
}

function work(seeds: { first: number; step: number; end: number }, total: Report): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: seeds });
    worker.on("message", (part: Report) => {
      add(total, part);
      for (const { seed, violations, story } of part.failures) {
        process.stdout.write(`${story.slice(-40).join("\n")}\nseed ${seed}: ${violations.join("; ")}\n\n`);
      }
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a worker ended with ${code}`));
    });
  });
}
