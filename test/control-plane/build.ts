import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { type BinaryName, binaries, kubernetesVersion } from "./binaries.ts";
import { withLock } from "./build-lock.ts";
import { cacheFolder } from "./cache-folder.ts";
import { goBuild } from "./go-build.ts";
import { findGo, goVersion } from "./go-toolchain.ts";
import { type Progress, terminalProgress } from "./progress.ts";

/** Absolute path of every program of the control plane. */
export type BinaryPaths = Readonly<Record<BinaryName, string>>;

/**
 * Gives the programs of the control plane, building those that are missing into the cache first. Each is taken
 * from `KUBEBUILDER_ASSETS` if it is there. A program gets its name only when its build has succeeded, so what
 * is in the cache is whole and used as it is: nothing is run, nothing compared.
 * @throws GoMissingError when something must be built and no usable Go is there
 * @throws BuildFailedError with the end of what `go build` said
 */
export async function ensureBinaries(
  progress: Progress = terminalProgress(),
  env: NodeJS.ProcessEnv = process.env,
): Promise<BinaryPaths> {
  const assets = env["KUBEBUILDER_ASSETS"];
  const folder = cacheFolder(env);
  const bin = join(folder, "bin");
  const given = (name: BinaryName): boolean => Boolean(assets) && existsSync(join(assets ?? "", name));
  const missing = binaries.filter((binary) => !given(binary.name) && !existsSync(join(bin, binary.name)));
  if (missing.length > 0) {
    const waiting = (): void => progress.line("Another run is building the control plane; waiting for it …");
    await withLock(`${folder}.lock`, waiting, () => build(bin, given, progress, env));
  }
  const paths = binaries.map(({ name }) => [name, given(name) ? join(assets ?? "", name) : join(bin, name)]);
  return Object.fromEntries(paths) as BinaryPaths;
}

async function build(
  bin: string,
  given: (name: BinaryName) => boolean,
  progress: Progress,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await mkdir(bin, { recursive: true });
  await removeLeftovers(bin);
  const wanted = binaries.filter((binary) => !given(binary.name));
  const missing = wanted.filter((binary) => !existsSync(join(bin, binary.name)));
  if (missing.length === 0) return; // the run that we waited for built them
  const go = findGo(env);
  const version = await goVersion(go, env);
  progress.line(`Building Kubernetes ${kubernetesVersion} with ${version}, once, into ${bin}`);
  progress.line("All of it takes about five minutes on two cores; later runs find it there.");
  for (const binary of wanted) {
    const step = `[${wanted.indexOf(binary) + 1}/${wanted.length}] ${binary.name}`;
    if (missing.includes(binary))
      await buildOne((downloading) => goBuild(go, binary, bin, env, downloading), step, progress);
    else progress.line(`${step} … is there`);
  }
}

async function buildOne(
  build: (downloading: (modules: number) => void) => Promise<void>,
  step: string,
  progress: Progress,
): Promise<void> {
  const start = performance.now();
  const seconds = (): string => `${Math.round((performance.now() - start) / 1000)} s`;
  let modules = 0;
  const show = (): void =>
    progress.status(`${step} … ${seconds()}${modules > 0 ? `, ${modules} modules fetched` : ""}`);
  show();
  const ticker = setInterval(show, 1_000);
  try {
    await build((count) => (modules = count));
  } finally {
    clearInterval(ticker);
  }
  progress.line(`${step} … ${seconds()}`);
}

/** What a killed build left behind; under the lock nobody else can be at work here. */
async function removeLeftovers(bin: string): Promise<void> {
  for (const name of await readdir(bin)) {
    if (name.startsWith(".building-")) await rm(join(bin, name), { recursive: true, force: true });
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ensureBinaries();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
