import { spawn } from "node:child_process";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { buildFlags, type GoProgram, toolsFolder } from "./binaries.ts";
import { goEnvironment } from "./go-toolchain.ts";

/** `go build` failed; the message carries the end of what it said. */
export class BuildFailedError extends Error {
  override readonly name = "BuildFailedError";
}

/**
 * Builds one program into `folder`. The file appears there only when it is complete: an interrupted build leaves
 * what was finished before and no half a program.
 * @param downloading called with the number of modules fetched so far
 * @throws BuildFailedError
 */
export async function goBuild(
  go: string,
  binary: GoProgram,
  folder: string,
  env: NodeJS.ProcessEnv,
  downloading: (modules: number) => void,
): Promise<void> {
  const temporary = join(folder, `.building-${process.pid}`);
  await mkdir(temporary, { recursive: true });
  try {
    const output = join(temporary, binary.name);
    await runGo(go, ["build", ...buildFlags, "-o", output, binary.package], binary, env, downloading);
    await rename(output, join(folder, binary.name));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function runGo(
  go: string,
  args: readonly string[],
  binary: GoProgram,
  env: NodeJS.ProcessEnv,
  downloading: (modules: number) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(go, args, {
    cwd: join(toolsFolder, binary.module),
    env: goEnvironment(env),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  let modules = 0;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    modules += text.split("go: downloading").length - 1;
    if (modules > 0) downloading(modules);
    said = (said + text).slice(-8_000);
  });
  child.once("error", reject);
  child.once("close", (code, signal) => {
    if (code === 0) return resolve();
    const lines = said
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("go: downloading"))
      .slice(-15);
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    reject(
      new BuildFailedError(
        `go build of ${binary.name} failed (${how}):\n  ${lines.join("\n  ")}\n${hint(said)}`,
      ),
    );
  });
  return promise;
}

function hint(said: string): string {
  if (/no space left/.test(said))
    return "The disk is full: the build needs about 6 GB (Go's own caches included).";
  if (/dial tcp|no such host|i\/o timeout|proxyconnect|TLS handshake|connection re/i.test(said))
    return "The Go modules could not be fetched: check the network, and GOPROXY if you need a proxy.";
  return "Run the same command again: what is already built is kept.";
}
