/**
 * Bundles the operator into dist/main.mjs, the traces that it sends when asked into dist/tracing.mjs, and the kubectl
 * plugin into dist/kubectl-modelrollout.mjs, one file each that needs Node and nothing else, and proves it: the files
 * are started in an empty directory, without node_modules.
 */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { withoutUnusedModels } from "./bundle/unused-models.ts";
import { root, seconds } from "./command.ts";
import { type BundleReport, bundledPackages } from "./supply-chain/bundled-packages.ts";
import { renderNotices } from "./supply-chain/notices.ts";

const dist = join(root, "dist");
const operator = { entry: "src/main.ts", file: "main.mjs" } as const;
const plugin = { entry: "src/cli/main.ts", file: "kubectl-modelrollout.mjs" } as const;
const tracing = { entry: "src/tracing.ts", file: "tracing.mjs" } as const;
const bundles = [operator, tracing, plugin] as const;
type Bundle = (typeof bundles)[number];

/** Some packages are CommonJS inside and call `require`, which an ES module does not have. */
const banner = `import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);`;

async function versionOfPackage(): Promise<string> {
  const text = await readFile(join(root, "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

/**
 * Names stay as they are: stack traces and `error.name` are read by people and by code.
 * @returns what is in it
 */
async function bundle({ entry, file }: Bundle, version: string): Promise<BundleReport> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(dist, file),
    bundle: true,
    platform: "node",
    target: "node22.19",
    format: "esm",
    mainFields: ["module", "main"],
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: "linked",
    define: { MODELROLLOUT_VERSION: JSON.stringify(version) },
    banner: { js: banner },
    plugins: [withoutUnusedModels],
    logLevel: "warning",
    metafile: true,
  });
  return metafile;
}

const start = promisify(execFile);

/** Starts the bundle where nothing else is, three ways that need no cluster. Throws when it does not do as it should. */
async function prove(version: string): Promise<number> {
  const empty = await mkdtemp(join(tmpdir(), "modelrollout-build-"));
  try {
    for (const { file } of bundles) await copyFile(join(dist, file), join(empty, file));
    const options = { cwd: empty, env: {}, timeout: 30_000 };
    const since = performance.now();
    const { stdout } = await start(process.execPath, ["main.mjs", "--version"], options);
    const ms = performance.now() - since;
    if (stdout.trim() !== version)
      throw new Error(`--version says ${JSON.stringify(stdout)}, not ${version}`);
    const help = await start(process.execPath, ["main.mjs", "--help"], options);
    if (!help.stdout.includes("--alarm-poll-interval"))
      throw new Error(`--help says ${JSON.stringify(help.stdout)}`);
    await start(process.execPath, ["--import", "./tracing.mjs", "main.mjs", "--version"], options);
    await refused(start(process.execPath, ["main.mjs", "--log-levl", "info"], options));
    const asked = await start(process.execPath, [plugin.file, "--help"], options);
    if (!asked.stdout.includes("approve"))
      throw new Error(`the plugin's --help says ${JSON.stringify(asked.stdout)}`);
    return ms;
  } finally {
    await rm(empty, { recursive: true, force: true });
  }
}

/** A flag that does not exist must end the process with a message, not start the operator. */
async function refused(started: Promise<unknown>): Promise<void> {
  const error: unknown = await started.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const stderr = typeof error === "object" && error !== null && "stderr" in error ? String(error.stderr) : "";
  if (!stderr.includes("--log-level")) throw new Error(`an unknown flag was not refused: ${stderr}`);
}

const since = performance.now();
const version = await versionOfPackage();
await rm(dist, { recursive: true, force: true });
let outputs: BundleReport["outputs"] = {};
for (const made of bundles) {
  const report = await bundle(made, version);
  outputs = { ...outputs, ...report.outputs };
  const { size } = await stat(join(dist, made.file));
  console.log(`dist/${made.file} ${version}: ${(size / 1_048_576).toFixed(2)} MiB`);
}
const packages = await bundledPackages({ outputs }, root);
await writeFile(join(dist, "THIRD-PARTY-NOTICES.txt"), renderNotices(packages));
console.log(`bundled in ${seconds(performance.now() - since)}, with code of ${packages.length} packages`);
const ms = await prove(version);
console.log(`they start in an empty directory: --version took ${seconds(ms)}`);
