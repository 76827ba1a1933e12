import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The plugin as a process. */
export class PluginProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  out = "";
  err = "";

  constructor(program: string, args: readonly string[], env: NodeJS.ProcessEnv, input?: string) {
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    child.stdin.on("error", () => {});
    child.stdin.end(input ?? "");
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.err += text;
    });
    this.#ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code));
    });
  }

  signal(name: "SIGINT" | "SIGTERM"): void {
    this.#child.kill(name);
  }

  async ended(): Promise<Ended> {
    const code = await this.#ended;
    return { code, out: this.out, err: this.err };
  }
}

export interface PluginOptions {
  readonly kubeconfig?: string;
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts `kubectl-modelrollout ARGS`, from source. */
export function startPlugin(args: readonly string[], options: PluginOptions = {}): PluginProcess {
  return new PluginProcess(process.execPath, [main, ...args], environment(options), options.input);
}

/** A script for `sh` in which `"$0" "$@"` is the plugin with its arguments. */
export function startThroughShell(
  script: string,
  args: readonly string[],
  options: PluginOptions = {},
): PluginProcess {
  return new PluginProcess("sh", ["-c", script, process.execPath, main, ...args], environment(options));
}

export async function runPlugin(args: readonly string[], options: PluginOptions = {}): Promise<Ended> {
  return await startPlugin(args, options).ended();
}

function environment({ kubeconfig, env }: PluginOptions): NodeJS.ProcessEnv {
  const { KUBECONFIG: _own, KUBERNETES_SERVICE_HOST: _pod, FORCE_COLOR: _colour, ...rest } = process.env;
  return { ...rest, ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }), ...env };
}

/** A folder for PATH in which kubectl finds the plugin; `dispose` takes it away. */
export async function pluginFolder(): Promise<{ readonly path: string; dispose(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "modelrollout-plugin-"));
  const file = join(folder, "kubectl-modelrollout");
  await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  await chmod(file, 0o755);
  return {
    path: [folder, process.env["PATH"] ?? ""].join(delimiter),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `kubectl modelrollout ARGS`, as people type it. */
export async function runThroughKubectl(
  kubectl: string,
  path: string,
  args: readonly string[],
  options: PluginOptions = {},
): Promise<Ended> {
  const env = environment({ ...options, env: { ...options.env, PATH: path } });
  return await new PluginProcess(kubectl, ["modelrollout", ...args], env, options.input).ended();
}
