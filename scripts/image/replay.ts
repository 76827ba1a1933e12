import { execFile } from "node:child_process";
import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { type Instruction, isIgnored, type Stage, variablesOf } from "./dockerfile.ts";

/** What a stage has become. */
export interface ReplayedStage {
  /** Folder that stands for `/`. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly ports: readonly number[];
}

/** Where stages come from and go to. */
export interface Replay {
  /** Folder that the build would be given. */
  readonly context: string;
  /** Folder to make the stages in. */
  readonly folder: string;
  /** Of RUN. */
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

interface Growing extends ReplayedStage {
  env: Record<string, string>;
  user: string;
  entrypoint: readonly string[];
  ports: readonly number[];
  workdir: string;
}

/** Does what the instructions of every stage say, in folders in the place of images. Base images are empty. */
export async function replayStages(stages: readonly Stage[], replay: Replay): Promise<ReplayedStage> {
  const done = new Map<string, ReplayedStage>();
  let last: ReplayedStage | undefined;
  for (const [index, stage] of stages.entries()) {
    const root = join(replay.folder, stage.name || `stage-${index}`);
    await mkdir(root, { recursive: true });
    const growing: Growing = { root, env: {}, user: "0", entrypoint: [], ports: [], workdir: "/" };
    replay.say(`FROM ${stage.image}${stage.name === "" ? "" : ` AS ${stage.name}`}`);
    for (const instruction of stage.instructions) {
      const since = performance.now();
      await perform(instruction, growing, done, replay);
      const took = (performance.now() - since) / 1_000;
      replay.say(`${instruction.keyword} ${instruction.text}${took > 0.5 ? ` (${took.toFixed(1)} s)` : ""}`);
    }
    if (stage.name !== "") done.set(stage.name, growing);
    last = growing;
  }
  if (last === undefined) throw new Error("the Dockerfile has no stage");
  return last;
}

async function perform(
  instruction: Instruction,
  stage: Growing,
  done: ReadonlyMap<string, ReplayedStage>,
  replay: Replay,
): Promise<void> {
  const { keyword, text } = instruction;
  if (keyword === "WORKDIR") {
    stage.workdir = text;
    await mkdir(join(stage.root, text), { recursive: true });
  } else if (keyword === "COPY") await copy(instruction, stage, done, replay);
  else if (keyword === "RUN") await runShell(text, stage, replay);
  else if (keyword === "USER") stage.user = text;
  else if (keyword === "ENTRYPOINT") stage.entrypoint = JSON.parse(text) as readonly string[];
  else if (keyword === "EXPOSE") stage.ports = text.split(/\s+/).map(Number);
  else if (keyword === "ENV") {
    for (const [name, value] of variablesOf(text)) stage.env[name] = value;
  } else if (keyword === "ARG") throw new Error(`line ${instruction.line}: ARG in a stage is not replayed`);
}

async function copy(
  { text, flags, line }: Instruction,
  stage: Growing,
  done: ReadonlyMap<string, ReplayedStage>,
  { context }: Replay,
): Promise<void> {
  const paths = text.split(/\s+/);
  const to = paths.pop() ?? "";
  const target = join(stage.root, to.startsWith("/") ? "" : stage.workdir, to);
  const source = flags["from"] === undefined ? context : done.get(flags["from"])?.root;
  if (source === undefined) throw new Error(`line ${line}: no stage ${flags["from"]}`);
  const ignore =
    flags["from"] === undefined ? await readFile(join(context, ".dockerignore"), "utf8") : undefined;
  for (const path of paths) {
    if (ignore !== undefined && isIgnored(path, ignore))
      throw new Error(`line ${line}: .dockerignore keeps ${path} out of the context`);
    const from = join(source, path);
    const intoFolder = !(await stat(from)).isDirectory() && /(^|\/)\.?$/.test(to);
    await cp(from, intoFolder ? join(target, basename(path)) : target, { recursive: true });
  }
}

async function runShell(command: string, { root, workdir, env }: Growing, replay: Replay): Promise<void> {
  try {
    await promisify(execFile)("/bin/sh", ["-c", command], {
      cwd: join(root, workdir),
      env: { ...replay.env, ...env },
      maxBuffer: 64 << 20,
    });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`RUN ${command} failed:\n${stdout}${stderr}`.trim(), { cause: error });
  }
}
