import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the project, with a slash at the end. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The project's own programs, and its own Node, before everything else in PATH. */
export const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [join(root, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(delimiter),
};

export interface Finished {
  /** Exit code; 128 and more: ended by a signal, or not started at all. */
  readonly code: number;
  /** What it wrote to stdout and stderr, in order. */
  readonly output: string;
  readonly ms: number;
}

/** Runs a program of the project to its end and keeps what it says. */
export async function run(command: readonly [string, ...string[]]): Promise<Finished> {
  const [program, ...args] = command;
  const since = performance.now();
  const child = spawn(program, args, { cwd: root, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number>((resolve) => {
    child.once("error", (error) => {
      output += `${error.message}\n`;
      resolve(128);
    });
    child.once("close", (status) => resolve(status ?? 128));
  });
  return { code, output, ms: performance.now() - since };
}

/** `1.2 s` */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
