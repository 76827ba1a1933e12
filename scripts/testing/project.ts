import { type ChildProcess, spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { environment, root } from "../command.ts";
import { type JsonReport, type Tally, tallyOf } from "./report.ts";

/** The projects of vitest.config.ts, from fast to slow. */
export const projects = ["unit", "scenarios", "simulation", "contract", "cluster", "e2e"] as const;
/** These mostly wait, for pods, polls and time limits of services: they run side by side. */
export const sideBySide: readonly string[] = ["contract", "cluster", "e2e"];
/** What takes too long for every change: only when asked for by name. */
export const onRequest = ["long"] as const;
export type Project = (typeof projects)[number] | (typeof onRequest)[number];

/** No project takes nearly as long; one that does hangs. */
const longestMs = 20 * 60_000;

/**
 * Runs one project with its progress on the terminal (each line headed by the project's name, when others run beside
 * it), and counts from the report that it leaves in reports/.
 */
export async function runProject(
  project: Project,
  filters: readonly string[],
  stop: AbortSignal,
  { headed }: { readonly headed: boolean },
): Promise<Tally> {
  const report = join(root, "reports", `${project}.json`);
  await rm(report, { force: true });
  const mayBeEmpty = filters.length > 0;
  const options = ["--project", project, "--reporter", "default", "--reporter", "json"];
  const args = ["run", ...options, `--outputFile.json=${report}`, ...filters];
  if (mayBeEmpty) args.push("--passWithNoTests");
  const child = spawn("vitest", args, {
    cwd: root,
    env: environment,
    stdio: ["ignore", headed ? "pipe" : "inherit", headed ? "pipe" : "inherit"],
  });
  for (const output of [child.stdout, child.stderr]) {
    if (output === null) continue;
    createInterface({ input: output }).on("line", (line) => console.log(`${project.padEnd(9)}| ${line}`));
  }
  const code = await ended(child, stop);
  return tallyOf({ code, report: await read(report), mayBeEmpty });
}

/** Exit code; undefined when it took too long. Its own clean-up gets ten seconds. */
async function ended(child: ChildProcess, stop: AbortSignal): Promise<number | undefined> {
  const limit = AbortSignal.timeout(longestMs);
  const end = (): void => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
  };
  for (const signal of [limit, stop]) signal.addEventListener("abort", end);
  try {
    return await new Promise<number | undefined>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(limit.aborted ? undefined : (code ?? 128)));
    });
  } finally {
    for (const signal of [limit, stop]) signal.removeEventListener("abort", end);
  }
}

async function read(path: string): Promise<JsonReport | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as JsonReport;
  } catch {
    return undefined;
  }
}
