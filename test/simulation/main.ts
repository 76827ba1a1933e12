import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { everyPoint } from "./exhaustive/points.ts";
import { scripts } from "./exhaustive/scripts.ts";
import { plantedFaults } from "./planted/faults.ts";
import { hunt } from "./planted/hunt.ts";
import { type Hunted, tableOf } from "./planted/table.ts";
import { add, emptyReport, type Report, reportText } from "./report.ts";
import { run } from "./run.ts";

/** How much of a story is printed. */
const LINES = 400;

const usage = `npm run simulate -- --seed N [--logs]                        one seed, its story told, with what the replicas log
npm run simulate -- --first-seed N --seeds M [--workers W]   a range, summed up
npm run simulate -- --exhaustive [--script TEXT] [--deep K]  a death before and after each effect of short releases
npm run simulate -- --planted [--fault TEXT] [--table]       faults planted in the operator, each to be caught; --table writes them down
`;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    "first-seed": { type: "string", default: "1" },
    seeds: { type: "string", default: "200" },
    workers: { type: "string", default: String(availableParallelism()) },
    logs: { type: "boolean", default: false },
    exhaustive: { type: "boolean", default: false },
    script: { type: "string", default: "" },
    deep: { type: "string", default: "1" },
    planted: { type: "boolean", default: false },
    fault: { type: "string", default: "" },
    table: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);

if (values.help) say(usage);
else if (values.exhaustive) await exhaustive(values.script, Number(values.deep));
else if (values.planted) await planted(values.fault, values.table);
else if (values.seed === undefined) await range(Number(values["first-seed"]), Number(values.seeds));
else await one(Number(values.seed));

async function one(seed: number): Promise<void> {
  const { story, violations, digest } = await run(seed, { keep: LINES, logs: values.logs });
  say(`${story.join("\n")}\n\nseed ${seed}: trace ${digest}`);
  for (const violation of violations) say(`violation of ${violation}`);
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
  say(reportText(total, (performance.now() - since) / 1_000));
  process.exitCode = total.failures.length > 0 ? 1 : 0;
}

function work(seeds: { first: number; step: number; end: number }, total: Report): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: seeds });
    worker.on("message", (part: Report) => {
      add(total, part);
      for (const { seed, violations, story } of part.failures) {
        say(`${story.slice(-40).join("\n")}\nseed ${seed}: ${violations.join("; ")}\n`);
      }
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a worker ended with ${code}`));
    });
  });
}

/** `deep`: a second death at each of so many first effects of a recovery. */
async function exhaustive(text: string, deep: number): Promise<void> {
  let [points, failures] = [0, 0];
  for (const script of scripts.filter(({ name }) => name.includes(text))) {
    const found = await everyPoint(script, deep);
    points += found.points;
    failures += found.failures.length;
    say(`${String(found.points).padStart(5)} points, ${found.effects} effects: ${script.name}`);
    for (const failure of found.failures) say(failure);
  }
  say(`${points} points, ${failures} that end otherwise`);
  process.exitCode = failures > 0 ? 1 : 0;
}

async function planted(text: string, table: boolean): Promise<void> {
  const hunted: Hunted[] = [];
  for (const fault of plantedFaults.filter(({ name }) => name.includes(text))) {
    const caught = await hunt(fault);
    if (caught)
      say(`caught by seed ${caught.seed} (within ${fault.within}): ${fault.name}\n  ${caught.violation}`);
    else say(`MISSED by ${fault.within} seeds: ${fault.name}`);
    hunted.push({ fault, caught });
  }
  const missed = hunted.filter(({ caught }) => caught === undefined).length;
  say(`${hunted.length} planted faults, ${missed} missed`);
  if (table) writeFileSync(new URL("planted/caught.md", import.meta.url), tableOf(hunted));
  process.exitCode = missed > 0 ? 1 : 0;
}
