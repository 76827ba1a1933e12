import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** A commit from before roles, grants by namespace and the guard without the API server. */
const earlier = "930de5b4939096631a5088dae68da92b681c30eb";

/** A version of the operator's program that is not the one at hand. */
export type Version = {
  /** For people: which it is. */
  readonly told: string;
  /** To be run by Node as it is. */
  readonly main: string;
};

/**
 * The operator as it was at an earlier commit, from Git. A clone without that commit (a shallow one, an archive) has the
 * oldest that is there, at worst the one at hand: then one and the same program takes over from itself.
 */
export async function earlierVersion(folder: string): Promise<Version> {
  const found = await firstKnown([earlier, "HEAD~20", "HEAD~1", "HEAD"]);
  if (found === undefined || !existsSync(join(root, ".git"))) {
    return { told: "the program at hand (no history here)", main: join(root, "src/main.ts") };
  }
  const into = join(folder, "earlier");
  await mkdir(into, { recursive: true });
  const archive = join(folder, "earlier.tar");
  await run("git", ["archive", "--output", archive, found, "src", "package.json"], { cwd: root });
  await run("tar", ["-xf", archive, "-C", into]);
  await symlink(join(root, "node_modules"), join(into, "node_modules"));
  return { told: `commit ${found}`, main: join(into, "src/main.ts") };
}

async function firstKnown(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    try {
      const { stdout } = await run("git", ["rev-parse", "--verify", "--short", `${name}^{commit}`], {
        cwd: root,
      });
      return stdout.trim();
    } catch {
      // Not in this clone.
    }
  }
  return undefined;
}
