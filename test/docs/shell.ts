import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A shell in which a reader types the blocks of one page, one after the other. */
export interface ReaderShell {
  /** Runs a block; variables stay for the next one. @returns what it printed. @throws Error when a command failed */
  run(block: string): Promise<string>;
  /** Puts a file into the folder that the commands run in. */
  write(name: string, text: string): Promise<void>;
  dispose(): Promise<void>;
}

const blockMs = 120_000;
/** What pages name by a path in the checkout. */
const fromCheckout = ["deploy", "crds", "examples", "docs"];

/** Starts in a folder of its own that has the checkout's files in it. @param environmentFile is read first, by `.` */
export async function openShell(environmentFile: string): Promise<ReaderShell> {
  const folder = await mkdtemp(join(tmpdir(), "modelrollout-docs-"));
  const root = fileURLToPath(new URL("../..", import.meta.url));
  for (const name of fromCheckout) await symlink(join(root, name), join(folder, name));
  const state = join(folder, ".state");
  const { HOME: _home, KUBECONFIG: _config, ...rest } = process.env;
  const env = { ...rest, HOME: folder, NO_COLOR: "1" };
  await writeFile(state, `. '${environmentFile}'\n`);
  return {
    run: (block) => {
      const script = `set -a\n. '${state}'\nset -eu\n${block}\nexport -p > '${state}'\n`;
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const child = execFile(
        "/bin/sh",
        ["-c", `exec 2>&1\n${script}`],
        { cwd: folder, env, timeout: blockMs, maxBuffer: 16 << 20 },
        (error, stdout) =>
          error === null ? resolve(stdout) : reject(new Error(`${block}\n${stdout}`, { cause: error })),
      );
      child.stdin?.end();
      return promise;
    },
    write: (name, text) => writeFile(join(folder, name), text),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
