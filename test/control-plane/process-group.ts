import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/** A program under a {@link ProcessGroup}. */
export type GroupProcess = {
  readonly name: string;
  readonly pid: number;
  /** Settles when it has ended, with the exit code or the signal. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>;
  /** The last lines of what it wrote. */
  logTail(): string;
};

/**
 * Programs that live no longer than this process. A watchdog, a few lines of shell in a session of its own, holds
 * the list of their process ids and kills them as soon as its standard input closes: on `close()`, on exit, and
 * when this process is killed with SIGKILL. None of them keeps this process alive.
 */
export class ProcessGroup {
  readonly #folder: string;
  readonly #watchdog: ChildProcess;
  readonly #list: Writable;
  readonly #processes = new Set<GroupProcess>();

  /** @param folder for the logs, one file for each program; removed at the end */
  constructor(folder: string) {
    this.#folder = folder;
    const script = fileURLToPath(new URL("watchdog.sh", import.meta.url));
    const options = { detached: true, stdio: ["pipe", "ignore", "ignore"] } as const;
    const watchdog = spawn("/bin/sh", [script, folder], { ...options, stdio: [...options.stdio] });
    if (watchdog.stdin === null) throw new Error("the watchdog has no standard input");
    this.#watchdog = watchdog;
    this.#list = watchdog.stdin;
    this.#list.on("error", () => undefined); // the watchdog is gone: nothing left to tell it
    watchdog.unref();
    (watchdog.stdin as unknown as { unref(): void }).unref();
  }

  /** Starts a program in a process group of its own: Ctrl-C at the terminal is for us alone, we stop it in order. */
  start(name: string, file: string, args: readonly string[], env: NodeJS.ProcessEnv): GroupProcess {
    const logFile = join(this.#folder, `${name}.log`);
    const log = openSync(logFile, "a");
    const child = spawn(file, args, { detached: true, stdio: ["ignore", log, log], env, cwd: this.#folder });
    closeSync(log);
    const { pid } = child;
    if (pid === undefined) throw new Error(`${file} could not be started`);
    this.#list.write(`+ ${pid}\n`);
    child.unref();
    const ended = Promise.withResolvers<string>();
    child.once("exit", (code, signal) => {
      this.#list.write(`- ${pid}\n`);
      ended.resolve(signal ?? `exit code ${code}`);
    });
    const process: GroupProcess = {
      name,
      pid,
      ended: ended.promise,
      hasEnded: () => child.exitCode !== null || child.signalCode !== null,
      signal: (signal) => void child.kill(signal),
      kill: () => killAndWait(child),
      logTail: () => readFileSync(logFile, "utf8").split("\n").slice(-25).join("\n"),
    };
    this.#processes.add(process);
    return process;
  }

  /** Kills every program, waits until each is gone, and lets the watchdog remove the folder and end. */
  async close(): Promise<void> {
    await Promise.all([...this.#processes].map((process) => process.kill()));
    if (this.#watchdog.exitCode !== null) return;
    this.#watchdog.ref();
    const gone = once(this.#watchdog, "exit");
    this.#list.end();
    await gone;
  }
}

async function killAndWait(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.ref();
  child.kill("SIGKILL");
  await gone;
}
