/**
 * Runs the tests, project by project, and ends with one line that says how many passed and failed.
 *
 *   npm test                        all of them
 *   npm test -- unit scenarios      two projects
 *   npm test -- src/config -t flag  what vitest's own filters and options leave, in all projects
 */
import { relative } from "node:path";
import { root, seconds } from "./command.ts";
import { onRequest, type Project, projects, runProject, sideBySide } from "./testing/project.ts";
import { countLine, type Tally } from "./testing/report.ts";

const args = process.argv.slice(2);
const known: readonly Project[] = [...projects, ...onRequest];
const isProject = (arg: string): arg is Project => (known as readonly string[]).includes(arg);
const asked = args.filter(isProject);
const filters = args.filter((arg) => !isProject(arg));

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());

interface Row {
  readonly project: Project;
  readonly tally: Tally;
  readonly ms: number;
}

async function runOne(project: Project, headed: boolean): Promise<Row> {
  const since = performance.now();
  const tally = await runProject(project, filters, stop.signal, { headed });
  return { project, tally, ms: performance.now() - since };
}

const chosen = asked.length > 0 ? known.filter((name) => asked.includes(name)) : projects;
const together = chosen.filter((name) => sideBySide.includes(name));
const turns = [...chosen.filter((name) => !sideBySide.includes(name)).map((name) => [name]), together];
const rows: Row[] = [];
for (const turn of turns) {
  if (stop.signal.aborted || turn.length === 0) continue;
  console.log(`\n── ${turn.join(", ")}`);
  rows.push(...(await Promise.all(turn.map((project) => runOne(project, turn.length > 1)))));
}

for (const { project, tally } of rows) {
  for (const failure of tally.failures) console.log(`FAILED ${project}: ${failure.replace(root, "")}`);
}
console.log("");
for (const { project, tally, ms } of rows) {
  console.log(`${project.padEnd(12)}${seconds(ms).padStart(9)}   ${countLine(tally)}`);
}
const sum = (of: (tally: Tally) => number): number => rows.reduce((total, { tally }) => total + of(tally), 0);
const total = {
  passed: sum(({ passed }) => passed),
  failed: sum(({ failed }) => failed),
  skipped: sum(({ skipped }) => skipped),
};
console.log(`reports: ${relative(process.cwd(), `${root}reports`) || "."}/*.json\n`);
if (stop.signal.aborted) console.log("stopped before the end\n");
else if (total.passed + total.failed === 0) console.log("no test matches\n");
console.log(countLine(total));
process.exitCode = stop.signal.aborted || total.failed > 0 || total.passed === 0 ? 1 : 0;
