import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type GoProgram, toolsFolder } from "./binaries.ts";
import { withLock } from "./build-lock.ts";
import { cacheFolder } from "./cache-folder.ts";
import { goBuild } from "./go-build.ts";
import { findGo } from "./go-toolchain.ts";

const helm: GoProgram = { name: "helm", module: "helm", package: "helm.sh/helm/v4/cmd/helm" };

/**
 * Path of Helm: from `KUBEBUILDER_ASSETS` if it is there, else built into a cache of its own, since only the test of
 * the chart needs it. Two minutes, once.
 * @throws GoMissingError, BuildFailedError
 */
export async function ensureHelm(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const given = join(env["KUBEBUILDER_ASSETS"] ?? "", helm.name);
  if (env["KUBEBUILDER_ASSETS"] && existsSync(given)) return given;
  const sum = createHash("sha256").update(readFileSync(join(toolsFolder, "helm", "go.sum")));
  const key = sum.update(`${process.platform} ${process.arch}`).digest("hex").slice(0, 16);
  const folder = join(dirname(dirname(cacheFolder(env))), "helm", key);
  const path = join(folder, helm.name);
  if (existsSync(path)) return path;
  await mkdir(folder, { recursive: true });
  await withLock(
    `${folder}.lock`,
    () => undefined,
    async () => {
      if (!existsSync(path)) await goBuild(findGo(env), helm, folder, env, () => undefined);
    },
  );
  return path;
}
