import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { binaries, buildFlags, toolsFolder } from "./binaries.ts";

/**
 * A name for one set of binaries: it changes with the pinned modules, the build flags and the platform, with
 * nothing else, so that a checkout elsewhere or another branch finds what was built before.
 */
export function cacheKey(): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([process.platform, process.arch, buildFlags, binaries]));
  for (const module of [...new Set(binaries.map((binary) => binary.module))].sort()) {
    for (const file of ["go.mod", "go.sum"]) {
      hash.update(`\n${module}/${file}\n`);
      hash.update(readFileSync(join(toolsFolder, module, file)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

/**
 * The folder that holds (or will hold) the binaries, outside of the checkout:
 * `$MODELROLLOUT_CACHE/control-plane/KEY`, by default below `$XDG_CACHE_HOME` or `~/.cache`.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base =
    env["MODELROLLOUT_CACHE"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "modelrollout");
  return join(base, "control-plane", cacheKey());
}
