/**
 * Does what the Dockerfile says, without an engine: each stage becomes a folder, RUN runs there with nothing of the
 * project's own node_modules, and the last stage must hold exactly the files below. Then its entry point is started
 * as the image's user, on a tree that this user cannot write to. Base images are not looked at: Node stands in for them.
 */
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { promisify } from "node:util";
import { root, seconds } from "./command.ts";
import { stagesOf } from "./image/dockerfile.ts";
import { type ReplayedStage, replayStages } from "./image/replay.ts";

/** What the image has besides its base. */
const content = [
  "app/LICENSE",
  "app/THIRD-PARTY-NOTICES.txt",
  "app/main.mjs",
  "app/main.mjs.LEGAL.txt",
  "app/main.mjs.map",
  "app/tracing.mjs",
  "app/tracing.mjs.map",
];
const start = promisify(execFile);

/** Files below a folder, with size and time of the last change. */
async function filesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const facts = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(file);
      return [relative(folder, file), `${size} ${mtimeMs}`] as const;
    }),
  );
  return new Map(facts.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A PATH with Node, npm and the system's programs, and no program of the project. */
async function cleanPath(folder: string): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin);
  await symlink(process.execPath, join(bin, "node"));
  const { stdout } = await start("/bin/sh", ["-c", "command -v npm"]);
  await symlink(stdout.trim(), join(bin, "npm"));
  return [bin, "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter);
}

async function readOnly(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o555 : 0o444);
  }
  await chmod(folder, 0o555);
}

function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: ${left}, expected ${right}`);
}

/** Starts the entry point where nothing can be written; Node is where the base image has it. */
async function prove(image: ReplayedStage, version: string): Promise<string> {
  const [program = "", ...args] = image.entrypoint;
  const node = join(image.root, program);
  await mkdir(join(node, ".."), { recursive: true });
  await copyFile(process.execPath, node);
  await readOnly(image.root);
  await chmod(node, 0o555);
  const before = await filesIn(image.root);
  const [uid = 0, gid = 0] = image.user.split(":").map(Number);
  if (!(uid > 0 && gid > 0))
    throw new Error(`USER ${image.user} is root, or not a number that Kubernetes can judge`);
  const isRoot = process.getuid?.() === 0;
  const options = { cwd: join(image.root, "app"), env: { ...image.env }, ...(isRoot ? { uid, gid } : {}) };
  const main = args.map((arg) => (arg.startsWith("/") ? join(image.root, arg) : arg));
  const { stdout } = await start(node, [...main, "--version"], options);
  expectEqual("--version", stdout.trim(), version);
  const write = `require("node:fs").writeFileSync(${JSON.stringify(join(image.root, "app", "written"))}, "")`;
  const refused: unknown = await start(node, ["--eval", write], options).catch((error: unknown) => error);
  if (!/EACCES|EROFS|EPERM/.test(String(refused))) throw new Error("the tree can be written to");
  expectEqual("files after the start", [...(await filesIn(image.root))], [...before]);
  return isRoot ? `as ${uid}:${gid}` : "as this user, who is not root";
}

const since = performance.now();
const folder = await mkdtemp(join(tmpdir(), "modelrollout-image-"));
try {
  await chmod(folder, 0o755);
  const env = { ...process.env, PATH: await cleanPath(folder) };
  const stages = stagesOf(await readFile(join(root, "Dockerfile"), "utf8"));
  const image = await replayStages(stages, { context: root, folder, env, say: (line) => console.log(line) });
  expectEqual("content of the image", [...(await filesIn(image.root)).keys()], content);
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    readonly version: string;
  };
  const how = await prove(image, version);
  console.log(`\n${content.length} files; --version says ${version} ${how}, on a read-only tree`);
  console.log(`replayed in ${seconds(performance.now() - since)}`);
} finally {
  await start("/bin/chmod", ["-R", "u+w", folder]);
  await rm(folder, { recursive: true, force: true });
}
